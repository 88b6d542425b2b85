"""Looks after the daemon from inside, and tells systemd and the database how it is.

In:    the ticks, the store, both clocks.
Out:   a beat every few seconds; the ticks anew when the wall clock was set; an end by systemd for what is stuck.
Never: an end because a database says that it cannot be used: to start anew would not mend that.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from digest.clock import Clock
from digest.errors import StoreUnavailable
from digest.metrics import Metrics
from digest.model import Heartbeat
from digest.store.engine import Store
from digest.systemd import Systemd
from digest.ticks import Ticks

log = structlog.get_logger()

BEATS = 12  # in an interval of the watchdog
WRITE_EVERY = 3  # beats
PROMPT = 1 / 6  # of an interval: what the database says later than that is no answer
SILENCE = 0.9  # of an interval: a database that gives no answer for so long is stuck
LAG = 5.0  # seconds: an event loop that is later than that is not well
STEP = 2.0  # seconds between the two clocks, from one beat to the next: somebody has set one, or the machine slept
WELL = "all is well"


async def ping(systemd: Systemd, interval: float) -> None:
    """Where no scheduler runs: the event loop turns, and there is nothing else to prove."""
    while True:
        systemd.alive(WELL)
        await asyncio.sleep(interval / BEATS)


@dataclass(slots=True)
class Watchdog:
    """Runs beside the ticks until it is cancelled. `interval`: seconds within which systemd wants to hear of us."""

    store: Store
    ticks: Ticks
    clock: Clock
    metrics: Metrics
    systemd: Systemd
    interval: float
    sending: Callable[[], str] = lambda: ""  # why no mail leaves
    _started_at: datetime = field(init=False)
    _ahead: float = field(init=False)  # seconds that the wall clock is ahead of the other one
    _heard_at: float = field(default_factory=time.monotonic)  # when the database last gave an answer
    _writing: "Future[None] | None" = None
    _lag: float = 0.0  # the worst since the last write
    _trouble: str = ""  # what the database said to the last write
    _stuck: str = ""

    def __post_init__(self) -> None:
        self._started_at, self._ahead = self.clock.now(), self._difference()

    async def watch(self) -> None:
        pause, beats = self.interval / BEATS, 0
        thread = ThreadPoolExecutor(1, "heartbeat")  # of its own: the others may all be taken
        try:
            while True:
                if beats % WRITE_EVERY == 0 and (self._writing is None or self._writing.done()):
                    self._write(thread)
                beats, due = beats + 1, time.monotonic() + pause
                await asyncio.sleep(pause)
                self._beat(lag=time.monotonic() - due)
        finally:
            thread.shutdown(wait=False)

    def _beat(self, lag: float) -> None:
        self._lag = max(self._lag, lag)
        self.metrics.lagged(lag)
        self._look_at_the_clock()
        before, self._stuck = self._stuck, self._what_is_stuck()
        if self._stuck:
            if not before:
                log.error("stuck", what=self._stuck)
            self.systemd.stuck(f"stuck: {self._stuck}")
        elif lag < LAG:
            self.systemd.alive(self._trouble or WELL)

    def _what_is_stuck(self) -> str:
        if time.monotonic() - self._heard_at > SILENCE * self.interval:
            return "the database gives no answer"
        return f"the tick {self.ticks.stuck}" if self.ticks.stuck else ""

    def _look_at_the_clock(self) -> None:
        before, self._ahead = self._ahead, self._difference()
        if abs(step := self._ahead - before) > STEP:
            log.warning("the clock was set, or the machine slept", seconds=round(step))
            self.ticks.all_at_once()

    def _difference(self) -> float:
        return self.clock.now().timestamp() - time.monotonic()

    def _write(self, thread: ThreadPoolExecutor) -> None:
        beat = Heartbeat(
            at=self.clock.now(),
            started_at=self._started_at,
            ticks=self.ticks.ended,
            lag=round(self._lag, 3),
            stuck=self._stuck,
            sending=self.sending(),
            every=WRITE_EVERY * self.interval / BEATS,
        )
        self._lag, asked = 0.0, time.monotonic()
        self._writing = thread.submit(self.store.heartbeats.put, beat)
        loop = asyncio.get_running_loop()
        asyncio.wrap_future(self._writing, loop=loop).add_done_callback(lambda done: self._written(done, asked))

    def _written(self, writing: "asyncio.Future[None]", asked: float) -> None:
        if writing.cancelled():
            return
        now, error, before = time.monotonic(), writing.exception(), self._trouble
        if now - asked < PROMPT * self.interval:
            self._heard_at = now
        self._trouble = str(error) if isinstance(error, StoreUnavailable) else "no heartbeat" if error else ""
        if self._trouble and self._trouble != before:
            log.error("the database cannot be written", problem=self._trouble, exc_info=None if before else error)
        elif before and not self._trouble:
            log.info("the database can be written again")
