"""`digest preview --lint`, and the checker as a program of its own, on files."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

AT = ("--as-of", "2026-05-27T08:00:00Z")
GOLDEN = Path(__file__).parents[1] / "golden" / "one-paper.eml"


@pytest.fixture
def reader(cli: Cli, feed: str) -> Cli:
    cli.configure(feed=feed)
    cli("subscriber", "add", "ada@example.org", "--topic", "folding kites", "--tz", "UTC", "--at", "07:30")
    for step in ("ingest", "publish"):
        cli(step, *AT)
    return cli


def test_a_clean_mail(reader: Cli) -> None:
    assert reader("preview", "ada@example.org", "--lint", *AT).out == "nothing wrong with it\n"


def test_what_an_operators_own_template_does_wrong(reader: Cli) -> None:
    own = reader.folder / "own" / "email" / "digest"
    own.mkdir(parents=True)
    usual = Path(__file__).parents[2] / "templates" / "email" / "digest" / "body.html"
    (own / "body.html").write_text(usual.read_text().replace("</h1>", "</h1><marquee>News!</marquee>"))
    config = reader.folder / "config.toml"
    config.write_text(config.read_text().replace("[site]\n", '[site]\ntemplates = "own"\n'))
    [line] = reader("preview", "ada@example.org", "--lint", *AT, code=1).out.splitlines()
    assert line.startswith("markup.element: <marquee> is not for mail (html, line ")


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "digest.mail.lint", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_files(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('{% block x %}<p onclick="x()">{{ words }}</p>{% endblock %}')
    assert (program(str(GOLDEN)).returncode, program(str(GOLDEN)).stdout) == (0, "1 without a finding\n")
    done = program(str(GOLDEN), str(page))
    assert done.returncode == 1
    assert done.stdout == f"{page}: markup.attribute: onclick on <p> is not for mail (html, line 1, <p>)\n"


def test_no_file_is_no_clean_mail(tmp_path: Path) -> None:
    for arguments in ([], [str(tmp_path / "none.eml")]):
        done = program(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("no such file: ")
