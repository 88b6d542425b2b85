"""The daemon's ticks: each does its work at a fixed interval, one run at a time, and shows signs of life.

In:    intervals in seconds, and the work of each.
Out:   runs in tasks of our own; which of them is stuck.
Never: a cron trigger (they fire twice or never where clocks change), a run cut short by its scheduler.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from digest.clock import Clock
from digest.jobs.run import tell
from digest.metrics import Metrics

CANCEL_SECONDS = 3


@dataclass(slots=True)
class Tick:
    """One piece of work. `alive()` is called by the work whenever it gets on, from any thread."""

    name: str
    seconds: float
    work: Callable[["Tick"], Awaitable[None]]
    patience: float
    task: asyncio.Task[None] | None = None
    ended_at: datetime | None = None
    _begun: float = field(default_factory=time.monotonic)
    _alive_by: float = field(default_factory=lambda: float("inf"))

    def alive(self, seconds: float | None = None) -> None:
        """The next sign of life comes within `seconds`, the watchdog's patience if nothing is said."""
        self._alive_by = time.monotonic() + (seconds or self.patience)

    @property
    def is_stuck(self) -> bool:
        return time.monotonic() > self._alive_by

    async def run(self, clock: Clock, metrics: Metrics) -> None:
        begun = time.monotonic()
        late, self._begun = max(0.0, begun - self._begun - self.seconds), begun
        self.alive()
        try:
            await self.work(self)
        except Exception as error:  # the log says what happened; the next tick tries again
            tell("step failed", error, step=self.name)
        self.ended_at = clock.now()
        self.alive(self.seconds + self.patience)
        metrics.ticked(self.name, late=late, took=time.monotonic() - begun)


class _Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Passes over what was not run: the library's own interval lists each time between then and now, and a clock that
    was set ahead by years makes millions of them."""

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        following = (previous or now) + self._interval
        return following if following > now else now + self._interval


class Ticks:
    """All of them, from `start` to `halt`."""

    def __init__(self, clock: Clock, metrics: Metrics, patience: float) -> None:
        self._clock, self._metrics, self._patience = clock, metrics, patience
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=options)
        self._ticks: dict[str, Tick] = {}
        self._jobs: dict[str, Job] = {}

    def every(self, seconds: float, name: str, work: Callable[[Tick], Awaitable[None]]) -> None:
        """For the first time when they start."""
        tick = self._ticks[name] = Tick(name, seconds, work, self._patience)
        now = self._clock.now()
        self._jobs[name] = self._scheduler.add_job(self._run, _Every(seconds), (tick,), next_run_time=now)

    async def _run(self, tick: Tick) -> None:
        tick.task = asyncio.create_task(tick.run(self._clock, self._metrics))
        with suppress(asyncio.CancelledError):  # only the scheduler's wait ends; the work goes on to its own end
            await asyncio.wait([tick.task])

    def start(self) -> None:
        self._scheduler.start()

    def at_once(self, name: str) -> None:
        """Its next run comes now, unless there is one at present; after a halt none does."""
        if self._scheduler.running:
            self._jobs[name].modify(next_run_time=self._clock.now())

    def all_at_once(self) -> None:
        """The scheduler plans by the wall clock: when that was set, what it planned may lie years ahead."""
        for name in self._jobs:
            self.at_once(name)

    @property
    def stuck(self) -> str:
        """Which one has shown no sign of life in time, or `""`."""
        return next((tick.name for tick in self._ticks.values() if tick.is_stuck), "")

    @property
    def ended(self) -> dict[str, datetime]:
        return {tick.name: tick.ended_at for tick in self._ticks.values() if tick.ended_at}

    async def finished(self, name: str) -> None:
        """Until its present run, if there is one, has come to its end."""
        if task := self._ticks[name].task:
            await asyncio.wait([task])

    async def halt(self, seconds: float) -> None:
        """Begins no other run; gives those under way so many seconds, and then breaks them off."""
        self._scheduler.shutdown(wait=False)
        running = [tick.task for tick in self._ticks.values() if tick.task]
        _, late = await asyncio.wait(running, timeout=seconds) if running else ((), ())
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=CANCEL_SECONDS)
