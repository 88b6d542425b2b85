"""P16: the daemon hangs in the thick of sending: its event loop, its database, a tick; or all of it stands still.

In:    the real program that falls ill when told, a supervisor that does what systemd does, a mail server.
Out:   seconds until it is up again; what the server's log says about losses and copies.
Never: a second daemon beside one that hangs: it is ended first.
"""

import random
import secrets
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic

from tests.crash.kills import CONNECTIONS
from tests.crash.lab import Lab, addresses, make
from tests.crash.oracle import FarEnd, judge
from tests.crash.promise import Control, Outcome, Promise
from tests.crash.sick import ILLNESSES, NONE, program
from tests.crash.supervisor import Supervisor

SUBSCRIBERS = 60
ANSWER = 0.02  # seconds that the far end takes over each message, so that a trouble finds some in flight
LEAST, MOST = 2 * CONNECTIONS, 20  # messages before a trouble
SECONDS, BRIEF = 60.0, 6.0  # of the watchdog, in a long and in a short campaign
MARGIN = 15.0  # seconds beyond it until the daemon must be up again
AFTERWARDS = 60.0  # seconds until all have their mail
LONG = 20
LOCKED, STANDS = "another program holds the lock of the database", "all of it stands still"
WITHIN = {
    "loop-sleeps": "the event loop waits",
    "loop-spins": "the event loop computes",
    "own-lock": "a thread keeps the turn to write",
    "tick-stuck": "a tick waits in a thread",
}
TROUBLES = (*WITHIN, LOCKED, STANDS)


@dataclass(slots=True)
class Trial:
    """One daemon, which hangs once."""

    trouble: str
    lab: Lab
    far: FarEnd
    seconds: float
    starts: list[int] = field(default_factory=list)
    slowest: float = 0
    broken: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def go(self, chance: random.Random) -> None:
        name = f"@digest-{secrets.token_hex(8)}"
        start = partial(self.lab.start, "serve", "--only", "scheduler")
        with Supervisor(lambda known: start(environment=known), name, self.seconds, self._starts) as daemon:
            sent = chance.randint(LEAST, MOST)
            self._until(lambda: self.far.count >= sent, AFTERWARDS)
            ended, begun = len(daemon.ended), monotonic()
            for _ in self._hanging(daemon):
                self._until(lambda: len(daemon.ended) > ended, self.seconds + MARGIN)
            up = self._until(lambda: bool(daemon.ready) and daemon.ready[-1] > begun, self.seconds + MARGIN)
            self.slowest = monotonic() - begun
            if len(daemon.ended) == ended or not up or self.slowest > self.seconds + MARGIN:
                bound = self.seconds + MARGIN
                self.broken.append(f"{self.trouble}: not up again within {bound:.0f} s: {self.slowest:.0f} s passed")
            if not self.broken and not self._until(lambda: self._served() == SUBSCRIBERS, AFTERWARDS):
                self.broken.append(f"{self.trouble}: sending did not go on: {self.lab.last_words()}")
            self.ends = [why for _, why in daemon.ended]

    def _starts(self) -> None:
        self.starts.append(self.far.server.sessions)

    def _hanging(self, daemon: Supervisor) -> Iterator[None]:
        """Once around; the trouble is there while the caller waits."""
        assert daemon.process
        if self.trouble == LOCKED:
            path = self.lab.url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path, timeout=AFTERWARDS, isolation_level=None)) as conn:
                conn.execute("BEGIN IMMEDIATE")
                yield
            return
        daemon.process.send_signal(signal.SIGSTOP if self.trouble == STANDS else signal.SIGUSR1)
        yield

    def _served(self) -> int:
        return len({one.recipient for one in self.far.taken()})

    def _until(self, so: Callable[[], bool], seconds: float) -> bool:
        ends = monotonic() + seconds
        while not so():
            if monotonic() > ends:
                return False
            Event().wait(0.05)
        return True

    def judge(self) -> int:
        """P1's bounds hold for each end. Returns how many messages came again."""
        found = judge(self.far.taken(), addresses(SUBSCRIBERS), self.starts)
        self.broken += found.wrong
        self.broken += [f"{self.trouble}: the copies to {address} differ" for address in found.differing]
        self.broken += [f"{self.trouble}: two copies to {address} by one run" for address in found.twice]
        if not self.broken:
            self.broken += [f"{self.trouble}: lost: {address} has no mail" for address in found.missing]
        for run, extra in sorted(found.extra.items()):
            if extra > CONNECTIONS:
                self.broken.append(
                    f"{self.trouble}: {extra} messages of run {run} came again; {CONNECTIONS} is the bound"
                )
        return found.copies


def campaign(folder: Path, size: int, seed: int, *, fault: str = NONE, troubles: Sequence[str] = TROUBLES) -> Outcome:
    """So many troubles, each kind as often as the others."""
    chance = random.Random(seed)
    filled = make(folder / "filled", smtp=1)
    filled.fill(SUBSCRIBERS)
    trials, copies = [], 0
    for number in range(size):
        trouble = troubles[number % len(troubles)]
        with FarEnd(folder / f"{number}" / "far") as far:
            far.server.meanwhile("DOT", lambda: _pause(ANSWER))
            illness = trouble if trouble in ILLNESSES else "only-outside"
            lab = make(folder / f"{number}" / "lab", smtp=far.port, program=program(illness, fault))
            lab.copy(filled)
            trial = Trial(trouble, lab, far, SECONDS if size >= LONG else BRIEF)
            trial.go(chance)
            copies += trial.judge()
        trials.append(trial)
    return _outcome(trials, copies)


def _outcome(trials: Sequence[Trial], copies: int) -> Outcome:
    kinds = Counter(WITHIN.get(trial.trouble, trial.trouble) for trial in trials)
    figures: dict[str, object] = {
        **kinds,
        "seconds of the watchdog": trials[0].seconds,
        "times it was ended": sum(len(trial.ends) for trial in trials),
        "extra copies": copies,
        "slowest to be up again, seconds": round(max(trial.slowest for trial in trials), 1),
    }
    return Outcome(figures, [line for trial in trials for line in trial.broken])


def _pause(seconds: float) -> None:
    Event().wait(seconds)


def _control(fault: str, trouble: str, folder: Path, seed: int) -> Outcome:
    return campaign(folder, 1, seed, fault=fault, troubles=(trouble,))


P16 = Promise(
    "P16",
    "When the event loop, the database or a tick hangs, or the process stands still, systemd ends the daemon and "
    "starts it anew within 75 s (WatchdogSec=60 and 15 more); nothing is lost, and an end costs what a kill may cost.",
    campaign,
    short=len(TROUBLES),
    long=4 * len(TROUBLES),
    controls=(
        Control("nobody looks whether a tick is stuck", r"not up again", partial(_control, "sees-nothing", "own-lock")),
        Control("a thread says that all is well", r"not up again", partial(_control, "from-a-thread", "loop-sleeps")),
        Control("no answer is written down", r"came again", partial(_control, "settle-forgets", STANDS)),
    ),
)
