"""The daemon as a process: it reads, publishes, sends, answers the unsubscribe link, and leaves when told."""

import email
import email.policy
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.cli.conftest import PAPERS, Cli, published, rss
from tests.smtp import SmtpServer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(cli: Cli, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "digest", "serve", "--json", *arguments]
    return subprocess.Popen([*command, "--config", str(cli.folder / "config.toml")], stderr=subprocess.PIPE, text=True)


@pytest.fixture
def web(cli: Cli, smtp_server: SmtpServer) -> Iterator[int]:
    """Ada, due since midnight, and a feed of undated papers; the port of the pages."""
    port = free_port()
    with published(rss(PAPERS, date="")) as address:
        cli.configure(smtp=smtp_server.port, feed=address)
        with (cli.folder / "config.toml").open("a") as file:
            file.write(f'[web]\nlisten = "127.0.0.1:{port}"\n')
        cli("subscriber", "add", "ada@example.org", "--topic", "folding kites", "--tz", "UTC", "--at", "00:00")
        yield port


def wait_for(process: subprocess.Popen[str], event: str) -> dict[str, object]:
    """Reads the log up to the line that tells of `event`; its end without it fails."""
    assert process.stderr
    for line in process.stderr:
        said: dict[str, object] = json.loads(line)
        if said["event"] == event:
            return said
    pytest.fail(f"the daemon ended without “{event}”")


def test_a_day_of_the_daemon(cli: Cli, web: int, smtp_server: SmtpServer) -> None:
    with start(cli) as process:
        while not wait_for(process, "delivered").get("sent"):
            pass  # the first tick may have come before the reading
        [mail] = smtp_server.mails
        parsed = email.message_from_bytes(mail.message, policy=email.policy.default)
        link = urlsplit(parsed["List-Unsubscribe"].split(">")[0].lstrip("<"))
        page = f"http://127.0.0.1:{web}{link.path}"

        assert httpx.get(page).status_code == 200
        assert "active" in cli("subscriber", "show", "ada@example.org").out
        done = httpx.post(page, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert "unsubscribed" in cli("subscriber", "show", "ada@example.org").out

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_taken_port_is_one_clear_line(cli: Cli, web: int) -> None:
    with socket.create_server(("127.0.0.1", web)), start(cli) as process:
        assert process.wait(30) == 78
        assert process.stderr
        [line] = process.stderr.read().splitlines()
        assert line.startswith(f"digest: web.listen: cannot listen on 127.0.0.1:{web}")


def test_a_second_daemon_leaves_with_one_clear_line_and_the_first_goes_on(
    cli: Cli, web: int, smtp_server: SmtpServer
) -> None:
    with start(cli) as first:
        wait_for(first, "started")
        with start(cli) as second:
            assert second.wait(30) == 1
            assert second.stderr
            [line] = second.stderr.read().splitlines()
        assert line.startswith(f"digest: another digest (process {first.pid}) sends from this database; ")
        assert f"process {first.pid}" in cli.fails("deliver")
        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == 0
    assert len({mail.recipient for mail in smtp_server.mails}) == len(smtp_server.mails)
