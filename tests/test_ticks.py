"""Ticks run at once, one run at a time, also where the wall clock was set; one that shows no sign of life is stuck."""

import asyncio
from datetime import UTC, datetime

import pytest
from freezegun import freeze_time
from structlog.testing import capture_logs

from digest.clock import SystemClock
from digest.errors import StoreUnavailable
from digest.metrics import Metrics
from digest.store.engine import Store
from digest.ticks import Tick, Ticks
from tests.crash.days import quiet

HOUR = 3600.0
SOON = 5  # seconds within which what should happen at once must have happened


class Work:
    """Counts its runs; holds each one until it is let go."""

    def __init__(self, *, free: bool = True) -> None:
        self.begun = asyncio.Semaphore(0)
        self.free = asyncio.Event()
        self.runs = self.ends = 0
        if free:
            self.free.set()

    async def __call__(self, tick: Tick) -> None:
        self.runs += 1
        self.begun.release()
        await self.free.wait()
        self.ends += 1

    async def begins(self) -> None:
        await asyncio.wait_for(self.begun.acquire(), SOON)


@pytest.fixture
def ticks(store: Store) -> Ticks:
    clock = SystemClock()
    return Ticks(clock, Metrics(store, clock), patience=HOUR)


async def test_the_first_run_comes_at_once_and_the_next_one_when_asked(ticks: Ticks) -> None:
    work = Work()
    ticks.every(HOUR, "mail", work)
    ticks.start()
    await work.begins()
    ticks.at_once("mail")
    await work.begins()
    await ticks.halt(SOON)
    assert work.runs == work.ends == 2
    assert set(ticks.ended) == {"mail"}


async def test_a_clock_that_is_set_ahead_does_not_make_up_for_each_tick_between(ticks: Ticks) -> None:
    work = Work()
    with freeze_time("2026-05-28 12:00:00", real_asyncio=True) as frozen:
        ticks.every(0.05, "mail", work)
        ticks.start()
        await work.begins()
        frozen.move_to("2026-06-02 12:00:00")
        await work.begins()
        await ticks.halt(SOON)
    assert work.runs == work.ends


async def test_a_clock_that_was_years_ahead_keeps_no_tick_waiting(ticks: Ticks) -> None:
    work = Work()
    with freeze_time("2036-05-28 12:00:00", real_asyncio=True) as frozen:
        ticks.every(HOUR, "mail", work)
        ticks.start()
        await work.begins()
        frozen.move_to("2026-05-28 12:00:00")
        ticks.all_at_once()
        await work.begins()
        await ticks.halt(SOON)


async def test_work_that_fails_is_done_again_and_harms_no_other(ticks: Ticks) -> None:
    quiet()
    tries = Work()

    async def fail(tick: Tick) -> None:
        await tries(tick)
        raise ValueError("no")

    ticks.every(HOUR, "bad", fail)
    ticks.start()
    await tries.begins()
    ticks.at_once("bad")
    await tries.begins()
    await ticks.halt(SOON)
    assert not ticks.stuck


async def test_a_database_that_is_away_is_one_line_at_each_tick(store: Store) -> None:
    async def fail(_: Tick) -> None:
        raise StoreUnavailable("the database is away", "look after it")

    tick = Tick("mail", HOUR, fail, HOUR)
    with capture_logs() as said:
        await tick.run(SystemClock(), Metrics(store, SystemClock()))
    assert said == [
        {
            "event": "step failed",
            "log_level": "error",
            "step": "mail",
            "problem": "the database is away; look after it",
        }
    ]


async def test_a_halt_waits_for_what_is_under_way(ticks: Ticks) -> None:
    work = Work(free=False)
    ticks.every(HOUR, "mail", work)
    ticks.start()
    await work.begins()
    halting = asyncio.create_task(ticks.halt(SOON))
    await asyncio.sleep(0)
    work.free.set()
    await halting
    assert work.ends == 1


async def test_what_ends_during_a_halt_asks_for_the_next_tick_in_vain(ticks: Ticks) -> None:
    work = Work()
    ticks.every(HOUR, "mail", work)
    ticks.start()
    await work.begins()
    await ticks.halt(SOON)
    ticks.at_once("mail")
    assert work.runs == 1


async def test_a_halt_breaks_off_what_does_not_end(ticks: Ticks) -> None:
    work = Work(free=False)
    ticks.every(HOUR, "mail", work)
    ticks.start()
    await work.begins()
    await asyncio.wait_for(ticks.halt(0.01), SOON)
    assert (work.runs, work.ends) == (1, 0)


async def test_no_sign_of_life_is_stuck_and_one_in_time_is_not(store: Store) -> None:
    clock = SystemClock()
    impatient = Ticks(clock, Metrics(store, clock), patience=-1)
    silent, talking = Work(free=False), Work(free=False)

    async def talk(tick: Tick) -> None:
        tick.alive(HOUR)
        await talking(tick)

    impatient.every(HOUR, "talking", talk)
    impatient.start()
    await talking.begins()
    assert impatient.stuck == ""
    impatient.every(HOUR, "silent", silent)
    await silent.begins()
    assert impatient.stuck == "silent"
    await impatient.halt(0.01)


async def test_a_scheduler_that_begins_no_run_is_stuck(store: Store) -> None:
    tick = Tick("mail", seconds=-HOUR, work=Work(), patience=1)
    clock = SystemClock()
    await tick.run(clock, Metrics(store, clock))
    assert tick.is_stuck
    assert tick.ended_at
    assert tick.ended_at <= datetime.now(UTC)  # noqa: TID251
