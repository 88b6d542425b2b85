"""The daemon as a process: it reads, publishes, sends, answers the unsubscribe link, and leaves when told."""

import email
import email.policy
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from digest import daemon
from digest.jobs.deliver import STOP_SECONDS
from digest.ticks import CANCEL_SECONDS
from digest.web.listener import GRACE_SECONDS
from tests.cli.conftest import PAPERS, Cli, published, rss
from tests.smtp import SmtpServer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def start(cli: Cli, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The daemon; it does not outlive the test."""
    command = [sys.executable, "-m", "digest", "serve", "--json", *arguments]
    command += ["--config", str(cli.folder / "config.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


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


def test_the_ends_of_all_parts_fit_into_thirty_seconds() -> None:
    leaving = 5  # seconds for goodbyes to the mail server
    assert STOP_SECONDS + leaving < daemon.STOP_SECONDS
    assert daemon.STOP_SECONDS + CANCEL_SECONDS + GRACE_SECONDS <= 30


def test_a_taken_port_is_one_clear_line(cli: Cli, web: int) -> None:
    with socket.create_server(("127.0.0.1", web)), start(cli) as process:
        assert process.wait(30) == 1  # later it may be free
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


def rewrite(cli: Cli, before: str, after: str) -> None:
    path = cli.folder / "config.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_a_reload_takes_the_new_configuration_and_refuses_a_bad_one(cli: Cli, web: int) -> None:
    other = free_port()
    with start(cli) as process:
        wait_for(process, "started")

        rewrite(cli, "[web]", "[web]\nnonsense = 1")
        process.send_signal(signal.SIGHUP)
        said = wait_for(process, "the configuration is refused, the one before stays")
        assert "web.nonsense" in str(said["problem"])
        assert httpx.get(f"http://127.0.0.1:{web}/u/nobody").status_code == 404

        rewrite(cli, f'nonsense = 1\nlisten = "127.0.0.1:{web}"', f'listen = "127.0.0.1:{other}"')
        with socket.create_server(("127.0.0.1", other)):  # good to read, and not to live with
            process.send_signal(signal.SIGHUP)
            said = wait_for(process, "the configuration is refused, the one before stays")
            assert f"cannot listen on 127.0.0.1:{other}" in str(said["problem"])
            assert wait_for(process, "started")["listen"] == f"127.0.0.1:{web}"
            assert httpx.get(f"http://127.0.0.1:{web}/u/nobody").status_code == 404

        process.send_signal(signal.SIGHUP)
        assert wait_for(process, "started")["listen"] == f"127.0.0.1:{other}"
        assert httpx.get(f"http://127.0.0.1:{other}/u/nobody").status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_who_calls_during_a_reload_waits_and_is_answered(cli: Cli, web: int) -> None:
    with start(cli) as process:
        wait_for(process, "started")
        process.send_signal(signal.SIGHUP)
        wait_for(process, "starting anew")
        assert httpx.get(f"http://127.0.0.1:{web}/u/nobody", timeout=20).status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.slow
def test_a_reload_waits_for_the_answer_to_a_message_and_sends_it_once(
    cli: Cli, web: int, smtp_server: SmtpServer
) -> None:
    begun, answered = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        answered.wait(60)

    smtp_server.meanwhile("DOT", slow)
    with start(cli) as process:
        assert begun.wait(60)
        process.send_signal(signal.SIGHUP)
        wait_for(process, "starting anew")
        threading.Timer(STOP_SECONDS + 3, answered.set).start()
        assert wait_for(process, "delivered").get("sent") == 1
        wait_for(process, "started")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert len(smtp_server.mails) == 1


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("[web]", "[web]\nnonsense = 1", 78, "nonsense"),
        ("[web]", '[database]\nurl = "sqlite:////proc/no/digest.db"\n[web]', 1, "the folder /proc/no does not exist"),
        ("[web]", '[database]\nurl = "sqlite:////proc/digest.db"\n[web]', 1, "/proc/digest.db"),
        ("[web]", '[web]\nmetrics_listen = "192.0.2.1:1"', 1, "web.metrics_listen: cannot listen on 192.0.2.1:1: "),
    ],
    ids=["broken configuration", "no state directory", "unwritable state", "taken metrics address"],
)
def test_what_keeps_it_from_starting_is_one_clear_line(
    cli: Cli, web: int, before: str, after: str, code: int, line: str
) -> None:
    rewrite(cli, before, after)
    with start(cli) as process:
        assert process.wait(30) == code
        assert process.stderr
        said = process.stderr.read()
    assert line in said
    assert said.startswith("digest: ")
    assert "Traceback" not in said
    if code == 1:
        assert len(said.splitlines()) == 1


def test_an_idle_daemon_says_nothing(cli: Cli, web: int) -> None:
    """Each line of a quiet day would be one of a million in a year."""
    with start(cli) as process:
        while not wait_for(process, "delivered").get("sent"):
            pass
        process.send_signal(signal.SIGHUP)  # everything is looked at once more
        wait_for(process, "started")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr
        assert [json.loads(line)["event"] for line in process.stderr] == ["stopping"]


def test_pages_alone_answer_to_the_watchdog_too(cli: Cli, web: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(cli.folder / "notify"))
        supervisor.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(cli.folder / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        with start(cli, "--only", "web") as process:
            wait_for(process, "started")
            said = [supervisor.recv(1000).decode() for _ in range(5)]
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    assert sum("READY=1" in each for each in said) == 1
    assert sum("WATCHDOG=1" in each for each in said) == 4
