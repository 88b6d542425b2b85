"""Compiles the edition of the day, once, and freezes it.

In:    papers and signals of the store up to now.
Out:   one edition for a UTC date, kept; asked again it answers with the same one.
Never: changes an edition that exists, or freezes an empty one while a source may yet recover.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from digest.clock import Clock
from digest.editorial.edition import compile_edition
from digest.model import Edition
from digest.store.engine import Store

log = structlog.get_logger()

BACKGROUND = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class PublishReport:
    """`edition` is None while there is nothing to freeze and a source is failing; `notes` then says which."""

    edition: Edition | None
    created: bool
    notes: tuple[str, ...] = ()


def edition_day(now: datetime, edition_hour: int) -> date:
    """The UTC date whose edition is the one to send at `now`."""
    return (now - timedelta(hours=edition_hour)).date()


def publish(store: Store, clock: Clock, edition_hour: int) -> PublishReport:
    """Makes the edition of the day, or finds it."""
    now = clock.now()
    day = edition_day(now, edition_hour)
    if known := store.editions.get(day):
        return PublishReport(known, created=False, notes=known.notes)
    edition, failing = _compile(store, day, now)
    if failing and not edition.entries:
        return PublishReport(None, created=False, notes=edition.notes)
    created = store.editions.save(edition)
    log.info("published", edition=day.isoformat(), papers=len(edition.entries), created=created)
    return PublishReport(edition if created else store.editions.get(day), created=created, notes=edition.notes)


def _compile(store: Store, day: date, now: datetime) -> tuple[Edition, bool]:
    before = store.editions.newest(now)
    since = before.cutoff_at if before else None
    candidates = store.papers.candidates(since, now)
    background = store.papers.recent(now - BACKGROUND, now)
    signals = store.papers.signals({paper.id for paper in (*candidates, *background)}, now)
    notes, failing = _source_notes(store)
    if not candidates:
        notes = ("no source listed a new paper", *notes)
    return compile_edition(day, now, candidates, signals, background, since, notes), failing


def _source_notes(store: Store) -> tuple[tuple[str, ...], bool]:
    states = store.sources.list()
    notes = tuple(f"{state.name}: {state.problem}" for state in states if state.problem)
    return notes, any(state.failures for state in states)
