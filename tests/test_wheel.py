"""The wheel carries all it needs: installed alone, far from the checkout, it plays the demo."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_wheel_in_an_empty_environment_plays_the_demo(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=CHECKOUT)
    [wheel] = tmp_path.glob("*.whl")
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    run(
        python, "-m", "pip", "install", "-q", "--require-hashes", "-r", CHECKOUT / "requirements/run.lock", cwd=tmp_path
    )
    run(python, "-m", "pip", "install", "-q", "--no-deps", wheel, cwd=tmp_path)

    digest = tmp_path / "empty" / "bin" / "digest"
    run(digest, "demo", "--out", "demo", cwd=tmp_path)

    assert len(list((tmp_path / "demo").glob("*.eml"))) == 9
    assert run(digest, "db", "check", "--config", "demo/config.toml", cwd=tmp_path)
    assert run(python, "-c", "from digest.language import *; print(*languages())", cwd=tmp_path).split() == [
        "en",
        "de",
        "zh",
    ]
