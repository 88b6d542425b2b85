"""Reads every source that is due and keeps its papers and signals.

In:    sources, a fetcher, the store.
Out:   papers and signals in the store, a source state and a report for each source.
Never: lets one broken source, document or paper stop another.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from digest.clock import Clock
from digest.errors import SourceError
from digest.model import SourceState
from digest.sources.http import Answer, Fetcher, FetchError
from digest.sources.source import Page, Source
from digest.store.engine import Store

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


@dataclass(frozen=True, slots=True)
class _Read:
    """What a source answered: the first answer of a series, and the pages it gave."""

    first: Answer
    pages: tuple[Page, ...]

    @property
    def problems(self) -> list[str]:
        return [problem for page in self.pages for problem in page.problems]

    @property
    def listed(self) -> int:
        return sum(len(page.papers) for page in self.pages)


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
    reads = await asyncio.gather(
        *(
            _read(source, fetcher, state, now) if force or is_due(state, now) else _not_now()
            for source, state in zip(chosen, states, strict=True)
        )
    )
    return [
        await asyncio.to_thread(_keep, store, source, state, read, now)
        for source, state, read in zip(chosen, states, reads, strict=True)
    ]


def is_due(state: SourceState, now: datetime) -> bool:
    """True when the time has come, or the clock went back behind the last fetch."""
    if state.next_fetch_at is None or state.fetched_at is None:
        return True
    return now >= state.next_fetch_at or now < state.fetched_at


async def _not_now() -> None:
    """Stands where a source that is not due would be read."""


async def _read(source: Source, fetcher: Fetcher, state: SourceState, now: datetime) -> _Read | SourceError:
    """Fetches and parses page after page. One source's trouble is its own: it is returned, not raised."""
    try:
        async with asyncio.timeout(MAX_SECONDS):
            return await _read_pages(source, fetcher, state, now)
    except SourceError as error:
        return error
    except TimeoutError:
        return SourceError(f"it was not read through within {MAX_SECONDS} s")
    except Exception as error:
        log.exception("source raised", source=source.name)
        return SourceError(f"{type(error).__name__}: {error}")


async def _read_pages(source: Source, fetcher: Fetcher, state: SourceState, now: datetime) -> _Read:
    first = answer = await fetcher.fetch(source.first(state, now))
    pages: list[Page] = []
    while not answer.not_modified:
        page = await asyncio.to_thread(source.parse, answer, now)
        pages.append(page)
        if page.next is None:
            break
        if len(pages) == MAX_PAGES:
            pages.append(Page((), (), (f"stopped after {MAX_PAGES} pages",), None))
            break
        answer = await fetcher.fetch(page.next)
    read = _Read(first, tuple(pages))
    if read.problems and not read.listed:
        raise SourceError(summary(read.problems))
    return read


def _keep(
    store: Store, source: Source, state: SourceState, read: _Read | SourceError | None, now: datetime
) -> SourceReport:
    """Writes the papers first, then that they were read: a crash between the two reads them again."""
    if read is None:
        waiting = f"not due: {state.problem}" if state.problem else ""
        return SourceReport(name=source.name, status=Status.WAITING, problem=waiting, next_fetch_at=state.next_fetch_at)
    if isinstance(read, SourceError):
        after = _failed(source, state, now, read)
        report = SourceReport(name=source.name, status=Status.FAILED, problem=after.problem)
    else:
        after = _succeeded(source, state, now, read)
        report = _saved(store, source, read, now)
    store.sources.put(after)
    log.info("ingested", source=source.name, status=report.status.value, new=report.new, signals=report.signals)
    return replace(report, next_fetch_at=after.next_fetch_at)


def _saved(store: Store, source: Source, read: _Read, now: datetime) -> SourceReport:
    saved = [store.papers.save(page.papers, page.signals, source=source.name, seen_at=now) for page in read.pages]
    return SourceReport(
        name=source.name,
        status=Status.UNCHANGED if read.first.not_modified else Status.OK,
        new=sum(page.new for page in saved),
        updated=sum(page.updated for page in saved),
        signals=sum(page.signals for page in saved),
        problem=summary(read.problems),
    )


def summary(problems: Sequence[str]) -> str:
    """The first problem and how many more there are, as one line."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0]}{more}" if problems else ""


def _succeeded(source: Source, state: SourceState, now: datetime, read: _Read) -> SourceState:
    after = SourceState(
        name=source.name,
        etag=read.first.etag,
        last_modified=read.first.last_modified,
        fetched_at=now,
        succeeded_at=now,
        next_fetch_at=now + source.every,
        problem=summary(read.problems),
        papers=read.listed,
    )
    if not read.first.not_modified:
        return after
    return replace(after, etag=state.etag, last_modified=state.last_modified, papers=state.papers)


def _failed(source: Source, state: SourceState, now: datetime, error: SourceError) -> SourceState:
    wait = min(source.every * 2 ** min(state.failures, 10), MAX_BACKOFF)
    if isinstance(error, FetchError) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    problem = " ".join(str(error).split())
    return replace(state, fetched_at=now, next_fetch_at=now + wait, failures=state.failures + 1, problem=problem)
