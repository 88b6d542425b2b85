"""A journey runs the real program, as processes, against real past days and a real SMTP server."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Replay:
    """A server of real past days; `at(day)` moves its today, `fail(kind, path)` breaks its next answers."""

    url: str

    def at(self, day: str) -> None:
        self._control(f"day={day}")

    def fail(self, kind: str, path: str, count: int = 50) -> None:
        self._control(f"fault={kind}&path={path}&count={count}")

    def _control(self, query: str) -> None:
        request = urllib.request.Request(f"{self.url}/control?{query}", method="POST")
        urllib.request.urlopen(request).close()


@contextmanager
def replayed(captures: Path) -> Iterator[Replay]:
    """A server of its own."""
    server = captures.parent / "tools" / "replay_server.py"
    if not server.exists():
        pytest.skip("the server of real past days is not here")
    process = subprocess.Popen(
        [sys.executable, str(server), "--day", "2026-05-27", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        yield Replay(process.stdout.readline().strip())
        process.kill()


@pytest.fixture(scope="module")
def replay(captures: Path) -> Iterator[Replay]:
    """One for all tests of a file."""
    with replayed(captures) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Program:
    """The command line in a folder of its own; `under` turns it into one that sees another clock."""

    folder: Path
    under: Callable[..., tuple[str, ...]] = lambda *command: command

    def __call__(self, *arguments: str, code: int = 0) -> str:
        done = self.run(*arguments)
        assert done.returncode == code, f"{arguments} → {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def command(self, *arguments: str) -> tuple[str, ...]:
        return self.under(sys.executable, "-m", "digest", *arguments)


CONFIG = """
[site]
name = "Morning papers"
base_url = "https://papers.example.org"
sender = "Morning papers <papers@example.org>"
secret_file = "site-secret"

[database]
url = "{database}"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"

[[sources]]
name = "arxiv"
kind = "arxiv-rss"
url = "{replay}"
categories = ["cs.LG", "cs.CL", "cs.CV"]

[[sources]]
name = "hf"
kind = "huggingface"
url = "{replay}"
"""

READERS = (
    ("ada@example.org", "--topic", "reinforcement learning", "--tz", "UTC"),
    ("bo@example.org", "--topic", "video generation", "--tz", "Europe/Berlin"),
    ("chi@example.org", "--topic", "large language models", "--topic", "reasoning", "--tz", "Asia/Tokyo"),
    ("dee@example.org", "--category", "cs.CV", "--mute", "diffusion", "--tz", "America/New_York"),
    ("eli@example.org", "--topic", "robot manipulation", "--topic", "world model", "--tz", "America/Los_Angeles"),
)


def install(
    folder: Path,
    replay: Replay,
    port: int,
    database: str = "sqlite:///digest.db",
    under: Callable[..., tuple[str, ...]] = lambda *command: command,
) -> Program:
    """A folder with a configuration, a secret and five readers."""
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIG.format(port=port, replay=replay.url, database=database))
    secret = folder / "site-secret"
    secret.write_text("thirty-two-characters-of-secret!")
    secret.chmod(0o600)
    digest = Program(folder, under)
    for reader in READERS:
        digest("subscriber", "add", *reader)
    return digest
