"""The daemon as a process, seen by those who watch over it: `/healthz`, Prometheus, `digest status`."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.conftest import PAPERS, Cli, published, rss
from tests.cli.test_serve import free_port, start, wait_for
from tests.smtp import SmtpServer

Ports = tuple[int, int]


@pytest.fixture
def ports(cli: Cli, smtp_server: SmtpServer) -> Iterator[Ports]:
    """Of the pages and of the figures; ada is due since midnight, bo wants what there is not."""
    pages, figures = free_port(), free_port()
    with published(rss(PAPERS, date="")) as address:
        cli.configure(smtp=smtp_server.port, feed=address)
        with (cli.folder / "config.toml").open("a") as file:
            file.write(f'[web]\nlisten = "127.0.0.1:{pages}"\nmetrics_listen = "127.0.0.1:{figures}"\n')
        cli("subscriber", "add", "ada@example.org", "--topic", "folding kites", "--tz", "UTC", "--at", "00:00")
        cli("subscriber", "add", "bo@example.org", "--topic", "glaciers", "--tz", "UTC", "--at", "00:00")
        yield pages, figures


@contextmanager
def running(cli: Cli, *arguments: str, until: str = "started") -> Iterator[None]:
    """The daemon, from its log line `until` on."""
    with start(cli, *arguments) as process:
        while not (said := wait_for(process, until)) or (until == "delivered" and not said.get("sent")):
            pass
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def read(port: int) -> dict[tuple[str, ...], float]:
    """Samples by name and values of labels."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def after_the_tick(port: int) -> dict[tuple[str, ...], float]:
    """The figures once the mail tick has ended, a moment after it said that it has delivered."""
    ends = monotonic() + 30
    while ("digest_tick_seconds_count", "enqueue") not in (found := read(port)) and monotonic() < ends:
        pass
    return found


def test_a_day_in_figures(cli: Cli, ports: Ports) -> None:
    with running(cli, until="delivered"):
        found = after_the_tick(ports[1])
        assert found["digest_deliveries_total", "sent"] == 1
        assert found["digest_attempts_total", "2xx", "dot"] == 1
        assert found["digest_smtp_seconds_count",] == found["digest_compose_seconds_count",] == 1
        assert found["digest_enqueued_total",] == 1
        assert sum(value for name, value in found.items() if name[0] == "digest_no_mail_total") == 1
        assert found["digest_editions_published_total",] == 1
        assert found["digest_edition_papers",] == len(PAPERS)
        assert found["digest_ingest_papers_total", "invented"] == len(PAPERS)
        assert found["digest_ingest_last_success_timestamp_seconds", "invented"] > 1.7e9
        assert found["digest_queue_depth",] == 0
        assert found["process_resident_memory_bytes",] > 2**20

        answer = httpx.get(f"http://127.0.0.1:{ports[0]}/healthz")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        told = cli("status", "--json").json
        assert told["today"]["sent"] == told["today"]["skipped"] == 1
        assert "enqueue" in told["scheduler"]["ticks"] or told["scheduler"]["ticks"] == {}
        assert httpx.get(f"http://127.0.0.1:{ports[0]}/metrics").status_code == 404
    with pytest.raises(httpx.ConnectError):
        read(ports[1])


def test_the_pages_alone_say_that_nobody_sends(cli: Cli, ports: Ports) -> None:
    with running(cli, "--only", "web"):
        answer = httpx.get(f"http://127.0.0.1:{ports[0]}/healthz")
        assert (answer.status_code, answer.json()["problems"]) == (503, ["no scheduler has run yet"])
        assert "has not run yet" in cli("status", code=1).out


def test_the_pages_alone_know_of_a_scheduler_elsewhere(cli: Cli, ports: Ports) -> None:
    with running(cli, "--only", "scheduler", until="delivered"), running(cli, "--only", "web"):
        assert httpx.get(f"http://127.0.0.1:{ports[0]}/healthz").json()["status"] == "ok"
        assert read(ports[1])["digest_build_info", cli("--version").out.split()[1]] == 1


def test_a_taken_port_of_the_figures_is_one_clear_line(cli: Cli, ports: Ports) -> None:
    with socket.create_server(("127.0.0.1", ports[1])), start(cli) as process:
        assert process.wait(30) == 1
        assert process.stderr
        [line] = process.stderr.read().splitlines()
        assert line.startswith(f"digest: web.metrics_listen: cannot listen on 127.0.0.1:{ports[1]}: ")
