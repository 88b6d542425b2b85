"""Asks the live sources once, and gives up soon.

In:    sources, and how long they may take.
Out:   their answers, for the ingest job to read; None unless all of them answered with papers.
Never: a wait of more than a few seconds, a retry.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlsplit

from digest.errors import SourceError
from digest.model import SourceState
from digest.sources.http import Answer, Fetcher, Request
from digest.sources.source import Source

FEW = 3  # papers; a source that lists fewer today (arXiv rests at weekends) makes no good show
PATIENCE = 3.0  # seconds for all sources together
NAMES = 1.0  # seconds of these that looking up their names may take


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetcher that has some answers already and asks another for the rest, such as further pages."""

    answers: Mapping[str, Answer]
    rest: Fetcher

    async def fetch(self, request: Request) -> Answer:
        answer = self.answers.get(request.url)
        return answer if answer else await self.rest.fetch(request)


async def ask(sources: Sequence[Source], fetcher: Fetcher, now: datetime, seconds: float = PATIENCE) -> Fetched | None:
    """The answers of all `sources`, asked side by side; None when one fails, is late or lists next to nothing."""
    requests = [source.first(SourceState(name=source.name), now) for source in sources]
    if not await _known({urlsplit(request.url).hostname or "" for request in requests}):
        return None
    answers = await _answers(requests, fetcher, seconds)
    if answers is None or any(_papers(*pair, now) < FEW for pair in zip(sources, answers, strict=True)):
        return None
    return Fetched({request.url: answer for request, answer in zip(requests, answers, strict=True)}, fetcher)


async def _answers(requests: Sequence[Request], fetcher: Fetcher, seconds: float) -> list[Answer] | None:
    """One answer for each request; None as soon as one fails, and then the others are given up."""
    tasks: list[asyncio.Task[Answer]] = []
    complete = True
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            tasks += [group.create_task(_fetched(fetcher, request)) for request in requests]
    except* (SourceError, TimeoutError):
        complete = False  # the caller shows the sample, and says so
    return [task.result() for task in tasks] if complete else None


async def _fetched(fetcher: Fetcher, request: Request) -> Answer:
    return await fetcher.fetch(request)


def _papers(source: Source, answer: Answer, now: datetime) -> int:
    try:
        return len(source.parse(answer, now).papers)
    except SourceError:
        return 0


async def _known(hosts: set[str]) -> bool:
    """Whether all names can be looked up. In threads that nobody waits for: a resolver may hang for half a minute,
    and the event loop's own would then hold up the end of the program."""
    found: SimpleQueue[bool] = SimpleQueue()
    for host in hosts:
        Thread(target=_look_up, args=(host, found), daemon=True).start()
    return all([await asyncio.to_thread(_next, found) for _ in hosts])


def _look_up(host: str, found: SimpleQueue[bool]) -> None:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        found.put(False)
    else:
        found.put(True)


def _next(found: SimpleQueue[bool]) -> bool:
    try:
        return found.get(timeout=NAMES)
    except Empty:
        return False
