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
from digest.sources.http import Answer, Fetcher, FetchError, Request
from digest.sources.source import Page, Source
from digest.store.engine import Store
from digest.store.papers import Saved

log = structlog.get_logger()

MAX_PAGES = 30
MAX_SECONDS = 300  # for all pages of a source
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


@dataclass(slots=True)
class _Reading:
    """What a source has given so far: what was asked and answered first, its pages, and what ended them early.

    `limit` says that there was more than we take. That is no error: the newest was read, and the next reading is the
    same length, so that a source as wide would otherwise never have a good one.
    """

    asked: str = ""
    first: Answer | None = None
    pages: list[Page] = field(default_factory=list)
    limit: str = ""
    error: SourceError | None = None

    @property
    def problems(self) -> list[str]:
        return [*filter(None, [self.limit]), *(problem for page in self.pages for problem in page.problems)]

    @property
    def listed(self) -> int:
        return sum(len(page.papers) for page in self.pages)

    @property
    def unchanged(self) -> bool:
        return self.first is not None and self.first.not_modified


async def ingest(
    store: Store,
    sources: Sequence[Source],
    fetcher: Fetcher,
    clock: Clock,
    *,
    only: str | None = None,
    force: bool = False,
) -> list[SourceReport]:
    """Reads the sources side by side; `only` names one, `force` reads those that are not due too.

    Their papers are kept in the order of `sources`, whichever answered first: the same answers make the same store.
    """
    now = clock.now()
    chosen = [source for source in sources if only in (None, source.name)]
    states = [await asyncio.to_thread(store.sources.get, source.name) for source in chosen]
    readings = await asyncio.gather(
        *(
            _read(source, fetcher, state, now) if force or state.is_due(now) else _not_now()
            for source, state in zip(chosen, states, strict=True)
        )
    )
    return [
        await asyncio.to_thread(_keep, store, source, state, reading, now)
        for source, state, reading in zip(chosen, states, readings, strict=True)
    ]


async def _not_now() -> None:
    """Stands where a source that is not due would be read."""


async def _read(source: Source, fetcher: Fetcher, state: SourceState, now: datetime) -> _Reading:
    """Fetches and parses page after page. One source's trouble is its own: it is noted, not raised."""
    reading = _Reading()
    try:
        request = _unless_moved(source.first(state, now), state)
        reading.asked = request.url
        async with asyncio.timeout(MAX_SECONDS):
            await _read_pages(reading, source, fetcher, request, now)
    except SourceError as error:
        reading.error = error
    except TimeoutError:
        reading.limit = f"it was not read through within {MAX_SECONDS} s"
    except Exception as error:
        log.exception("source raised", source=source.name)
        reading.error = SourceError(f"{type(error).__name__}: {error}")
    if reading.problems and not reading.listed and not reading.error:
        reading.error = SourceError(summary(reading.problems))
    return reading


def _unless_moved(request: Request, state: SourceState) -> Request:
    """Unconditional where the configuration changed the URL: a validator says something about its own URL only."""
    return request if request.url == state.url else replace(request, etag="", last_modified="")


async def _read_pages(
    reading: _Reading, source: Source, fetcher: Fetcher, request: Request | None, now: datetime
) -> None:
    while request:
        if len(reading.pages) == MAX_PAGES:
            reading.limit = f"stopped after {MAX_PAGES} pages"
            return
        answer = await fetcher.fetch(request)
        reading.first = reading.first or answer
        if answer.not_modified:
            return
        page = await asyncio.to_thread(source.parse, answer, now)
        reading.pages.append(page)
        request = page.next


def _keep(store: Store, source: Source, state: SourceState, reading: _Reading | None, now: datetime) -> SourceReport:
    """Writes the papers first, then that they were read: a crash between the two reads them again."""
    if reading is None:
        waiting = f"not due: {state.problem}" if state.problem else ""
        return SourceReport(name=source.name, status=Status.WAITING, problem=waiting, next_fetch_at=state.next_fetch_at)
    saved = _saved(store, source, reading, now)
    after = _failed(source, state, now, reading.error) if reading.error else _succeeded(source, state, now, reading)
    store.sources.put(after)
    report = SourceReport(
        name=source.name,
        status=Status.FAILED if reading.error else Status.UNCHANGED if reading.unchanged else Status.OK,
        new=sum(page.new for page in saved),
        updated=sum(page.updated for page in saved),
        signals=sum(page.signals for page in saved),
        problem=after.problem,
        next_fetch_at=after.next_fetch_at,
    )
    trouble = {"problem": report.problem} if report.problem else {}
    log.info(
        "ingested", source=source.name, status=report.status.value, new=report.new, signals=report.signals, **trouble
    )
    return report


def _saved(store: Store, source: Source, reading: _Reading, now: datetime) -> list[Saved]:
    """Page by page; what cannot be kept is the reading's error, and the sources after it are kept all the same."""
    saved: list[Saved] = []
    try:
        for page in reading.pages:
            saved.append(store.papers.save(page.papers, page.signals, source=source.service, seen_at=now))
    except Exception as error:
        log.exception("cannot keep what a source listed", source=source.name)
        reading.error = SourceError(f"what it listed cannot be kept: {type(error).__name__}")
    return saved


def summary(problems: Sequence[str]) -> str:
    """The first problem and how many more there are, as one line."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0]}{more}" if problems else ""


def _succeeded(source: Source, state: SourceState, now: datetime, reading: _Reading) -> SourceState:
    after = replace(
        state,
        fetched_at=now,
        succeeded_at=now,
        next_fetch_at=now + source.every,
        failures=0,
        problem=summary(reading.problems),
    )
    if reading.unchanged or reading.first is None:
        return after
    etag, last_modified = reading.first.etag, reading.first.last_modified
    return replace(after, url=reading.asked, etag=etag, last_modified=last_modified, papers=reading.listed)


def _failed(source: Source, state: SourceState, now: datetime, error: SourceError) -> SourceState:
    wait = min(source.every * 2 ** min(state.failures, 10), MAX_BACKOFF)
    if isinstance(error, FetchError) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    problem = " ".join(str(error).split())
    return replace(state, fetched_at=now, next_fetch_at=now + wait, failures=state.failures + 1, problem=problem)
