"""How the daemon is, for whoever watches over it: `/healthz`.

In:    the store, a clock.
Out:   200 with `"status": "ok"`, or `"behind"` where mail is late; 503 with `"down"` and what is wrong.
Never: more than a look at the database every few seconds, however often it is asked; a name, a path, a text of others.
"""

import threading
import time
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from digest.clock import Clock
from digest.errors import StoreUnavailable
from digest.health import SILENT, Health, judge
from digest.model import Heartbeat, Queue
from digest.store.engine import Store

FRESH = 3.0  # seconds for which an answer is given again
PATIENCE = 5.0  # seconds that one who asks waits for another to be answered

Said = tuple[int, dict[str, object]]


def health_page(store: Store, clock: Clock) -> APIRouter:
    """It reads what the scheduler wrote, so it says the same wherever the pages are served."""
    router, doctor = APIRouter(redirect_slashes=False), _Doctor(store, clock)

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def look() -> JSONResponse:
        return doctor.answer()

    return router


class _Doctor:
    """Remembers the last answer for a while: anybody may ask."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._turn = threading.Lock()
        self._asked_at = float("-inf")
        self._said: Said = (503, {})

    def answer(self) -> JSONResponse:
        status, content = self._fresh()
        return JSONResponse(content, status)

    def _fresh(self) -> Said:
        if not self._turn.acquire(timeout=PATIENCE):
            return _said(Health((SILENT,)))  # the one before is still waiting for it
        try:
            if time.monotonic() - self._asked_at >= FRESH:
                self._said = self._ask()
                self._asked_at = time.monotonic()
            return self._said
        finally:
            self._turn.release()

    def _ask(self) -> Said:
        now = self._clock.now()
        try:
            beat, queue = self._store.heartbeats.last(), self._store.statistics.queue(now)
        except StoreUnavailable:
            return _said(Health((SILENT,)))
        return _said(judge(beat, queue, now), **_figures(beat, queue, now))


def _figures(beat: Heartbeat | None, queue: Queue, now: datetime) -> dict[str, float]:
    figures: dict[str, float] = {"queue": queue.depth}
    if queue.oldest_due_at:
        figures["oldest_due_seconds"] = round((now - queue.oldest_due_at).total_seconds())
    if beat:
        figures |= {"beat_seconds": round((now - beat.at).total_seconds()), "lag_seconds": beat.lag}
    return figures


def _said(health: Health, **figures: float) -> Said:
    problems = [*health.problems, *filter(None, [health.behind])]
    return 503 if health.problems else 200, {"status": health.status, "problems": problems, **figures}
