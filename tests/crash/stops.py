"""P5: the daemon and a sender are told to stop at random instants, by SIGTERM and SIGINT.

In:    the real program, a mail server that takes everything and writes it down; now and then it is slow to say so.
Out:   exit codes, seconds until the exit, and what the server's log says about losses and copies.
Never: two senders at once: a run begins when the one before has left.
"""

import json
import random
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from digest.model import DeliveryState, SourceState
from tests.crash.broken import program
from tests.crash.kills import HALF, LONGEST_WAIT, MESSAGES, at_some_instant
from tests.crash.lab import DIGEST, Lab, addresses, gone_within, make
from tests.crash.oracle import FarEnd, judge
from tests.crash.promise import Control, Outcome, Promise
from tests.smtp import SILENCE

SUBSCRIBERS = 200
PATIENCE = 30  # seconds until the program must have left
SILENT = 6  # one stop in so many, a third of those while it sends: the relay is silent after the dot
STOPPED = {"serve": 0, "deliver": 130}  # what each exits with


@dataclass(frozen=True, slots=True)
class Stop:
    """How one run took it."""

    command: str
    signal: signal.Signals
    code: int | None  # None: it was still there after PATIENCE
    seconds: float
    busy: bool  # in the thick of sending
    silences: int  # connections that wait for the answer to a dot
    said: str

    @property
    def wrong(self) -> str:
        """Early in its start and late in its end nobody holds the signal: then it may also die of it.

        While the interpreter looks for its modules it exits with 1 (“init_import_site”), before any line of ours runs.
        """
        allowed = {STOPPED[self.command]} if self.busy else {STOPPED[self.command], 0, 130, -self.signal}
        if not self.busy and self.said == "KeyboardInterrupt":
            allowed.add(1)
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
    silent: int = SILENT,
) -> Outcome:
    """Stops until there are `size`, one in `silent` (0: none) while it waits for the answer to a dot, of the others the
    part `thick` while it sends; a new database whenever all is sent."""
    chance = random.Random(seed)
    filled = make(folder / "filled", smtp=1)
    filled.fill(SUBSCRIBERS)
    stops: list[Stop] = []
    violations: list[str] = []
    databases = taken = copies = 0
    while len(stops) < size and not violations:
        place = folder / f"{databases}"
        databases += 1
        with FarEnd(place / "far") as far:
            listen = f'[web]\nlisten = "127.0.0.1:{_free_port()}"\n'
            lab = make(place / "lab", smtp=far.port, program=broken, more=listen)
            lab.copy(filled)
            kinds = ("silent" if silent and number % silent == 0 else "usual" for number in range(len(stops), size))
            new, starts = _stopped_often(lab, far, list(kinds), chance, commands, thick)
            extra, wrong = _at_the_far_end(lab, far, new, starts)
        violations += [each.wrong for each in new if each.wrong] + wrong
        if not new:
            violations.append("no run could be stopped: it ended sooner each time")
        stops += new
        taken, copies = taken + far.count, copies + extra
    figures = {"databases": databases, "messages taken": taken, "extra copies": copies}
    return Outcome(_figures(stops, figures), violations)


def _stopped_often(
    lab: Lab, far: FarEnd, kinds: Sequence[str], chance: random.Random, commands: Sequence[str], thick: float
) -> tuple[list[Stop], list[int]]:
    """Runs that are stopped, until one gets to its end or there were enough; then one that may finish."""
    found: list[Stop] = []
    starts: list[int] = []
    while len(found) < len(kinds) and _left(far) > 0:
        starts.append(far.server.sessions)
        in_silence = kinds[len(found)] == "silent"
        found += _stopped(lab, far, chance.choice(commands), chance, 0 if in_silence else thick, in_silence)
    starts.append(far.server.sessions)
    finished = lab.run("deliver")
    assert finished.returncode in (0, 1), finished.stderr  # 1: a message in doubt needs a person
    return found, starts


def _left(far: FarEnd) -> int:
    """How many messages the server has not seen, or a few less."""
    return SUBSCRIBERS - far.count - len(far.server.turned_away)


def _stopped(lab: Lab, far: FarEnd, command: str, chance: random.Random, thick: float, in_silence: bool) -> list[Stop]:
    """One run that is stopped; none if it was quicker."""
    with lab.store() as store:  # the daemon reads its source first, and mails when that is done
        store.sources.put(SourceState(name="nowhere"))
    before = far.count
    with lab.running(command) as process:
        if in_silence:
            _in_silence(process, far)
        else:
            at_some_instant(process, far, chance, thick, min(MESSAGES, _left(far)))
        if gone_within(process, 0):
            far.server.behave()
            return []
        number, silences = chance.choice((signal.SIGTERM, signal.SIGINT)), int(far.server.silent.is_set())
        busy, begin = bool(silences) or before < far.count < SUBSCRIBERS, time.monotonic()
        process.send_signal(number)
        left = gone_within(process, PATIENCE)
        seconds = time.monotonic() - begin
        process.kill()
        code = process.wait()
    far.server.behave()
    return [Stop(command, number, code if left else None, seconds, busy, silences, lab.last_words())]


def _in_silence(process: subprocess.Popen[bytes], far: FarEnd) -> None:
    """Until one of its messages is read to the dot, and no answer comes."""
    far.server.answer("DOT", SILENCE, times=1)
    ends = time.monotonic() + LONGEST_WAIT
    while not far.server.silent.is_set() and time.monotonic() < ends and not gone_within(process, 0.02):
        pass


def _at_the_far_end(lab: Lab, far: FarEnd, stops: list[Stop], starts: list[int]) -> tuple[int, list[str]]:
    """What was read in silence may have been taken: it counts as a copy, and may come again later, or need a person."""
    taken, unanswered = far.taken(), far.unanswered()
    found, silences = judge([*taken, *unanswered], addresses(SUBSCRIBERS), starts), sum(each.silences for each in stops)
    excused = {one.recipient for one in unanswered} & _waiting(lab) if unanswered else set()
    missing = sorted(set(addresses(SUBSCRIBERS)) - {one.recipient for one in taken} - excused)
    lost = [f"lost: {address} has no mail" for address in missing]
    again = [f"{found.copies} messages came again; {silences} is the bound"] if found.copies > silences else []
    differ = [f"the copies to {address} differ" for address in found.differing]
    return found.copies, [*found.wrong, *lost, *again, *differ]


def _waiting(lab: Lab) -> set[str]:
    """Who is in doubt, and has another try before them or is shown to the operator."""
    states = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    listed = [lab.run("delivery", "list", "--state", state, "--json", "--limit", str(SUBSCRIBERS)) for state in states]
    return {row["email"] for one in listed for row in json.loads(one.stdout)}


def _figures(stops: list[Stop], counted: dict[str, int]) -> dict[str, object]:
    figures: dict[str, object] = {
        "stops": len(stops),
        "while it was sending": sum(each.busy for each in stops),
        "while the relay was silent after a dot": sum(each.silences for each in stops),
    }
    for command in STOPPED:
        for number in (signal.SIGTERM, signal.SIGINT):
            these = [each for each in stops if (each.command, each.signal) == (command, number)]
            figures[f"{command}, {number.name}"] = len(these)
    slowest = max((each.seconds for each in stops), default=0.0)
    return {**figures, **counted, "slowest exit": f"{slowest:.1f} s"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _control(variant: str, folder: Path, seed: int) -> Outcome:
    return campaign(folder, 10, seed, broken=program(variant), commands=("deliver",), thick=1, silent=0)


def _waits_on(folder: Path, seed: int) -> Outcome:
    return campaign(folder, 1, seed, broken=program("waits-on"), commands=("deliver",), silent=1)


P5 = Promise(
    "P5",
    "On SQLite, told to stop at any instant by SIGTERM or SIGINT, the daemon and `digest deliver` leave within 30 s "
    "with the exit code they document, also where the relay is silent after a dot; nothing is lost, and nothing comes "
    "twice but, once, a message that the relay was silent about.",
    campaign,
    short=20,
    long=200,
    controls=(
        Control("it leaves at once, whatever is in flight", r"came again", partial(_control, "leaves-at-once")),
        Control("it waits for the answer to a dot as long as it takes", r"still there after 30 s", _waits_on),
    ),
)
