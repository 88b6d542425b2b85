"""P9: the machine's clock is stepped, by seconds or by years, between the jobs and while a message is under way.

In:    readers in many zones, a paper now and then, a clock that lies; the jobs in this process, or the real daemon.
Out:   what the mail server took twice; who got no digest once the clock was right again.
Never: a fault of the network: what comes twice here came twice because of the clock.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import exp, log
from pathlib import Path
from typing import Protocol
from unittest.mock import patch
from zoneinfo import ZoneInfo

from sqlalchemy import text

from digest.due import due_at
from digest.model import Subscriber
from digest.store import subscribers
from digest.store.engine import Store, open_store
from tests.crash import brisk
from tests.crash.alive import PATIENCE, alive
from tests.crash.days import DAY, HOUR, MINUTE, SECOND, START, ToldClock, ingest, letter, quiet, reader, repeated, tick
from tests.crash.promise import Control, Outcome, Promise
from tests.smtp import SmtpServer

YEARS = 3652 * DAY
READERS = (
    reader("ada@example.org"),
    reader("bo@example.org", time(18, 0), "Europe/Berlin"),
    reader("chi@example.org", time(7, 30), "Asia/Tokyo"),
    reader("dee@example.org", time(0, 15), "America/Los_Angeles"),
    reader("eli@example.org", time(23, 45), "Pacific/Apia"),
)
ROUND = 20  # steps until the clock is put right
DAYS_AFTER = 5  # at least
CLEAN, MOST_AFTER = 2, 100
TICKS_A_DAY = 4
SETTLED = 26 * HOUR  # after that every reader has been due once by the right clock
BROKEN_STEPS = 2 * ROUND


def step(chance: random.Random) -> timedelta:
    """A second or ten years, and every order of magnitude between them equally often, ahead or back."""
    size = exp(chance.uniform(0, log(YEARS / SECOND)))
    return chance.choice((-1, 1)) * size * SECOND


class SetClock(Protocol):
    """One that shows what it is told."""

    moment: datetime


@dataclass(slots=True)
class Machine:
    """`true` is the time that it is, `clock` what the machine shows, `seen` where its clock stood when it worked.

    `news` brings a sheet of that number, `tick` lets the program do what it does all day.
    """

    server: SmtpServer
    chance: random.Random
    clock: SetClock
    news: Callable[[int], None]
    tick: Callable[[], object]
    round: int = ROUND
    true: datetime = START
    seen: set[date] = field(default_factory=set)
    sheets: int = 0
    within: int = 0
    largest: timedelta = timedelta()
    demanded: int = 0
    missing: list[str] = field(default_factory=list)

    def go(self, size: int) -> None:
        for number in range(1, size + 1):
            self.true += self.chance.uniform(10, 480) * MINUTE
            self._work(step(self.chance) if self.chance.random() < 0.6 else timedelta())
            if number % self.round == 0:
                self._put_right()

    def _work(self, wrong: timedelta) -> None:
        """One tick with the clock wrong by so much; now and then it is stepped again while messages leave."""
        self.clock.moment = self.true + wrong
        self.largest = max(self.largest, abs(wrong))
        if self.chance.random() < 0.4:
            self.server.meanwhile(self.chance.choice(("MAIL", "RCPT", "DATA", "DOT")), self._jump)
        self._tick()
        self.server.behave()
        self.clock.moment = self.true

    def _jump(self) -> None:
        self.within += 1
        self.clock.moment = self.true + step(self.chance)
        self.seen.add(self.clock.moment.date())

    def _tick(self) -> None:
        self.sheets += 1
        self.seen.add(self.clock.moment.date())
        self.news(self.sheets)
        self.tick()
        self.seen.add(self.clock.moment.date())

    def _put_right(self) -> None:
        """A few days with the right time; every date that no wrong clock was near has its digest at its hour."""
        passed, start = frozenset(self.seen), self.true
        for _ in range(self._days_after(start.date(), passed) * TICKS_A_DAY):
            self.true += DAY / TICKS_A_DAY
            self.clock.moment = self.true
            self._tick()
        got = {(one.recipient, one.day) for one in map(letter, self.server.mails)}
        for who in READERS:
            for day in _due_between(who, start + SETTLED, self.true - DAY / TICKS_A_DAY):
                if _is_clean(day, passed):
                    self.demanded += 1
                    self.missing += [] if (who.address, day) in got else [f"{who.address} got nothing on {day}"]

    def _days_after(self, start: date, passed: frozenset[date]) -> int:
        """Until some days were among them that no wrong clock was near."""
        following = [start + n * DAY for n in range(2, MOST_AFTER)]
        clean = [day for day in following if _is_clean(day, passed)]
        return max(DAYS_AFTER, (clean[CLEAN - 1] - start) // DAY + 2)


def _is_clean(day: date, passed: frozenset[date]) -> bool:
    return not {day + n * DAY for n in (-2, -1, 0, 1)} & passed


def _due_between(who: Subscriber, start: datetime, end: datetime) -> Iterator[date]:
    day = start.astimezone(ZoneInfo(who.zone)).date() - DAY
    while day <= end.date() + DAY:
        if start < due_at(day, who.at, who.zone) <= end:
            yield day
        day += DAY


def campaign(folder: Path, size: int, seed: int, *, before: Callable[[Store], None] = lambda _: None) -> Outcome:
    """So many ticks, most with a wrong clock; `before` each the store may be tampered with."""
    quiet()
    with open_store(f"sqlite:///{folder / 'digest.db'}") as store, SmtpServer() as server:
        store.subscribers.add_many(READERS, START)
        clock = ToldClock(START)

        def news(number: int) -> None:
            before(store)
            ingest(store, clock, number)

        machine = Machine(server, random.Random(seed), clock, news, lambda: tick(store, clock, server.port))
        machine.go(size)
        return _outcome(machine, size)


def of_daemon(
    folder: Path, size: int, seed: int, *, fault: str = brisk.NONE, patience: float = PATIENCE, rounds: int = ROUND
) -> Outcome:
    """The same under the real daemon, which finds out by itself that its clock was set."""
    with SmtpServer() as server, alive(folder, brisk.program(fault), server.port, READERS) as daemon:
        daemon.tick()
        daemon.patience = patience
        machine = Machine(server, random.Random(seed), daemon.clock, daemon.news, daemon.tick, rounds)
        machine.go(size)
        outcome = _outcome(machine, size)
    slowest = {"slowest tick, seconds": round(daemon.slowest, 1), "ticks that did not come": daemon.late}
    late = [f"{daemon.late} ticks did not come within {patience:.0f} s"] if daemon.late else []
    return Outcome({**outcome.figures, **slowest}, [*outcome.broken, *daemon.broken, *late])


def _outcome(machine: Machine, size: int) -> Outcome:
    letters = [letter(mail) for mail in machine.server.mails]
    figures: dict[str, object] = {
        "steps": size,
        "largest step": f"{machine.largest / DAY / 365.25:.1f} years",
        "steps while a message was under way": machine.within,
        "messages": len(letters),
        "digests owed once the clock was right": machine.demanded,
    }
    vacuous = [] if machine.demanded and machine.within else ["the campaign asked for nothing"]
    return Outcome(figures, [*repeated(letters), *machine.missing, *vacuous])


def _forgets_dates(store: Store) -> None:
    """As if the ledger had no unique (subscriber, kind, local date)."""
    with store.database.write() as conn:
        conn.execute(text("UPDATE delivery SET kind = 'digest ' || id WHERE kind = 'digest'"))


@contextmanager
def _without_mend() -> Iterator[None]:
    with patch.object(subscribers, "FURTHEST", {"daily": 2 * YEARS}):
        yield


def _waits_for_years(folder: Path, seed: int) -> Outcome:
    with _without_mend():
        return campaign(folder, BROKEN_STEPS, seed)


P9 = Promise(
    "P9",
    "Steps of the clock by a second to ten years, also while a message is under way, make no digest come twice, and "
    "once the clock is right everybody gets that day's.",
    campaign,
    short=60,
    long=2000,
    controls=(
        Control(
            "the ledger forgets which date a delivery is for",
            r"got a message of .* times",
            lambda folder, seed: campaign(folder, BROKEN_STEPS, seed, before=_forgets_dates),
        ),
        Control("a due time years ahead is believed", r"got nothing on", _waits_for_years),
    ),
)

P9_DAEMON = Promise(
    "P9 (daemon)",
    "The same of the real daemon, whose clock is set while it runs: no digest comes twice, no tick waits for a time "
    "years ahead, and once the clock is right everybody gets that day's.",
    of_daemon,
    short=20,
    long=300,
    controls=(
        Control(
            "nobody looks whether the clock was set",
            r"got nothing on",
            lambda folder, seed: of_daemon(folder, 6, seed, fault="sleeps-on", patience=3, rounds=6),
        ),
    ),
)
