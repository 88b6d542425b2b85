"""The watchdog from inside: what it tells systemd and the database, and of what it says that it is stuck."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from digest.clock import SystemClock
from digest.metrics import Metrics
from digest.store.database import Database
from digest.store.engine import Store, open_store
from digest.systemd import Systemd
from digest.ticks import Tick, Ticks
from digest.watchdog import Watchdog
from tests.crash.days import ToldClock, quiet

INTERVAL = 0.6  # seconds; a beat each 50 ms
SOON = 10


class Supervisor:
    """Hears what the watchdog says."""

    def __init__(self, path: Path) -> None:
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(str(path))
        self.channel.setblocking(False)

    async def hears(self, wanted: str) -> str:
        """Listens until something with `wanted` in it is said."""

        async def listen() -> str:
            while True:
                said = (await asyncio.get_running_loop().sock_recv(self.channel, 1000)).decode()
                if wanted in said:
                    return said

        return await asyncio.wait_for(listen(), SOON)


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    quiet()
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    found = Supervisor(tmp_path / "notify")
    yield found
    found.channel.close()


@asynccontextmanager
async def watched(
    store: Store,
    clock: ToldClock,
    work: Callable[[Tick], Awaitable[None]] | None = None,
    patience: float = SOON,
) -> AsyncIterator[None]:
    metrics = Metrics(store, clock)
    ticks = Ticks(SystemClock(), metrics, patience)
    if work:
        ticks.every(3600, "mail", work)
    watchdog = Watchdog(store, ticks, clock, metrics, Systemd(), INTERVAL, lambda: "the server is away")
    watching = asyncio.create_task(watchdog.watch())
    ticks.start()
    yield
    await ticks.halt(0.01)
    watching.cancel()
    await asyncio.wait([watching])


@pytest.fixture
def clock() -> ToldClock:
    return ToldClock(SystemClock().now())


async def test_all_is_well_and_the_database_knows(supervisor: Supervisor, store: Store, clock: ToldClock) -> None:
    async with watched(store, clock):
        assert await supervisor.hears("WATCHDOG=1") == "WATCHDOG=1\nSTATUS=all is well"
    beat = store.heartbeats.last()
    assert beat
    assert (beat.at, beat.stuck, beat.sending) == (clock.moment, "", "the server is away")
    assert beat.every == pytest.approx(INTERVAL / 4)


async def test_a_stuck_tick_asks_for_an_end(supervisor: Supervisor, store: Store, clock: ToldClock) -> None:
    async def silent(_: Tick) -> None:
        await asyncio.Event().wait()

    async with watched(store, clock, silent, patience=0.1):
        assert await supervisor.hears("WATCHDOG=trigger") == "STATUS=stuck: the tick mail\nWATCHDOG=trigger"


async def test_a_database_that_gives_no_answer_asks_for_an_end(
    supervisor: Supervisor, store: Store, clock: ToldClock
) -> None:
    async with watched(store, clock):
        await supervisor.hears("WATCHDOG=1")
        with store.database.write() as conn:  # as a thread of ours that never comes back from it
            conn.execute(text("DELETE FROM meta WHERE key = 'heartbeat'"))
            assert "the database gives no answer" in await supervisor.hears("WATCHDOG=trigger")
        await supervisor.hears("WATCHDOG=1")  # and as soon as it does, all is well again


async def test_a_database_that_says_only_after_long_that_it_is_busy_gives_no_answer(
    supervisor: Supervisor, tmp_path: Path, clock: ToldClock
) -> None:
    url = f"sqlite:///{tmp_path / 'digest.db'}"
    open_store(url).close()
    with Store(Database(url, deadline=INTERVAL)) as store, store.database.write():
        async with watched(store, clock):
            assert "the database gives no answer" in await supervisor.hears("WATCHDOG=trigger")
            await supervisor.hears("the database gives no answer")


async def test_a_database_that_says_no_is_told_and_is_not_stuck(
    supervisor: Supervisor, tmp_path: Path, clock: ToldClock
) -> None:
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
        with store.database.write() as conn:
            conn.execute(text("ALTER TABLE meta RENAME TO away"))
        async with watched(store, clock):
            assert await supervisor.hears("STATUS=no heartbeat") == "WATCHDOG=1\nSTATUS=no heartbeat"
            with store.database.write() as conn:
                conn.execute(text("ALTER TABLE away RENAME TO meta"))
            await supervisor.hears("STATUS=all is well")


@pytest.mark.parametrize("by", [timedelta(days=3652), -timedelta(days=3652), timedelta(seconds=5)], ids=str)
async def test_a_clock_that_was_set_brings_the_ticks_at_once(
    supervisor: Supervisor, store: Store, clock: ToldClock, by: timedelta
) -> None:
    runs = asyncio.Semaphore(0)

    async def count(_: Tick) -> None:
        runs.release()

    moving = asyncio.create_task(_go(clock))
    async with watched(store, clock, count):
        await asyncio.wait_for(runs.acquire(), SOON)
        clock.moment += by
        await asyncio.wait_for(runs.acquire(), SOON)
    moving.cancel()


async def _go(clock: ToldClock) -> None:
    """Lets it run as clocks do."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    while True:
        await asyncio.sleep(0.01)
        now = loop.time()
        clock.moment += timedelta(seconds=now - before)
        before = now
