"""Compiles the edition of the day, once, and freezes it.

In:    papers and signals of the store up to now.
Out:   one edition for a UTC date, kept; asked again it answers with the same one.
Never: changes an edition that exists, or freezes an empty one before every source has been heard.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import structlog

from digest.clock import Clock
from digest.editorial.absence import unread
from digest.editorial.edition import compile_edition
from digest.model import Edition, SourceState
from digest.store.editions import EditionSummary
from digest.store.engine import Store

log = structlog.get_logger()

BACKGROUND = timedelta(days=14)
SOON = timedelta(hours=2)
GIVEN_UP = 3  # failures in a row, after which an empty edition no longer waits for a source


@dataclass(frozen=True, slots=True)
class PublishReport:
    """`edition` is None while there is nothing to freeze and a source may yet list a paper; `notes` says which."""

    edition: EditionSummary | None
    created: bool
    notes: tuple[str, ...] = ()


def edition_day(now: datetime, edition_hour: int) -> date:
    """The UTC date whose edition is the one to send at `now`."""
    return (now - timedelta(hours=edition_hour)).date()


def publish(store: Store, clock: Clock, edition_hour: int, sources: Collection[str]) -> PublishReport:
    """Makes the edition of the day, or finds it. `sources` names those that are read."""
    now = clock.now()
    day = edition_day(now, edition_hour)
    if known := store.editions.summary(day):
        return PublishReport(known, created=False, notes=known.notes)
    edition = _compile(store, day, now, sources)
    opened = datetime.combine(day, time(edition_hour), UTC)
    awaited = [state.name for state in map(store.sources.get, sources) if _may_yet_answer(state, now, opened)]
    if awaited and not edition.entries:
        return PublishReport(None, created=False, notes=(f"it waits for {', '.join(awaited)}",))
    created = store.editions.save(edition)
    log.info("published", edition=day.isoformat(), papers=len(edition.entries), created=created)
    return PublishReport(store.editions.summary(day), created=created, notes=edition.notes)


def _may_yet_answer(state: SourceState, now: datetime, opened: datetime) -> bool:
    """True for a source that is to be read by now, or that failed and may do better soon; and for one that was read
    before the edition's hour and will be again soon after: many fill up at that very hour."""
    if state.failures >= GIVEN_UP:
        return False
    early = (
        state.fetched_at and state.next_fetch_at and state.fetched_at < opened and state.next_fetch_at < opened + SOON
    )
    return state.failures > 0 or state.is_due(now) or bool(early)


def _note(state: SourceState) -> str:
    """What was wrong with one that was read all the same is another matter than silence."""
    return unread(state.name, state.problem) if state.failures else f"{state.name}: {state.problem}"


def _compile(store: Store, day: date, now: datetime, sources: Collection[str]) -> Edition:
    before = store.editions.newest(now)
    since = before.cutoff_at if before else None
    candidates = store.papers.candidates(since, now)
    background = store.papers.recent(now - BACKGROUND, now)
    signals = store.papers.signals({paper.id for paper in (*candidates, *background)}, now)
    notes = [_note(state) for state in map(store.sources.get, sources) if state.problem]
    return compile_edition(day, now, candidates, signals, background, since, notes)
