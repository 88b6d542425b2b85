"""Forgets what is older than the operator wants it kept.

In:    how many days of what; the clock and the editions.
Out:   old rows gone from the store, a few hundred in a transaction, so that sending goes on beside it.
Never: what a clock that ran ahead takes for old: what was sent must stay known, or it is sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from digest.clock import Clock
from digest.store.engine import Store
from digest.store.pruning import Old

log = structlog.get_logger()

BATCH = 200  # some 20 ms, so that an answer of the mail server does not wait long to be written down

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days what is kept."""

    deliveries_days: int
    signals_days: int
    events_days: int
    unconfirmed_days: int

    def days(self, what: Old) -> int:
        return {
            Old.DELIVERIES: self.deliveries_days,
            Old.SIGNALS: self.signals_days,
            Old.EVENTS: self.events_days,
            Old.REQUESTS: self.unconfirmed_days,
            Old.UNCONFIRMED: self.unconfirmed_days,
        }[what]


@dataclass(slots=True)
class PruneReport:
    """How many of each went, or would go."""

    deliveries: int = 0
    signals: int = 0
    events: int = 0
    requests: int = 0
    unconfirmed: int = 0

    @property
    def total(self) -> int:
        return self.deliveries + self.signals + self.events + self.requests + self.unconfirmed

    def add(self, what: Old, count: int) -> None:
        setattr(self, what, getattr(self, what) + count)


def prune(
    store: Store,
    clock: Clock,
    retention: Retention,
    *,
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> PruneReport:
    """Removes what is old. Safe to stop and to run again at any point; `progress` hears of each batch."""
    now, report = clock.now(), PruneReport()
    total = prunable(store, clock, retention).total if progress else 0
    for what in Old:
        before = _horizon(store, retention.days(what), now)
        went = BATCH if before else 0
        while before and went == BATCH and not stopping():
            went = store.pruning.prune(what, before, BATCH)
            report.add(what, went)
            if progress:
                progress(report.total, total)
    store.pruning.finish()
    if report.total:
        log.info("pruned", **{what.value: getattr(report, what) for what in Old if getattr(report, what)})
    return report


def prunable(store: Store, clock: Clock, retention: Retention) -> PruneReport:
    """What `prune` would remove now."""
    now, report = clock.now(), PruneReport()
    for what in Old:
        if before := _horizon(store, retention.days(what), now):
            report.add(what, store.pruning.count(what, before))
    return report


def _horizon(store: Store, days: int, now: datetime) -> datetime | None:
    """Old is what lies before: so many days by the clock, and as many editions. The clock may be wrong by years; an
    edition comes once a day, so that it takes as many days at that time until anything is lost by it."""
    cutoff = store.pruning.edition_cutoff(days)
    return min(now - timedelta(days=days), cutoff) if cutoff else None
