"""What can be counted and timed, for Prometheus: the only door to its client.

In:    reports of the jobs, durations, answers; the store, asked when somebody reads.
Out:   the page of figures, on a port of its own.
Never: an address, a reason or anything else without bound as a label; a figure that a restart makes wrong.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, Metric

from digest.clock import Clock
from digest.errors import ListenError, StoreError
from digest.model import Cause, DeliveryState, Reply
from digest.store.engine import Store

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)  # seconds; composing takes 5 at most
LONG = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600)  # a server may take ten minutes
FRESH = 5.0  # seconds for which what the store said is said again
ENDS = (
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SUPPRESSED,
    DeliveryState.MISSED,
    DeliveryState.POISONED,
)
WAITING = "waiting"  # a source whose time had not come


class Reading(Protocol):
    """What became of one source: a report of `ingest`."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def new(self) -> int: ...


class Published(Protocol):
    """A report of `publish`."""

    @property
    def edition(self) -> object | None: ...
    @property
    def created(self) -> bool: ...


class Enqueued(Protocol):
    """A report of `enqueue`."""

    @property
    def queued(self) -> int: ...
    @property
    def causes(self) -> Mapping[Cause, int]: ...


class Metrics:
    """All figures of one App. Any thread may use it; a reload of the configuration begins anew, as a restart does."""

    def __init__(self, store: Store, clock: Clock, sources: Collection[str] = ()) -> None:
        """`sources` names those that are read: one that was taken out of the configuration is not missed."""
        self._clock, self._registry = clock, CollectorRegistry()
        self._registry.register(_Stored(store, clock, frozenset(sources)))
        ProcessCollector(registry=self._registry)
        Info("digest_build", "The version that runs.", registry=self._registry).info({"version": version("digest")})
        self._count_mail()
        self._count_ticks(sources)

    def _count_mail(self) -> None:
        self._deliveries = self._counter("digest_deliveries", "Deliveries, by what a try left them as.", "outcome")
        self._attempts = self._counter(
            "digest_attempts", "Dialogues, by the stage and the class of their last reply.", "stage", "reply"
        )
        self._queued = self._counter("digest_enqueued", "Digests put into the queue.")
        self._no_mail = self._counter("digest_no_mail", "Dates on which somebody gets no mail.", "cause")
        self._smtp = self._histogram("digest_smtp_seconds", "From MAIL to the last answer, for one message.", LONG)
        self._compose = self._histogram(
            "digest_compose_seconds", "Composing one message, with the wait for its turn.", QUICK
        )
        for state in ENDS:
            self._deliveries.labels(state.value)  # else the first one would not be seen as a change
        for cause in Cause:
            if cause:
                self._no_mail.labels(cause.value)

    def _count_ticks(self, sources: Collection[str]) -> None:
        self._readings = self._counter("digest_ingest_readings", "Readings of a source.", "source", "status")
        self._papers = self._counter("digest_ingest_papers", "Papers that were not known before.", "source")
        self._editions = self._counter("digest_editions_published", "Editions that were made.")
        self._held = self._gauge("digest_edition_held", "1 while the day's edition waits for a source.")
        self._tick = self._histogram("digest_tick_seconds", "How long a tick took.", LONG, "tick")
        self._tick_end = self._gauge("digest_tick_last_end_timestamp_seconds", "When the tick last ended.", "tick")
        self._tick_late = self._gauge("digest_tick_late_seconds", "How late the tick last began.", "tick")
        self._lag = self._gauge("digest_loop_lag_seconds", "How late the event loop was at the last beat.")
        for name in sources:
            self._papers.labels(name)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(name, text, labels, registry=self._registry, buckets=buckets)

    # --- mail -----------------------------------------------------------------------------------------------------

    def ended(self, state: DeliveryState, count: int = 1) -> None:
        """Deliveries that this try left in `state`."""
        self._deliveries.labels(state.value).inc(count)

    def answered(self, reply: Reply) -> None:
        self._attempts.labels(reply.stage.value, f"{reply.code // 100}xx" if reply.code else "none").inc()

    def talking(self) -> AbstractContextManager[object]:
        """Times what is done inside as the dialogue of one message."""
        return self._smtp.time()

    def composing(self) -> AbstractContextManager[object]:
        """Times what is done inside as composing one message."""
        return self._compose.time()

    def enqueued(self, report: Enqueued) -> None:
        self._queued.inc(report.queued)
        for cause, count in report.causes.items():
            self._no_mail.labels(cause.value).inc(count)

    # --- ticks ----------------------------------------------------------------------------------------------------

    def ticked(self, name: str, late: float, took: float) -> None:
        """A tick came to its end: how many seconds late it began, and how many it took."""
        self._tick.labels(name).observe(took)
        self._tick_late.labels(name).set(late)
        self._tick_end.labels(name).set(self._clock.now().timestamp())

    def lagged(self, seconds: float) -> None:
        self._lag.set(seconds)

    def ingested(self, reports: Sequence[Reading]) -> None:
        for report in reports:
            if report.status != WAITING:
                self._readings.labels(report.name, str(report.status)).inc()
                self._papers.labels(report.name).inc(report.new)

    def published(self, report: Published) -> None:
        self._editions.inc(report.created)
        self._held.set(report.edition is None)

    # --- reading --------------------------------------------------------------------------------------------------

    def serve_metrics(self, address: tuple[str, int]) -> Callable[[], None]:
        """Answers every GET at `address` with the figures; what it returns stops that. ListenError when it is taken."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a moment for each counter is of no use to anybody
        host, port = address
        try:
            server, thread = start_http_server(port, host, self._registry)
        except OSError as error:
            what = f"web.metrics_listen: cannot listen on {host}:{port}: {error.strerror}"
            raise ListenError(what, "end what has it, or name another") from error

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop


class _Stored:
    """What the database knows, true also right after a restart; asked for at most every FRESH seconds."""

    def __init__(self, store: Store, clock: Clock, sources: frozenset[str]) -> None:
        self._store, self._clock, self._sources = store, clock, sources
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._said: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() - self._asked_at >= FRESH:
                self._said = self._ask()
                self._asked_at = time.monotonic()
            yield from self._said

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked when it is registered."""
        yield from ()

    def _ask(self) -> list[Metric]:
        try:
            known = [*self._queue(), *self._beat(), *self._editions(), *self._readings()]
        except StoreError:
            known = None
        return [_gauge("digest_database_up", "1 if the database answered.", float(known is not None)), *(known or ())]

    def _queue(self) -> list[Metric]:
        now = self._clock.now()
        queue = self._store.statistics.queue(now)
        age = max(0.0, (now - queue.oldest_due_at).total_seconds()) if queue.oldest_due_at else 0.0
        return [
            _gauge("digest_queue_depth", "Messages that are due and not sent.", queue.depth),
            _gauge("digest_queue_oldest_seconds", "How long the oldest due message has waited.", age),
        ]

    def _beat(self) -> list[Metric]:
        beat, text = self._store.heartbeats.last(), "When the scheduler last wrote that it lives."
        return [_gauge("digest_heartbeat_timestamp_seconds", text, beat.at.timestamp())] if beat else []

    def _editions(self) -> list[Metric]:
        return [
            metric
            for edition in self._store.editions.list(1)
            for metric in (
                _gauge("digest_edition_papers", "Papers in the newest edition.", edition.entries),
                _gauge(
                    "digest_edition_timestamp_seconds", "Cut-off of the newest edition.", edition.cutoff_at.timestamp()
                ),
            )
        ]

    def _readings(self) -> list[Metric]:
        last, failed = "Last good reading of the source.", "Readings that failed since, in a row."
        good = GaugeMetricFamily("digest_ingest_last_success_timestamp_seconds", last, labels=["source"])
        failures = GaugeMetricFamily("digest_ingest_failures", failed, labels=["source"])
        for state in self._store.sources.list():
            if state.name in self._sources:
                failures.add_metric([state.name], state.failures)
                if state.succeeded_at:
                    good.add_metric([state.name], state.succeeded_at.timestamp())
        return [good, failures]


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
