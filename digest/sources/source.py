"""What a source is: it says what to ask for, and reads what came back.

In:    what is remembered of a source, and the answer of its server.
Out:   the next request; papers, signals and problems.
Never: I/O, the clock; asking and reading are apart so that each can be tested alone.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from digest.model import Paper, Signal, SourceState
from digest.sources.http import Answer, Request

_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one answer held. `problems` has one line for each entry that could not be read; `next` is the next page."""

    papers: tuple[Paper, ...] = ()
    signals: tuple[Signal, ...] = ()
    problems: tuple[str, ...] = ()
    next: Request | None = None


class Source(Protocol):
    """A place we read from. Sources hold no state of their own."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def service(self) -> str:
        """Whose lists it reads. Sources of one service are one where we count who lists a paper."""
        ...

    @property
    def every(self) -> timedelta: ...

    def first(self, state: SourceState, now: datetime) -> Request:
        """The first request of a reading."""
        ...

    def parse(self, answer: Answer, now: datetime) -> Page:
        """Reads an answer with status 200. Raises SourceError where none of it can be read."""
        ...


def gap_for(base: str, seconds: float) -> float:
    """The pause between requests to `base`: none for a server on this machine, which is a mirror or a test."""
    return 0.0 if _LOOPBACK.fullmatch(urlsplit(base).hostname or "") else seconds
