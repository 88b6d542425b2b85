"""The front page, made once for all who come within a few seconds.

In:    what makes the page in a language; a clock.
Out:   answers from memory.
Never: the page of one visitor for another: it is the same for everybody who speaks a language.
"""

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from digest.clock import Clock
from digest.language import Language


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    plain: Response
    packed: Response


class Front:
    """Who comes while the page is made anew gets the one before; only the first ones of all wait."""

    KEEP = 60  # seconds, for a browser and whatever is in between
    FRESH = timedelta(seconds=5)

    def __init__(self, clock: Clock, make: Callable[[Language], HTMLResponse]) -> None:
        self._clock, self._make = clock, make
        self._kept: dict[Language, _Kept] = {}
        self._turn = threading.Lock()

    async def answer(self, speaking: Language, encodings: str) -> Response:
        kept = self._kept.get(speaking)
        if kept is None or (not self._is_fresh(kept) and not self._turn.locked()):
            kept = await run_in_threadpool(self._renewed, speaking)
        return kept.packed if "gzip" in encodings else kept.plain

    def _renewed(self, speaking: Language) -> _Kept:
        with self._turn:
            kept = self._kept.get(speaking)
            if kept is None or not self._is_fresh(kept):
                kept = self._kept[speaking] = _kept(self._make(speaking), self._clock.now())
            return kept

    def _is_fresh(self, kept: _Kept) -> bool:
        return abs(self._clock.now() - kept.at) < self.FRESH


def _kept(page: HTMLResponse, now: datetime) -> _Kept:
    """The same in two encodings: nothing on it is secret, and nothing repeats what a visitor sent."""
    vary = ", ".join(filter(None, [page.headers.get("vary"), "Accept-Encoding"]))
    page.headers["Vary"] = vary
    body = gzip.compress(bytes(page.body), mtime=0)
    headers = {name: value for name, value in page.headers.items() if name not in ("content-length", "content-type")}
    packed = Response(body, page.status_code, {**headers, "Content-Encoding": "gzip"}, page.media_type)
    return _Kept(now, page, packed)
