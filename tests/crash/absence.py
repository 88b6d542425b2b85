"""P10: the machine was off for an hour, three days or a month, from one instant to another.

In:    readers in many zones and cadences, a paper every few hours while the machine is on; the jobs in this process, or
       the real daemon.
Out:   what the mail server got after each absence; what the ledger says of the dates that were passed over.
Never: a fault of any other kind.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from digest.due import last_due, next_due
from digest.jobs import enqueue
from digest.jobs.publish import edition_day
from digest.model import DeliveryState, Subscriber
from digest.store.engine import Store, open_store
from tests.crash import brisk, days
from tests.crash.alive import alive
from tests.crash.clock import SetClock
from tests.crash.days import DAY, HOUR, MINUTE, START, TERMS, ToldClock, ingest, letter, quiet, reader, repeated, tick
from tests.crash.promise import Control, Outcome, Promise
from tests.crash.server import PostgreSQL
from tests.smtp import SmtpServer

READERS = (
    reader("ada@example.org"),
    reader("bo@example.org", time(18, 0), "Europe/Berlin", "weekdays"),
    reader("chi@example.org", time(7, 30), "Asia/Tokyo"),
    reader("dee@example.org", time(0, 15), "America/Los_Angeles", "mon,thu"),
    reader("eli@example.org", time(23, 45), "Pacific/Apia", "weekly"),
)
ABSENCES = (HOUR, 3 * DAY, 30 * DAY)
TICKS_BETWEEN = 3
EVERY = 5 * HOUR
BACK = (timedelta(), 10 * MINUTE)  # ticks after the machine is on again, before anything new is due
BROKEN_ABSENCES = 6


class Switch(NamedTuple):
    """How a machine stops, and goes on."""

    name: str
    off: Callable[[], None]
    on: Callable[[], None]


NO_SWITCH = Switch("off", lambda: None, lambda: None)


@dataclass(slots=True)
class Machine:
    """One that is switched off now and then. `news` brings a sheet of that number, `tick` is what it does all day."""

    store: Store
    server: SmtpServer
    chance: random.Random
    clock: SetClock
    news: Callable[[int], None]
    tick: Callable[[], object]
    switches: Sequence[Switch] = (NO_SWITCH,)
    sheets: int = 0
    owed: Counter[timedelta] = field(default_factory=Counter)  # by the length of the absence
    ways: Counter[str] = field(default_factory=Counter)
    passed: int = 0
    had: dict[str, date] = field(default_factory=dict)  # the newest edition each reader was sent
    broken: list[str] = field(default_factory=list)

    def go(self, absences: int) -> None:
        for number in range(absences):
            for _ in range(TICKS_BETWEEN):
                self._on(EVERY)
            length = ABSENCES[number % len(ABSENCES)]
            if length < DAY:
                self._on_until_somebody_is_nearly_due()
            self._off(length)

    def _on_until_somebody_is_nearly_due(self) -> None:
        """An hour at random would hardly ever be one in which a digest is lost."""
        who = self.chance.choice(READERS)
        leave = next_due(who.at, who.zone, who.cadence, self.clock.moment)[1] - self.chance.uniform(1, 30) * MINUTE
        while self.clock.moment < leave:
            self._on(min(EVERY, leave - self.clock.moment))

    def _on(self, later: timedelta, switch: Switch = NO_SWITCH) -> None:
        before = len(self.server.mails)
        switch.off()
        self.clock.moment += later
        self.sheets += 1
        self.news(self.sheets)
        switch.on()
        self.tick()
        edition = edition_day(self.clock.moment, TERMS.edition_hour)
        self.had.update((mail.recipient, edition) for mail in self.server.mails[before:])

    def _off(self, length: timedelta) -> None:
        left, before, had = self.clock.moment, len(self.server.mails), dict(self.had)
        switch = self.chance.choice(self.switches)
        self.ways[switch.name] += 1
        self._on(length * self.chance.uniform(0.8, 1.3), switch)
        back = self.clock.moment
        for later in BACK[1:]:
            self._on(later)
        after: dict[str, list[date]] = {}
        for one in map(letter, self.server.mails[before:]):
            after.setdefault(one.recipient, []).append(one.day)
        for who in READERS:
            fresh = had.get(who.address) != edition_day(back, TERMS.edition_hour)  # one that came late had it already
            self.owed[length] += self._judge(who, left, back, after.get(who.address, []), fresh=fresh)

    def _judge(self, who: Subscriber, left: datetime, back: datetime, got: list[date], *, fresh: bool) -> int:
        """One digest at most, today's; the date that was promised and did not come is `missed`, and says why. Returns
        how many were owed after the absence."""
        today, due = last_due(who.at, who.zone, who.cadence, back)
        promised, hour = next_due(who.at, who.zone, who.cadence, left)
        late = back - due > TERMS.max_lateness
        wanted = [today] if due > left and not late and fresh else []
        owed = len(wanted)
        following, at = next_due(who.at, who.zone, who.cadence, back)
        wanted += [following] if at <= self.clock.moment else []  # its hour fell between two ticks after the return
        if got != wanted:
            self.broken.append(f"{who.address}, off from {left} to {back}: got {got} instead of {wanted}")
        for day in {promised, today} if late else {promised} - {today}:
            if hour <= back:
                self.passed += 1
                self._told(who, day)
        return owed

    def _told(self, who: Subscriber, day: date) -> None:
        delivery = self.store.deliveries.find(who.address, day)
        if delivery is None or delivery.state is not DeliveryState.MISSED or not delivery.reason:
            self.broken.append(f"{who.address}: {day} was passed over, and the ledger says {delivery}")


def campaign(folder: Path, size: int, seed: int) -> Outcome:
    """So many absences on each kind of database."""
    quiet()
    outcomes = [_absences(f"sqlite:///{folder / 'digest.db'}", size - size // 2, seed)]
    with PostgreSQL() as server:
        outcomes.append(_absences(server.url, size // 2, seed + 1))
    names = outcomes[0].figures
    figures = {name: sum(int(str(one.figures[name])) for one in outcomes) for name in names}
    return Outcome({**figures}, [line for one in outcomes for line in one.broken])


def _absences(url: str, size: int, seed: int) -> Outcome:
    with open_store(url) as store, SmtpServer() as server:
        store.subscribers.add_many(READERS, START)
        clock = ToldClock(START)
        news = partial(ingest, store, clock)
        machine = Machine(store, server, random.Random(seed), clock, news, lambda: tick(store, clock, server.port))
        machine.go(size)
        return _outcome(machine, size)


def of_daemon(folder: Path, size: int, seed: int, *, fault: str = brisk.NONE) -> Outcome:
    """The same with the real daemon: it is stopped and started again, or its whole machine sleeps."""
    with SmtpServer() as server, alive(folder, brisk.program(fault), server.port, READERS) as daemon:
        switches = (
            Switch("stopped and started again", daemon.switch_off, daemon.switch_on),
            Switch("asleep", daemon.fall_asleep, daemon.wake_up),
        )
        with daemon.lab.store() as store:
            chance = random.Random(seed)
            machine = Machine(store, server, chance, daemon.clock, daemon.news, daemon.tick, switches)
            daemon.tick()
            machine.go(size)
            outcome = _outcome(machine, size)
    late = [f"{daemon.late} ticks did not come"] if daemon.late else []
    return Outcome({**outcome.figures, **machine.ways}, [*outcome.broken, *daemon.broken, *late])


def _outcome(machine: Machine, size: int) -> Outcome:
    figures: dict[str, object] = {
        "absences": size,
        "messages": len(machine.server.mails),
        "digests owed after a return": machine.owed.total(),
        "of them after an hour": machine.owed[HOUR],
        "dates passed over": machine.passed,
    }
    vacuous = [f"nobody was owed anything after {length}" for length in ABSENCES[:size] if not machine.owed[length]]
    vacuous += [] if machine.passed else ["no date was passed over"]
    return Outcome(figures, [*repeated(map(letter, machine.server.mails)), *machine.broken, *vacuous])


def _with_backlog(folder: Path, seed: int) -> Outcome:
    with patch.object(days, "TERMS", replace(TERMS, max_lateness=400 * DAY)):
        return campaign(folder, BROKEN_ABSENCES, seed)


def _without_a_word(folder: Path, seed: int) -> Outcome:
    with patch.object(enqueue, "_passed_over", lambda *_: []):
        return campaign(folder, BROKEN_ABSENCES, seed)


def _hardly_late(folder: Path, seed: int) -> Outcome:
    with patch.object(days, "TERMS", replace(TERMS, max_lateness=MINUTE)):
        return campaign(folder, BROKEN_ABSENCES, seed)


P10 = Promise(
    "P10",
    "After an hour, three days or a month without the program only today's digest goes out, one at most for each "
    "date; dates that were passed over are `missed` and say why.",
    campaign,
    short=12,
    long=200,
    controls=(
        Control("no digest is ever too late", r"got .* instead of", _with_backlog),
        Control(
            "dates that were passed over are not written down",
            r"passed over, and the ledger says None",
            _without_a_word,
        ),
        Control("a digest that is a minute late is too late", r"got \[\] instead of", _hardly_late),
    ),
)

P10_DAEMON = Promise(
    "P10 (daemon)",
    "The same of the real daemon on SQLite, whether it was stopped and started again, or slept with its machine and "
    "finds another time when it wakes up.",
    of_daemon,
    short=9,
    long=60,
    controls=(
        Control(
            "dates that were passed over are not written down",
            r"passed over, and the ledger says None",
            lambda folder, seed: of_daemon(folder, 3, seed, fault="says-nothing"),
        ),
    ),
)
