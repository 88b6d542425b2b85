"""P5: the daemon and a sender are told to stop at random instants, by SIGTERM and SIGINT.

In:    the real program, a mail server that takes everything and writes it down.
Out:   exit codes, seconds until the exit, and what the server's log says about losses and copies.
Never: two senders at once: a run begins when the one before has left.
"""

import random
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from digest.model import SourceState
from tests.crash.broken import program
from tests.crash.kills import HALF, at_some_instant
from tests.crash.lab import DIGEST, Lab, addresses, gone_within, make
from tests.crash.oracle import FarEnd, judge
from tests.crash.promise import Control, Outcome, Promise

SUBSCRIBERS = 200
PATIENCE = 30  # seconds until the program must have left
STOPPED = {"serve": 0, "deliver": 130}  # what each exits with


@dataclass(frozen=True, slots=True)
class Stop:
    """How one run took it."""

    command: str
    signal: signal.Signals
    code: int | None  # None: it was still there after PATIENCE
    seconds: float
    busy: bool  # in the thick of sending
    said: str

    @property
    def wrong(self) -> str:
        """Early in its start and late in its end nobody holds the signal: then it may also die of it."""
        allowed = {STOPPED[self.command]} if self.busy else {STOPPED[self.command], 0, 130, -self.signal}
        if self.code in allowed:
            return ""
        ended = f"exit {self.code}" if self.code is not None else f"still there after {PATIENCE} s"
        return f"{self.command}, {self.signal.name}: {ended}: {self.said}"


def campaign(
    folder: Path,
    size: int,
    seed: int,
    *,
    broken: tuple[str, ...] = DIGEST,
    commands: Sequence[str] = ("serve", "deliver"),
    thick: float = HALF,
) -> Outcome:
    """Stops until there are `size`, the part `thick` of them while it sends; a new database whenever all is sent."""
    chance = random.Random(seed)
    filled = make(folder / "filled", smtp=1)
    filled.fill(SUBSCRIBERS)
    stops: list[Stop] = []
    violations: list[str] = []
    databases = taken = 0
    while len(stops) < size and not violations:
        place = folder / f"{databases}"
        databases += 1
        with FarEnd(place / "far") as far:
            listen = f'[web]\nlisten = "127.0.0.1:{_free_port()}"\n'
            lab = make(place / "lab", smtp=far.port, program=broken, more=listen)
            lab.copy(filled)
            new, starts = _stopped_often(lab, far, size - len(stops), chance, commands, thick)
        stops += new
        taken += far.count
        violations += [each.wrong for each in new if each.wrong] + _at_the_far_end(far, starts)
    return Outcome(_figures(stops, databases, taken), violations)


def _stopped_often(
    lab: Lab, far: FarEnd, stops: int, chance: random.Random, commands: Sequence[str], thick: float
) -> tuple[list[Stop], list[int]]:
    """Runs that are stopped, until one gets to its end or there were enough; then one that may finish."""
    found: list[Stop] = []
    starts: list[int] = []
    while len(found) < stops and far.count < SUBSCRIBERS:
        starts.append(far.server.sessions)
        found += _stopped(lab, far, chance.choice(commands), chance, thick)
    starts.append(far.server.sessions)
    finished = lab.run("deliver")
    assert finished.returncode == 0, finished.stderr
    return found, starts


def _stopped(lab: Lab, far: FarEnd, command: str, chance: random.Random, thick: float) -> list[Stop]:
    """One run that is stopped; none if it was quicker."""
    with lab.store() as store:  # the daemon reads its source first, and mails when that is done
        store.sources.put(SourceState(name="nowhere"))
    before = far.count
    process = lab.start(command)
    at_some_instant(process, far, chance, thick)
    if gone_within(process, 0):
        return []
    number = chance.choice((signal.SIGTERM, signal.SIGINT))
    busy, begin = before < far.count < SUBSCRIBERS, time.monotonic()
    process.send_signal(number)
    left = gone_within(process, PATIENCE)
    seconds = time.monotonic() - begin
    process.kill()
    code = process.wait()
    return [Stop(command, number, code if left else None, seconds, busy, lab.last_words())]


def _at_the_far_end(far: FarEnd, starts: list[int]) -> list[str]:
    found = judge(far.taken(), addresses(SUBSCRIBERS), starts)
    lost = [f"lost: {address} has no mail" for address in found.missing]
    again = [f"{extra} messages of run {run} came again" for run, extra in sorted(found.extra.items())]
    return [*found.wrong, *lost, *again]


def _figures(stops: list[Stop], databases: int, taken: int) -> dict[str, object]:
    figures: dict[str, object] = {"stops": len(stops), "while it was sending": sum(each.busy for each in stops)}
    for command in STOPPED:
        for number in (signal.SIGTERM, signal.SIGINT):
            these = [each for each in stops if (each.command, each.signal) == (command, number)]
            figures[f"{command}, {number.name}"] = len(these)
    slowest = max((each.seconds for each in stops), default=0.0)
    return {
        **figures,
        "databases": databases,
        "messages taken": taken,
        "extra copies": taken - databases * SUBSCRIBERS,
        "slowest exit": f"{slowest:.1f} s",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _control(variant: str, folder: Path, seed: int) -> Outcome:
    return campaign(folder, 10, seed, broken=program(variant), commands=("deliver",), thick=1)


P5 = Promise(
    "P5",
    "Told to stop at any instant by SIGTERM or SIGINT, the daemon and `digest deliver` leave within 30 s with the "
    "exit code they document; nothing is lost, nothing comes twice.",
    campaign,
    short=20,
    long=200,
    controls=(Control("it leaves at once, whatever is in flight", partial(_control, "leaves-at-once")),),
)
