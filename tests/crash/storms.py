"""P15: a greylist of five minutes, storms of 421, a relay that is dead for an hour.

In:    readers who are owed a digest, a mail server with weather, ticks of a clock that is told.
Out:   who got their mail, how often each was named to the server, how often a dead relay was dialled.
Never: a wait in real time.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

from digest.editorial.selection import Rules
from digest.jobs import outcome
from digest.jobs.deliver import Policy, deliver
from digest.jobs.enqueue import enqueue
from digest.jobs.pace import Pace
from digest.jobs.publish import publish
from digest.mail.transport import SmtpTransport
from digest.model import DeliveryState
from digest.store.engine import Store, open_store
from tests.crash.days import HOUR, MINUTE, SECOND, START, TERMS, ToldClock, compose, ingest, quiet, reader
from tests.crash.promise import Control, Outcome, Promise
from tests.smtp import DROP, SmtpServer

Weather = Callable[[str, str], str]  # (point of the dialogue, line) → an answer; "": the usual one

CONNECTIONS = 4
TICK, HASTE = 30 * SECOND, 5 * SECOND  # the daemon's, and one often enough to dial too often
REST = 30 * SECOND  # at least, between two calls of a relay that is away
LONGEST = 4 * HOUR
TRIES = 3
GREYLIST = 300 * SECOND
STORM = 5 * MINUTE
DEAD = HOUR
FEW = 20  # readers, for a control


class Weathered(SmtpServer):
    """A server whose answers change with time; it remembers when somebody called."""

    def __init__(self, clock: ToldClock) -> None:
        super().__init__()
        self.clock = clock
        self.weather: Weather = lambda point, line: ""
        self.calls: list[datetime] = []

    def _reply(self, point: str, line: str, usual: str = "") -> str:
        if point == "CONNECT":
            self.calls.append(self.clock.now())
        return self.weather(point, line) or super()._reply(point, line, usual)


@dataclass(slots=True)
class Sky:
    """One database, one server, one pace that lives as long as the program."""

    store: Store
    server: Weathered
    clock: ToldClock
    readers: int
    pace: Pace = field(default_factory=lambda: Pace(connections=CONNECTIONS))
    broken: list[str] = field(default_factory=list)

    def under(self, weather: Weather, every: timedelta = TICK) -> timedelta:
        """Everybody is owed a digest; ticks until all have it. How long that took."""
        addresses = [f"reader{number}@example.org" for number in range(self.readers)]
        self.store.subscribers.add_many([reader(address) for address in addresses], self.clock.now())
        ingest(self.store, self.clock, 1)
        self.clock.moment += HOUR
        publish(self.store, self.clock, TERMS.edition_hour, ())
        enqueue(self.store, self.clock, Rules(min_score=0), TERMS)
        self.server.weather = weather
        began = self.clock.moment
        while self.clock.moment < began + LONGEST and self.store.deliveries.counts().keys() - {DeliveryState.SENT}:
            asyncio.run(self._tick())
            self.clock.moment += every
        self._judge(addresses)
        return self.clock.moment - began

    async def _tick(self) -> None:
        policy, server = Policy(CONNECTIONS), self.server
        async with SmtpTransport(server.host, server.port, "none", connections=CONNECTIONS) as transport:
            with self.store.seat() as seat:
                await deliver(self.store, compose, transport, self.clock, policy, self.pace, seat)

    def _judge(self, addresses: list[str]) -> None:
        got = Counter(mail.recipient for mail in self.server.mails)
        self.broken += [f"{address} got {got[address]} messages" for address in addresses if got[address] != 1]
        often = {address: times for address, times in self.named().items() if times > TRIES}
        self.broken += [f"{address} was named {times} times" for address, times in often.items()]

    def named(self) -> Counter[str]:
        """How often each recipient was named to the server."""
        return Counter(line[9:-1] for _, line in self.server.commands if line.startswith("RCPT TO:<"))


def campaign(folder: Path, size: int, seed: int) -> Outcome:
    """So many readers under each weather."""
    quiet()
    chance = random.Random(seed)
    grey, storm, dead = (_sky(folder, name, size, chance) for name in ("greylist", "storm", "dead"))
    figures: dict[str, object] = {"readers": size, **grey.figures, **storm.figures, **dead.figures}
    return Outcome(figures, [*grey.broken, *storm.broken, *dead.broken])


def _sky(folder: Path, name: str, readers: int, chance: random.Random) -> Outcome:
    clock = ToldClock(START)
    with open_store(f"sqlite:///{folder / name}.db") as store, Weathered(clock) as server:
        sky = Sky(store, server, clock, readers)
        play = {"greylist": _greylisted, "storm": _stormy, "dead": _dead}[name]
        return Outcome(play(sky, chance), [f"{name}: {line}" for line in sky.broken])


def _greylisted(sky: Sky, chance: random.Random) -> dict[str, object]:
    """Who comes for the first time is sent away for five minutes (RFC 6647)."""
    first: dict[str, datetime] = {}

    def weather(point: str, line: str) -> str:
        if point != "RCPT":
            return ""
        known = first.setdefault(line, sky.clock.now())
        return "" if sky.clock.now() - known >= GREYLIST else "450 4.2.0 greylisted, come back in 300 seconds"

    took = sky.under(weather)
    return {"greylist, all sent after": took, "greylist, tries at most": max(sky.named().values())}


def _stormy(sky: Sky, chance: random.Random) -> dict[str, object]:
    """For five minutes most of what is said is answered with 421, at any point before the content."""
    until = sky.clock.now() + HOUR + STORM

    def weather(point: str, line: str) -> str:
        if point not in {"CONNECT", "EHLO", "MAIL", "RCPT"} or sky.clock.now() >= until or chance.random() < 0.3:
            return ""
        return "421 4.3.2 too busy, come back later"

    took = sky.under(weather)
    return {"storm, all sent after": took, "storm, tries at most": max(sky.named().values())}


def _dead(sky: Sky, chance: random.Random) -> dict[str, object]:
    """An hour in which every connection is closed at once."""
    began = sky.clock.now() + HOUR

    def weather(point: str, line: str) -> str:
        return DROP if point == "CONNECT" and sky.clock.now() < began + DEAD else ""

    took = sky.under(weather, HASTE)
    calls = [moment for moment in sky.server.calls if moment < began + DEAD]
    cohort, probes = calls.count(began), [moment for moment in calls if moment > began]
    gaps = [later - earlier for earlier, later in pairwise([began, *probes])]
    if not 0 < cohort <= CONNECTIONS:
        sky.broken.append(f"the first cohort had {cohort} calls")
    sky.broken += [f"dialled again after {gap}" for gap in gaps if gap < REST] or ([] if gaps else ["no probe"])
    figures = {"dead, calls in that time": len(calls), "dead, shortest gap": min(gaps, default=None)}
    return {"dead for": DEAD, **figures, "dead, all sent after": took}


def _hasty(folder: Path, seed: int) -> Outcome:
    with patch.object(outcome, "JITTER", -0.9):
        return campaign(folder, FEW, seed)


async def _forgetting(sky: Sky, tick: Callable[[Sky], Awaitable[None]] = Sky._tick) -> None:
    sky.pace = Pace(connections=CONNECTIONS)
    await tick(sky)


def _without_memory(folder: Path, seed: int) -> Outcome:
    with patch.object(Sky, "_tick", _forgetting):
        return _dead_for_a_while(folder, seed)


def _without_rest(folder: Path, seed: int) -> Outcome:
    with patch.object(Pace, "resting", lambda *_: ""):
        return _dead_for_a_while(folder, seed)


def _dead_for_a_while(folder: Path, seed: int) -> Outcome:
    """An hour would be dialled away in minutes of ours."""
    quiet()
    with patch.dict(globals(), DEAD=2 * MINUTE):
        return _sky(folder, "dead", FEW, random.Random(seed))


P15 = Promise(
    "P15",
    "Under a greylist of 300 s and storms of 421 everybody gets their mail, none named to the server more than three "
    "times; a relay that is dead for an hour is dialled once in 30 s at most.",
    campaign,
    short=60,
    long=2000,
    controls=(
        Control("retries come sooner than they should", r"greylist: .* was named", _hasty),
        Control("the pace forgets with each tick that the relay is away", r"dialled again after", _without_memory),
        Control("a relay that is away is dialled with each tick", r"dialled again after", _without_rest),
    ),
)
