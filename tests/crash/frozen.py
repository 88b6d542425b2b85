"""P14, the database's half: a server that stands still, a file that stays locked.

In:    a real store with short deadlines, used by several threads; a PostgreSQL stopped at random moments, another
       process that locks the SQLite file.
Out:   how long each call took, what came of what it was told had been written, how long the event loop stood.
Never: a network between the two: it is the kernel that goes on to take what nobody reads.
"""

import asyncio
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from unittest.mock import patch

from digest.errors import StoreUnavailable
from digest.store import postgresql
from digest.store.database import Database
from digest.store.engine import Store, open_store
from tests.crash.promise import Control, Outcome, Promise
from tests.crash.server import PostgreSQL

DEADLINE = 3.0
LATE = 1.0  # seconds that a call may outlive its deadline by
STAND = 2.0  # seconds that the event loop may stand: on a busy machine it is not always its own fault
USERS = 4
MINUTE = 60.0
NOON = datetime(2026, 5, 28, 12, tzinfo=UTC)
LOCKER = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
conn.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""

Trouble = Callable[[], AbstractContextManager[None]]


@dataclass(slots=True)
class Course:
    """What the users of one store lived through."""

    store: Store
    calls: int = 0
    unavailable: int = 0
    slowest: float = 0
    lag: float = 0
    told: list[str] = field(default_factory=list)  # what a user was told is written
    successes: list[int] = field(default_factory=lambda: [0] * USERS)
    broken: list[str] = field(default_factory=list)
    over: bool = False

    async def use(self, user: int) -> None:
        """Writes and reads as fast as it goes, each in a thread, as all jobs do."""
        number = 0
        while not self.over:
            number += 1
            address = f"reader{user}-{number}@example.org"
            if await self._timed(partial(self.store.suppressions.add, address, "test", "", NOON)):
                self.told.append(address)
                self.successes[user] += 1
            await self._timed(partial(self.store.suppressions.contains, address))

    async def _timed(self, call: Callable[[], object]) -> bool:
        began = monotonic()
        try:
            await asyncio.to_thread(call)
        except StoreUnavailable:
            self.unavailable += 1
            return False
        finally:
            self.calls += 1
            self.slowest = max(self.slowest, monotonic() - began)
        return True

    async def watch(self) -> None:
        """How late a task comes that wants to run twenty times a second."""
        while not self.over:
            began = monotonic()
            await asyncio.sleep(0.05)
            self.lag = max(self.lag, monotonic() - began - 0.05)

    async def suffer(self, trouble: Trouble, times: int, chance: random.Random) -> None:
        """One trouble after the other, every second over before the deadline; after each all users go on."""
        try:
            for number in range(times):
                await asyncio.sleep(chance.uniform(0.05, 0.5))
                with ExitStack() as stack:
                    await asyncio.to_thread(stack.enter_context, trouble())
                    await asyncio.sleep(chance.uniform(0.1, 1) if number % 2 else DEADLINE + LATE + 1)
                await self._goes_on()
        finally:
            self.over = True

    async def _goes_on(self) -> None:
        before, ends = list(self.successes), monotonic() + 2 * DEADLINE + LATE
        while not all(now > then for now, then in zip(self.successes, before, strict=True)):
            if monotonic() > ends:
                self.broken.append("somebody cannot use the database though the trouble is over")
                return
            await asyncio.sleep(0.01)


def campaign(folder: Path, size: int, seed: int) -> Outcome:
    """Each kind of database is in trouble `size` times."""
    sqlite, server = _on_sqlite(folder, size, seed), _on_postgresql(size, seed)
    figures = {f"SQLite locked: {name}": value for name, value in sqlite.figures.items()}
    figures |= {f"PostgreSQL frozen: {name}": value for name, value in server.figures.items()}
    return Outcome(figures, [*sqlite.broken, *server.broken])


def _on_sqlite(folder: Path, times: int, seed: int, deadline: float = DEADLINE) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "digest.db"
    return _lived_through(f"sqlite:///{file}", deadline, partial(_locked, file), times, seed)


def _on_postgresql(times: int, seed: int) -> Outcome:
    with PostgreSQL() as server:
        return _lived_through(server.url, DEADLINE, server.frozen, times, seed)


def _lived_through(url: str, deadline: float, trouble: Trouble, times: int, seed: int) -> Outcome:
    open_store(url).close()
    with Store(Database(url, deadline)) as store:
        course = Course(store)
        asyncio.run(_all(course, trouble, times, random.Random(seed)))
        lost = [address for address in course.told if not store.suppressions.contains(address)]
    return _judged(course, times, lost)


async def _all(course: Course, trouble: Trouble, times: int, chance: random.Random) -> None:
    users = (course.use(user) for user in range(USERS))
    await asyncio.gather(course.suffer(trouble, times, chance), course.watch(), *users)


def _judged(course: Course, times: int, lost: list[str]) -> Outcome:
    broken = [*course.broken, *(f"{address} was written, and is not there" for address in lost)]
    if course.slowest > DEADLINE + LATE:
        broken.append(f"a call took {course.slowest:.1f} s, its deadline is {DEADLINE:.0f} s")
    if course.lag > STAND:
        broken.append(f"the event loop stood for {course.lag:.1f} s")
    if not course.unavailable:
        broken.append("no call met the trouble: nothing was tried")
    figures: dict[str, object] = {
        "times": times,
        "calls": course.calls,
        "calls that were refused in time": course.unavailable,
        "slowest call, seconds": round(course.slowest, 1),
        "longest stand of the event loop, seconds": round(course.lag, 2),
        "lost": len(lost),
    }
    return Outcome(figures, broken)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """By a process that neither goes on nor ends."""
    command = [sys.executable, "-c", LOCKER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            other.kill()


def _only_the_server_looks_at_the_clock(_: Path, seed: int) -> Outcome:
    with patch.object(postgresql, "GRACE", MINUTE):
        return _on_postgresql(4, seed)


def _as_long_as_it_takes(folder: Path, seed: int) -> Outcome:
    return _on_sqlite(folder, 4, seed, deadline=2 * MINUTE)


P14_DATABASE = Promise(
    "P14 (database)",
    "A PostgreSQL that stands still and a file that stays locked: no call outlives its deadline by a second, the event "
    "loop never waits, nothing that was written is lost, and work goes on when the trouble is over.",
    campaign,
    short=4,
    long=30,
    controls=(
        Control("only the server looks at the clock", r"a call took", _only_the_server_looks_at_the_clock),
        Control("a lock is waited for as long as it takes", r"a call took", _as_long_as_it_takes),
    ),
)
