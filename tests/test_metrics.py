"""What Prometheus reads: over its own port, from a real run, true right after a restart, and nobody's address in it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from digest import metrics as module
from digest.clock import Clock, FixedClock
from digest.editorial.selection import Rules
from digest.errors import ListenError, MessageError
from digest.jobs.deliver import Policy, deliver
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.ingest import SourceReport, Status
from digest.jobs.pace import Pace
from digest.jobs.prepare import Compose
from digest.jobs.publish import PublishReport, publish
from digest.mail.compose import Composer
from digest.mail.render import Renderer
from digest.mail.transport import SmtpTransport
from digest.metrics import Metrics
from digest.model import Digest, Envelope, Heartbeat, Site, SourceState, Topic, TopicKind
from digest.resources import templates_dir
from digest.store.editions import EditionSummary
from digest.store.engine import Store, open_store
from digest.templating import Templates
from digest.tokens import Tokens
from tests.jobs.conftest import FOLDING, MORNING, list_papers, reader
from tests.smtp import SmtpServer

HOUR = timedelta(hours=1)
CLOCK = FixedClock(MORNING)
SITE = Site(
    name="Morning papers",
    base_url="https://papers.example.org",
    sender_name="Morning papers",
    sender_address="papers@example.org",
)
COMPOSER = Composer(SITE, Renderer(SITE, Templates(templates_dir())), Tokens(b"thirty-two characters of secret!"))
NO_SUCH = "550 5.1.1 no such mailbox bo@example.org"
Figures = dict[tuple[str, tuple[str, ...]], float]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def page(metrics: Metrics) -> Iterator[str]:
    """The address at which the figures are served."""
    port = free_port()
    stop = metrics.serve_metrics(("127.0.0.1", port))
    try:
        yield f"http://127.0.0.1:{port}/metrics"
    finally:
        stop()


def text_of(metrics: Metrics) -> str:
    with page(metrics) as address:
        answer = httpx.get(address)
    assert answer.status_code == 200
    return answer.text


def read(metrics: Metrics) -> Figures:
    """Each sample by its name and the values of its labels (by their names), as Prometheus reads it."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text_of(metrics))
        for sample in family.samples
    }


def named(figures: Figures, name: str) -> dict[tuple[str, ...], float]:
    return {labels: value for (found, labels), value in figures.items() if found == name}


def counted(figures: Figures, name: str) -> dict[tuple[str, ...], float]:
    """Those that are more than nothing."""
    return {labels: value for labels, value in named(figures, name).items() if value}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
        yield store


@pytest.fixture
def queued(store: Store) -> Store:
    """An edition; two with a digest in the queue, and one who wants what is not in it."""
    list_papers(store, *FOLDING, at=MORNING - HOUR)
    publish(store, CLOCK, 4, ())
    for name in ("ada", "bo"):
        store.subscribers.add(reader(f"{name}@example.org"), MORNING)
    store.subscribers.add(reader("chi@example.org", topics=(Topic(TopicKind.PHRASE, "glacier"),)), MORNING)
    return store


async def composed(digest: Digest) -> tuple[Envelope, bytes]:
    return COMPOSER.compose(digest)


async def refused(digest: Digest) -> tuple[Envelope, bytes]:
    raise MessageError("it is not to be")


async def send(
    store: Store,
    server: SmtpServer,
    metrics: Metrics,
    clock: Clock = CLOCK,
    compose: Compose = composed,
    pace: Pace | None = None,
) -> None:
    async with SmtpTransport(server.host, server.port, "none", connections=2) as transport:
        with store.seat() as seat:
            await deliver(store, compose, transport, clock, Policy(2), pace or Pace(2), seat, metrics=metrics)


# --- a day -----------------------------------------------------------------------------------------------------------


async def test_a_run_is_counted_as_it_happens(queued: Store, smtp_server: SmtpServer) -> None:
    metrics = Metrics(queued, CLOCK)
    metrics.enqueued(enqueue(queued, CLOCK, Rules(), Terms(4, 12 * HOUR)))
    smtp_server.answer("RCPT", NO_SUCH, when="bo@")
    await send(queued, smtp_server, metrics)
    figures = read(metrics)
    assert named(figures, "digest_enqueued_total") == {(): 2}
    assert counted(figures, "digest_no_mail_total") == {("below-threshold",): 1}
    assert counted(figures, "digest_deliveries_total") == {("sent",): 1, ("failed",): 1}
    assert named(figures, "digest_attempts_total") == {("2xx", "dot"): 1, ("5xx", "rcpt"): 1}
    assert figures["digest_smtp_seconds_count", ()] == 2
    assert figures["digest_compose_seconds_count", ()] == 2
    assert 0 < figures["digest_compose_seconds_sum", ()] < 60


async def test_a_lost_connection_has_no_class_of_reply(queued: Store, smtp_server: SmtpServer) -> None:
    metrics = Metrics(queued, CLOCK)
    enqueue(queued, CLOCK, Rules(), Terms(4, 12 * HOUR))
    smtp_server.answer("RCPT", "drop", when="bo@", times=1)
    await send(queued, smtp_server, metrics)
    assert named(read(metrics), "digest_attempts_total") == {("2xx", "dot"): 1, ("none", "rcpt"): 1}


async def test_what_is_never_dialled_is_counted(queued: Store, smtp_server: SmtpServer) -> None:
    metrics = Metrics(queued, CLOCK)
    enqueue(queued, CLOCK, Rules(), Terms(4, 12 * HOUR))
    await send(queued, smtp_server, metrics, FixedClock(MORNING + 21 * HOUR))
    figures = read(metrics)
    assert counted(figures, "digest_deliveries_total") == {("missed",): 2}
    assert named(figures, "digest_attempts_total") == {}


async def test_what_cannot_be_composed_is_counted(queued: Store, smtp_server: SmtpServer) -> None:
    metrics, pace = Metrics(queued, CLOCK), Pace(2)
    pace.composed(MORNING)  # others can be: these are at fault themselves
    enqueue(queued, CLOCK, Rules(), Terms(4, 12 * HOUR))
    await send(queued, smtp_server, metrics, compose=refused, pace=pace)
    figures = read(metrics)
    assert counted(figures, "digest_deliveries_total") == {("deferred",): 2}
    assert figures["digest_compose_seconds_count", ()] == 2


async def test_nobody_is_named(queued: Store, smtp_server: SmtpServer) -> None:
    metrics = Metrics(queued, CLOCK, ["test"])
    metrics.enqueued(enqueue(queued, CLOCK, Rules(), Terms(4, 12 * HOUR)))
    smtp_server.answer("RCPT", NO_SUCH, when="bo@")
    await send(queued, smtp_server, metrics)
    text = text_of(metrics)
    assert "@" not in text
    assert "example" not in text
    assert "folding" not in text


def test_what_may_happen_is_there_from_the_start(store: Store) -> None:
    """Else the first failure after a restart is no change that an alert could see."""
    figures = read(Metrics(store, CLOCK, ["arxiv"]))
    assert named(figures, "digest_deliveries_total")["failed",] == 0
    assert named(figures, "digest_no_mail_total")["source-down",] == 0
    assert ("",) not in named(figures, "digest_no_mail_total")
    assert named(figures, "digest_ingest_papers_total") == {("arxiv",): 0}


# --- what the database knows -----------------------------------------------------------------------------------------


def test_the_queue_is_asked_for(queued: Store) -> None:
    enqueue(queued, CLOCK, Rules(), Terms(4, 12 * HOUR))
    figures = read(Metrics(queued, FixedClock(MORNING + HOUR)))
    assert figures["digest_queue_depth", ()] == 2
    assert figures["digest_queue_oldest_seconds", ()] == 3600
    assert figures["digest_database_up", ()] == 1


def test_an_empty_queue_has_no_age(store: Store) -> None:
    figures = read(Metrics(store, CLOCK))
    assert (figures["digest_queue_depth", ()], figures["digest_queue_oldest_seconds", ()]) == (0, 0)


def test_what_was_before_is_known_after_a_restart(queued: Store) -> None:
    queued.heartbeats.put(Heartbeat(at=MORNING - HOUR, started_at=MORNING - HOUR))
    state = SourceState(name="test", succeeded_at=MORNING - 2 * HOUR, failures=3, problem="HTTP 503")
    for one in (state, replace(state, name="gone"), SourceState(name="new", failures=1)):
        queued.sources.put(one)
    figures = read(Metrics(queued, CLOCK, ["test", "new"]))
    assert figures["digest_heartbeat_timestamp_seconds", ()] == (MORNING - HOUR).timestamp()
    assert figures["digest_edition_papers", ()] == len(FOLDING)
    assert figures["digest_edition_timestamp_seconds", ()] == MORNING.timestamp()
    success = named(figures, "digest_ingest_last_success_timestamp_seconds")
    assert success == {("test",): (MORNING - 2 * HOUR).timestamp()}
    assert named(figures, "digest_ingest_failures") == {("test",): 3, ("new",): 1}


def test_the_database_is_asked_once_in_a_while(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics(store, CLOCK)
    before = read(metrics)
    store.subscribers.add(reader(), MORNING)
    list_papers(store, *FOLDING, at=MORNING - HOUR)
    publish(store, CLOCK, 4, ())
    assert named(read(metrics), "digest_edition_papers") == named(before, "digest_edition_papers") == {}
    monkeypatch.setattr(module, "FRESH", 0.0)
    assert named(read(metrics), "digest_edition_papers") == {(): len(FOLDING)}


def test_a_database_that_is_away_leaves_the_rest(store: Store) -> None:
    metrics = Metrics(store, CLOCK)
    metrics.lagged(0.25)
    store.database.engine.dispose()
    Path(str(store.database.url.database)).write_bytes(b"no database at all " * 100)
    figures = read(metrics)
    assert figures["digest_database_up", ()] == 0
    assert ("digest_queue_depth", ()) not in figures
    assert figures["digest_loop_lag_seconds", ()] == 0.25


# --- what the daemon says --------------------------------------------------------------------------------------------


def test_ticks(store: Store) -> None:
    metrics = Metrics(store, CLOCK)
    metrics.ticked("mail", late=0.5, took=0.2)
    metrics.ticked("mail", late=0.0, took=40.0)
    figures = read(metrics)
    assert figures["digest_tick_seconds_count", ("mail",)] == 2
    assert figures["digest_tick_seconds_sum", ("mail",)] == 40.2
    assert figures["digest_tick_late_seconds", ("mail",)] == 0
    assert figures["digest_tick_last_end_timestamp_seconds", ("mail",)] == MORNING.timestamp()


def test_readings_of_sources(store: Store) -> None:
    metrics = Metrics(store, CLOCK)
    report = SourceReport(name="arxiv", status=Status.OK, new=80)
    metrics.ingested([report, replace(report, name="hf", status=Status.FAILED, new=0)])
    metrics.ingested([replace(report, status=Status.WAITING, new=0), replace(report, new=3)])
    figures = read(metrics)
    assert named(figures, "digest_ingest_papers_total") == {("arxiv",): 83, ("hf",): 0}
    assert named(figures, "digest_ingest_readings_total") == {("arxiv", "ok"): 2, ("hf", "failed"): 1}


def test_editions_that_were_made_and_one_that_waits(store: Store) -> None:
    metrics = Metrics(store, CLOCK)
    edition = EditionSummary(date=date(2026, 5, 28), cutoff_at=MORNING, entries=0, notes=())
    for report in (
        PublishReport(edition, created=True),
        PublishReport(edition, created=False),
        PublishReport(None, created=False),
    ):
        metrics.published(report)
    figures = read(metrics)
    assert figures["digest_editions_published_total", ()] == 1
    assert figures["digest_edition_held", ()] == 1


def test_the_process_and_its_version(store: Store) -> None:
    figures = read(Metrics(store, CLOCK))
    assert figures["process_resident_memory_bytes", ()] > 2**20
    assert named(figures, "digest_build_info")


# --- the port --------------------------------------------------------------------------------------------------------


def test_a_taken_port_is_one_clear_line(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError) as caught:
            Metrics(store, CLOCK).serve_metrics(("127.0.0.1", port))
    assert str(caught.value).startswith(f"web.metrics_listen: cannot listen on 127.0.0.1:{port}: ")
    assert caught.value.exit_code == 1


def test_a_name_that_is_no_address_of_ours_is_one_clear_line(store: Store) -> None:
    with pytest.raises(ListenError, match=r"web\.metrics_listen: cannot listen on 192\.0\.2\.1:9464: "):
        Metrics(store, CLOCK).serve_metrics(("192.0.2.1", 9464))


def test_the_port_is_free_again_at_once(store: Store) -> None:
    metrics, port = Metrics(store, CLOCK), free_port()
    for _ in range(2):
        stop = metrics.serve_metrics(("127.0.0.1", port))
        assert httpx.get(f"http://127.0.0.1:{port}/metrics").status_code == 200
        stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")


def test_two_apps_do_not_share_figures(store: Store) -> None:
    one, other = Metrics(store, CLOCK), Metrics(store, CLOCK)
    one.ticked("mail", late=0, took=1)
    assert named(read(other), "digest_tick_seconds_count") == {}
