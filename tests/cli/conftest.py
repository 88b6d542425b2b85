"""The command line in a folder of its own, in this process; a feed of invented papers on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from digest.cli.root import run

CONFIG = """
[site]
name = "Morning papers"
base_url = "https://papers.example.org"
sender = "Morning papers <papers@example.org>"
secret = "0123456789abcdef0123456789abcdef"

[smtp]
port = {smtp}

[digest]
min_score = 0.2

[[sources]]
name = "invented"
kind = "feed"
url = "{feed}"
"""
PAPERS = (
    ("Kites that fold themselves", "Grace Vane", "We teach a kite to fold itself before the storm arrives."),
    ("A soup that measures time", "Otto Bell", "The soup cools, and from its warmth we read the hour."),
    ("Counting sheep by their shadows", "Ida Brook", "Shadows at noon tell one sheep from two."),
)


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Cli:
    """`cli("subscriber", "list")` runs the command and expects the exit code."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, code: int = 0) -> Done:
        self.capture.readouterr()
        ended = run([*arguments, "--config", str(self.folder / "config.toml")])
        out, err = self.capture.readouterr()
        assert ended == code, f"{arguments} → {ended}\n{out}\n{err}"
        return Done(ended, out, err)

    def fails(self, *arguments: str, code: int = 1) -> str:
        """The one line on stderr of a command that fails with `code` and prints nothing else."""
        done = self(*arguments, code=code)
        assert done.err.count("\n") == 1, done.err
        assert not done.out
        return done.err.strip()

    def configure(self, *, smtp: int = 1, feed: str = "http://127.0.0.1:1/feed") -> None:
        (self.folder / "config.toml").write_text(CONFIG.format(smtp=smtp, feed=feed))


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Configured for a mail server and a feed that are not there."""
    made = Cli(tmp_path, capsys)
    made.configure()
    return made


def rss(papers: tuple[tuple[str, str, str], ...], date: str = "Wed, 27 May 2026 02:00:00 GMT") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>https://papers.example.org/{number}</link><author>{author}</author>"
        f"<guid>https://papers.example.org/{number}</guid><description>{abstract}</description>"
        f"<pubDate>{date}</pubDate></item>"
        for number, (title, author, abstract) in enumerate(papers, 1)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Invented</title>{items}</channel></rss>'.encode()


@contextmanager
def published(content: bytes) -> Iterator[str]:
    """The address at which `content` is served as RSS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/feed"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def feed() -> Iterator[str]:
    """The address of an RSS feed with three invented papers."""
    with published(rss(PAPERS)) as address:
        yield address
