"""P2: a run for three subscribers is killed before each of its system calls that matters.

In:    the real command line; a mail server that takes everything and writes it down.
Out:   whether the ledger at the moment of death tells no lie, and what the next run makes of it.
Never: a look into the database before the next run: it gets what the dead one left.
"""

import json
import platform
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from shutil import copy, rmtree

from digest.model import DeliveryState
from digest.store.engine import Store, open_store
from tests.crash.broken import program
from tests.crash.lab import DIGEST, ROOT, Lab, addresses, make
from tests.crash.oracle import FarEnd, Found, judge
from tests.crash.promise import Control, Outcome, Promise
from tests.crash.stepping import CALLS

SUBSCRIBERS = 3
SHORT, ALL = 40, 10_000
EVERY = 5  # how many calls a control goes on each time: the moment it must not miss lasts for six
Setting = tuple[str, int]  # the policy, and how many connections
SETTINGS: tuple[Setting, ...] = tuple((policy, connections) for connections in (1, 2) for policy in ("resend", "hold"))
UNTOUCHED = {DeliveryState.QUEUED, DeliveryState.CLAIMED}
ENOUGH = 0.8  # of the chosen runs must have been killed
AT_ONCE = 2  # runs side by side, each with a lab and a server of its own
FILES = "digest.db*"
States = dict[str, DeliveryState]


@dataclass(frozen=True, slots=True)
class Case:
    """One run: killed before its `number`th call, or, with 0, not at all."""

    policy: str
    connections: int
    number: int


@dataclass(frozen=True, slots=True)
class Aftermath:
    """`first` are those whom the killed run reached, `states` what its ledger said of each when it died."""

    case: Case
    calls: int
    last: str
    killed: bool
    first: set[str]
    states: States
    found: Found
    held: set[str]
    trouble: str


@dataclass(frozen=True, slots=True)
class Stepper:
    """A process of `stepping.py`, for one run at a time."""

    process: subprocess.Popen[str]

    def deliver(self, lab: Lab, number: int) -> tuple[int, str, int]:
        command = [*lab.program[2:], "deliver", "--config", str(lab.folder / "config.toml")]
        return self.run(number, Path(lab.url.removeprefix("sqlite:///")), lab.log, command)

    def run(self, number: int, path: Path, log: Path, command: list[str]) -> tuple[int, str, int]:
        """How many calls there were, the last of them, and the end: an exit status, or minus the signal."""
        order = {"number": number, "path": str(path), "log": str(log), "command": command}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        calls, last, end = json.loads(self.process.stdout.readline())
        return calls, last, end


@contextmanager
def stepper() -> Iterator[Stepper]:
    """Raises RuntimeError on a machine whose calls have other numbers."""
    if platform.machine() not in CALLS:
        raise RuntimeError(f"the numbers of the calls of {platform.machine()} are missing: tests/crash/stepping.py")
    command = [sys.executable, "-m", "tests.crash.stepping"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Stepper(process)


def campaign(folder: Path, size: int, seed: int) -> Outcome:
    """Kills before `size` of the calls, chosen at random, or before each of them."""
    chance = random.Random(seed)
    return _tried(folder, DIGEST, SETTINGS, lambda cases: chance.sample(cases, min(size, len(cases))))


def _tried(
    folder: Path, broken: tuple[str, ...], settings: Sequence[Setting], choose: Callable[[list[Case]], list[Case]]
) -> Outcome:
    """Counts the calls of whole runs first."""
    filled = make(folder / "filled", smtp=1)
    filled.fill(SUBSCRIBERS)
    with ExitStack() as stack:
        idle: SimpleQueue[Stepper] = SimpleQueue()
        for _ in range(AT_ONCE):
            idle.put(stack.enter_context(stepper()))
        run = partial(_run, folder, filled, broken, idle)
        side_by_side = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        whole = list(side_by_side.map(run, [Case(*setting, 0) for setting in settings]))
        calls = zip(settings, [one.calls for one in whole], strict=True)
        cases = [Case(*setting, number) for setting, count in calls for number in range(1, count + 1)]
        chosen = choose(cases)
        outcome = _outcome(len(cases), [*whole, *side_by_side.map(run, chosen)])
        return replace(outcome, broken=[*outcome.broken, *_overlooked(len(chosen), outcome)])


def _overlooked(chosen: int, outcome: Outcome) -> list[str]:
    """A run may have fewer calls than the one that was counted; but few are ever that short."""
    kills = int(str(outcome.figures["kills"]))
    return [f"only {kills} kills came of {chosen} that were chosen"] if not chosen or kills < ENOUGH * chosen else []


def _run(folder: Path, filled: Lab, broken: tuple[str, ...], idle: SimpleQueue[Stepper], case: Case) -> Aftermath:
    """With a stepper that nobody uses meanwhile."""
    place, free = folder / f"{case.policy}-{case.connections}-{case.number}", idle.get()
    try:
        return _killed(place, filled, broken, free, case)
    finally:
        idle.put(free)
        rmtree(place)


def _killed(place: Path, filled: Lab, broken: tuple[str, ...], free: Stepper, case: Case) -> Aftermath:
    """The run that is killed, and the one that follows and may finish."""
    with FarEnd(place / "far") as far:
        lab = make(place / "lab", smtp=far.port, on_uncertain=case.policy, connections=case.connections, program=broken)
        lab.copy(filled)
        calls, last, end = free.deliver(lab, case.number)
        starts, states = [0, far.server.sessions], _left(lab, place / "left")
        _, _, after = free.deliver(lab, 0)
        taken = far.taken()
    with lab.store() as store:
        held = {address for address, state in _states(store).items() if state is DeliveryState.UNCERTAIN}
    first = {one.recipient for one in taken if one.session <= starts[1]}
    killed = end == -signal.SIGKILL
    trouble = lab.last_words() if after or not (killed or end == 0) else ""
    found = judge(taken, addresses(SUBSCRIBERS), starts)
    return Aftermath(case, calls, last, killed, first, states, found, held, trouble)


def _left(lab: Lab, place: Path) -> States:
    """What the ledger says, from a copy of its files."""
    place.mkdir()
    for file in lab.folder.glob(FILES):
        copy(file, place)
    with open_store(f"sqlite:///{place / 'digest.db'}") as store:
        return _states(store)


def _states(store: Store) -> States:
    return {each.address: each.state for each in store.deliveries.list(limit=SUBSCRIBERS + 1)}


def _violations(after: Aftermath) -> Iterator[str]:
    """Each in a line."""
    found, resend = after.found, after.case.policy == "resend"
    for address, state in sorted(after.states.items()):
        if state in UNTOUCHED and address in after.first:
            yield f"{address} was {state}, and yet had the mail"
        if state is DeliveryState.SENT and address not in after.first:
            yield f"{address} was sent, and yet had no mail"
    if 0 < after.case.number <= after.calls and not after.killed:
        yield f"it was to be killed, and made {after.calls} calls"
    if after.trouble:
        yield f"a run that was not killed failed: {after.trouble}"
    yield from found.wrong
    yield from (f"lost: {address} has no mail" for address in found.missing if resend or address not in after.held)
    yield from (f"the copies to {address} differ" for address in found.differing)
    bound = after.case.connections if resend and after.killed else 0
    if found.copies > bound:
        yield f"{found.copies} messages came again; {bound} is the bound"
    if resend and after.held:
        yield f"{sorted(after.held)} wait for the operator, who wanted them sent again"


def _outcome(population: int, aftermaths: list[Aftermath]) -> Outcome:
    killed = [each for each in aftermaths if each.killed]
    states = Counter(state for each in killed for state in each.states.values())
    figures: dict[str, object] = {
        "calls of whole runs": population,
        "kills": len(killed),
        "kills by call": dict(Counter(each.last for each in killed).most_common()),
        "rows at a kill": {str(state): count for state, count in states.most_common()},
        "lost": sum(len(set(each.found.missing) - each.held) for each in aftermaths),
        "extra copies (resend)": sum(each.found.copies for each in killed if each.case.policy == "resend"),
        "extra copies (hold)": sum(each.found.copies for each in killed if each.case.policy == "hold"),
        "held for the operator": sum(len(each.held) for each in killed),
    }
    return Outcome(figures, [f"{_named(each)}: {line}" for each in aftermaths for line in _violations(each)])


def _named(after: Aftermath) -> str:
    case = after.case
    where = f"killed before call {case.number}, {after.last}" if after.killed else "not killed"
    return f"{case.policy}, {case.connections} at once, {where}"


def _control(variant: str, folder: Path, seed: int) -> Outcome:
    return _tried(folder, program(variant), SETTINGS[:1], lambda cases: _midst(cases)[seed % EVERY :: EVERY])


def _midst(cases: list[Case]) -> list[Case]:
    """Where the messages leave: the first and the last third are most of all opening and closing."""
    return cases[len(cases) // 3 : len(cases) * 2 // 3]


P2 = Promise(
    "P2",
    "On SQLite, killed before any of its system calls that change or learn something outside, a run leaves a ledger "
    "that tells no lie: whom it calls `claimed` had no mail, whom it calls `sent` had it. The next run completes it "
    "as the policy says.",
    campaign,
    short=SHORT,
    long=ALL,
    controls=(
        Control(
            "`sent` is committed before DATA", r"was sent, and yet had no mail", partial(_control, "sent-before-data")
        ),
        Control("the permit writes nothing", r"was claimed, and yet had the mail", partial(_control, "no-permit")),
    ),
)
