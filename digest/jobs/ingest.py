"""Reads every source that is due and keeps its papers and signals.

In:    sources, a fetcher, the store.
Out:   papers and signals in the store, a source state and a report for each source.
Never: lets one broken source, document or paper stop another.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from digest.clock import Clock
from digest.errors import SourceError
from digest.model import SourceState
from digest.sources.http import Answer, Fetcher, FetchError
from digest.sources.source import Page, Source
from digest.store.engine import Store
from digest.store.papers import Saved

log = structlog.get_logger()

MAX_PAGES = 30
MAX_BACKOFF = timedelta(hours=24)


class Status(StrEnum):
    OK = "ok"
    UNCHANGED = "unchanged"  # the source said 304
    WAITING = "waiting"  # not due yet
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What became of one source. `problem` is one line; a source can be `ok` and have had unreadable entries."""

    name: str
    status: Status
    new: int = 0
    updated: int = 0
    signals: int = 0
    problem: str = ""
    next_fetch_at: datetime | None = None


async def ingest(
    store: Store,
    sources: Sequence[Source],
    fetcher: Fetcher,
    clock: Clock,
    *,
    only: str | None = None,
    force: bool = False,
) -> list[SourceReport]:
    """Reads the sources side by side; `only` names one, `force` reads those that are not due too."""
    chosen = [source for source in sources if only in (None, source.name)]
    return list(await asyncio.gather(*(_one(store, source, fetcher, clock, force) for source in chosen)))


async def _one(store: Store, source: Source, fetcher: Fetcher, clock: Clock, force: bool) -> SourceReport:
    now = clock.now()
    state = await asyncio.to_thread(store.sources.get, source.name)
    if not force and not is_due(state, now):
        waiting = f"not due: {state.problem}" if state.problem else ""
        return SourceReport(name=source.name, status=Status.WAITING, problem=waiting, next_fetch_at=state.next_fetch_at)
    try:
        report, after = await _read(store, source, fetcher, state, now)
    except SourceError as error:
        report, after = _failed(source, state, now, error)
    except Exception as error:  # one source's bug must not cost the others their papers
        log.exception("source raised", source=source.name)
        report, after = _failed(source, state, now, SourceError(f"{type(error).__name__}: {error}"))
    await asyncio.to_thread(store.sources.put, after)
    log.info("ingested", source=source.name, status=report.status, new=report.new, signals=report.signals)
    return replace(report, next_fetch_at=after.next_fetch_at)


def is_due(state: SourceState, now: datetime) -> bool:
    """True when the time has come, or the clock went back behind the last fetch."""
    if state.next_fetch_at is None or state.fetched_at is None:
        return True
    return now >= state.next_fetch_at or now < state.fetched_at


async def _read(
    store: Store, source: Source, fetcher: Fetcher, state: SourceState, now: datetime
) -> tuple[SourceReport, SourceState]:
    """Fetches page after page, keeping each before the next is asked for. Raises SourceError."""
    first = answer = await fetcher.fetch(source.first(state, now))
    tally = _Tally()
    while not answer.not_modified:
        page = await asyncio.to_thread(source.parse, answer, now)
        saved = await asyncio.to_thread(store.papers.save, page.papers, page.signals, source=source.name, seen_at=now)
        tally.add(page, saved)
        if page.next is None:
            break
        if tally.pages == MAX_PAGES:
            tally.problems.append(f"stopped after {MAX_PAGES} pages")
            break
        answer = await fetcher.fetch(page.next)
    if tally.problems and not tally.listed:
        raise SourceError(summary(tally.problems))
    return tally.report(source, unchanged=first.not_modified), _succeeded(source, state, now, first, tally)


@dataclass(slots=True)
class _Tally:
    pages: int = 0
    listed: int = 0
    new: int = 0
    updated: int = 0
    signals: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, page: Page, saved: Saved) -> None:
        self.pages += 1
        self.listed += len(page.papers)
        self.problems += page.problems
        self.new += saved.new
        self.updated += saved.updated
        self.signals += saved.signals

    def report(self, source: Source, *, unchanged: bool) -> SourceReport:
        return SourceReport(
            name=source.name,
            status=Status.UNCHANGED if unchanged else Status.OK,
            new=self.new,
            updated=self.updated,
            signals=self.signals,
            problem=summary(self.problems),
        )


def summary(problems: Sequence[str]) -> str:
    """The first problem and how many more there are, as one line."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0]}{more}" if problems else ""


def _succeeded(source: Source, state: SourceState, now: datetime, first: Answer, tally: _Tally) -> SourceState:
    read = SourceState(
        name=source.name,
        etag=first.etag,
        last_modified=first.last_modified,
        fetched_at=now,
        succeeded_at=now,
        next_fetch_at=now + source.every,
        problem=summary(tally.problems),
        papers=tally.listed,
    )
    if not first.not_modified:
        return read
    return replace(read, etag=state.etag, last_modified=state.last_modified, papers=state.papers)


def _failed(source: Source, state: SourceState, now: datetime, error: SourceError) -> tuple[SourceReport, SourceState]:
    wait = min(source.every * 2 ** min(state.failures, 10), MAX_BACKOFF)
    if isinstance(error, FetchError) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    problem = " ".join(str(error).split())
    after = replace(state, fetched_at=now, next_fetch_at=now + wait, failures=state.failures + 1, problem=problem)
    return SourceReport(name=source.name, status=Status.FAILED, problem=problem), after
