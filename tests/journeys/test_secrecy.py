"""Whatever goes wrong, nothing the program logs has an address, a name, a password, a secret or a token in it."""

import base64
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest

from digest.cli.root import run
from digest.clock import SystemClock
from digest.model import SourceState
from digest.store.engine import open_store
from tests.cli.conftest import PAPERS, published, rss
from tests.smtp import DROP, SmtpServer

PASSWORD, SECRET, KEY = "correct-horse-battery-staple", "a-site-secret-of-forty-characters-or-so!", "feed-key-9f2c71"
OPERATOR = "olga.overseer@operator.example"
NAMES = ("zebulon", "yolanda", "xerxes", "winifred", "valentin", "ursula")
SECRETS = (
    PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), SECRET, KEY, "overseer", "operator.example",
    *NAMES, "quixote", "secretive.example",
)  # fmt: skip

CONFIG = f"""
[site]
name = "Morning papers"
base_url = "https://papers.example.org"
sender = "Morning papers <papers@example.org>"
secret = "{SECRET}"
[smtp]
port = {{smtp}}
username = "mailer"
password = "{PASSWORD}"
[digest]
min_score = 0.2
[operator]
address = "{OPERATOR}"
[web]
listen = "127.0.0.1:{{web}}"
[[sources]]
name = "invented"
kind = "feed"
url = "{{feed}}"
[[sources]]
name = "broken"
kind = "feed"
url = "http://127.0.0.1:1/feed?key={KEY}"
"""


@dataclass
class Daemon:
    """`said` is every line it said so far."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    _more: threading.Condition = field(default_factory=threading.Condition)

    def listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._more:
                self.said.append(line)
                self._more.notify_all()

    def wait_for(self, words: str, after: int = 0) -> int:
        """How many lines there are once one with these words came after the first `after`."""
        found: Callable[[], bool] = lambda: any(words in line for line in self.said[after:])  # noqa: E731
        with self._more:
            assert self._more.wait_for(found, 30), f"never said “{words}”:\n{''.join(self.said)}"
            return len(self.said)


@contextmanager
def daemon(folder: Path, *options: str) -> Iterator[Daemon]:
    command = [sys.executable, "-m", "digest", "serve", *options]
    together = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=folder, **together) as process:  # type: ignore[call-overload]
        running = Daemon(process)
        listener = threading.Thread(target=running.listen)
        listener.start()
        try:
            yield running
        finally:
            process.terminate()
            process.wait(30)
            listener.join()


def digest(folder: Path, *arguments: str) -> int:
    return run([*arguments, "--config", str(folder / "config.toml")])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    """One that wants a password, and repeats what it is told in every refusal."""
    with SmtpServer(users={"mailer": PASSWORD}) as server:
        server.answer("RCPT", "550 5.1.1 <zebulon.quixote@secretive.example> is unknown here", when="zebulon")
        server.answer("RCPT", "451 4.3.0 <yolanda.quixote@secretive.example> come back later", when="yolanda")
        server.answer("CONTENT", "554 5.7.1 nothing for winifred.quixote@secretive.example", when="winifred")
        server.answer("RCPT", f"550 5.1.1 <{OPERATOR}> is unknown here", when="overseer")
        server.answer("CONTENT", DROP, when="xerxes")
        yield server


@pytest.fixture
def site(tmp_path: Path, relay: SmtpServer) -> Iterator[tuple[Path, int]]:
    """All are queued, one of them not to be read; a source that is silent for long. The folder, and the pages' port."""
    web, now = free_port(), SystemClock().now()
    with published(rss(PAPERS, date="")) as feed:
        (tmp_path / "config.toml").write_text(CONFIG.format(smtp=relay.port, web=web, feed=feed))
        for name in NAMES:
            address, shown = f"{name}.quixote@secretive.example", f"{name.title()} Quixote"
            wishes = "--name", shown, "--topic", "kites", "--tz", "UTC", "--at", "00:00"
            assert digest(tmp_path, "subscriber", "add", address, *wishes) == 0
        assert [digest(tmp_path, step) for step in ("ingest", "publish", "enqueue")] == [0, 0, 0]
        with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
            old = now - timedelta(days=9)
            store.sources.put(SourceState(name="broken", failures=9, fetched_at=old, succeeded_at=old))
        with closing(sqlite3.connect(tmp_path / "digest.db", isolation_level=None)) as database:
            garbage = "UPDATE delivery SET recipient = replace(recipient, '07', 'x') || address WHERE address LIKE ?"
            assert database.execute(garbage, ("valentin%",)).rowcount == 1
        yield tmp_path, web


@pytest.mark.slow
@pytest.mark.parametrize("style", ["--json", ""])
def test_a_daemon_with_all_kinds_of_trouble_keeps_everybodys_secrets(
    site: tuple[Path, int], relay: SmtpServer, style: str
) -> None:
    folder, web = site
    config = folder / "config.toml"
    good = config.read_text()
    with daemon(folder, *filter(None, [style])) as running:
        for event in ("delivered", "something is wrong", "the operator cannot be mailed"):
            running.wait_for(event)
        token = unsubscribe_token(relay)
        knock(web, token)

        config.write_text(good.replace("password =", "pasword ="))  # a slip of the pen
        running.process.send_signal(signal.SIGHUP)
        lines = running.wait_for("the configuration is refused")
        config.write_text(
            good.replace(f'"{PASSWORD}"', f'["{PASSWORD}"]').replace(f'"{SECRET}"', f'{{a = "{SECRET}"}}')
        )
        running.process.send_signal(signal.SIGHUP)
        lines = running.wait_for("the configuration is refused", lines)

        config.write_text(good)
        relay.behave()
        relay.answer("AUTH", f"535 5.7.8 mailer {PASSWORD} is not known")
        with closing(sqlite3.connect(folder / "digest.db", isolation_level=None)) as database:
            database.execute("UPDATE delivery SET next_attempt_at = NULL WHERE state = 'deferred'")
            database.execute("UPDATE subscriber SET next_due_at = '2020-01-01 00:00:00.000000'")
            database.execute("ALTER TABLE topic RENAME TO topics_are_gone")
        running.process.send_signal(signal.SIGHUP)
        running.wait_for("step failed", lines)
        running.wait_for("the operator cannot be mailed", lines)
        running.process.terminate()
        assert running.process.wait(30) == 0
    told = "".join(running.said)
    assert "Traceback" in told
    found = [secret for secret in (*SECRETS, token) if secret.casefold() in told.casefold()]
    assert not found, f"{found} in\n{told}"
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w", told), told
    if style == "--json":
        assert all(isinstance(json.loads(line), dict) for line in running.said)


def unsubscribe_token(relay: SmtpServer) -> str:
    [mail] = [mail for mail in relay.mails if "ursula" in mail.recipient]
    return message_from_bytes(mail.message)["List-Unsubscribe"].partition(">")[0].rpartition("/")[2]


def knock(web: int, token: str) -> None:
    """All that a stranger may ask of the pages."""
    pages = f"http://127.0.0.1:{web}"
    for path in (f"/u/{token}", f"/u/{token}x", f"/k/{token}", "/u/zebulon.quixote@secretive.example", f"/?t={token}"):
        for method in ("GET", "HEAD", "POST", "PUT"):
            httpx.request(method, f"{pages}{path}")
    with socket.create_connection(("127.0.0.1", web), 10) as raw:
        raw.sendall(f"GET /u/{token} HTTP/1.1\r\nthis is no header\r\n\r\n".encode())
        raw.recv(1000)


AWAY = f"postgresql+psycopg://keeper:{PASSWORD}@127.0.0.1:1/papers"


@pytest.mark.parametrize(
    "url",
    [
        AWAY,
        f"postgresql+psycopg://keeper:{PASSWORD}@[::1/papers",
        f"postgresql+psycopg://keeper:{PASSWORD}@127.0.0.1:port/papers",
        f"postgresql+psycopg://127.0.0.1:1/papers?user=keeper&password={PASSWORD}",
        f"postgres://keeper:{PASSWORD}@127.0.0.1/papers",
        f"mysql://keeper:{PASSWORD}@127.0.0.1/papers",
    ],
)
def test_a_database_that_cannot_be_used_does_not_show_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    on_database(tmp_path, url)
    for command in ("deliver", "stats", "status"):
        assert digest(tmp_path, command) in (1, 78)
        out, err = capsys.readouterr()
        assert (out, err.startswith("digest: ")) == ("", True)
        assert [secret for secret in SECRETS if secret in err] == [], err
        assert "Traceback" not in err
    digest(tmp_path, "config", "show")
    assert [secret for secret in (PASSWORD, SECRET) if secret in "".join(capsys.readouterr())] == []


def test_nor_does_the_daemon(tmp_path: Path) -> None:
    on_database(tmp_path, AWAY)
    with daemon(tmp_path) as running:
        assert running.process.wait(60) == 1
    [line] = running.said
    assert line.startswith("digest: ")
    assert [secret for secret in SECRETS if secret in line] == []


def on_database(folder: Path, url: str) -> None:
    text = CONFIG.format(smtp=1, web=free_port(), feed="http://127.0.0.1:1/")
    (folder / "config.toml").write_text(f'{text}[database]\nurl = "{url}"\n')
