"""P12: the database is copied, cloned, moved and put back in every way that an operator may think of.

In:    a database with digests that wait; a mail server that takes everything and writes it down.
Out:   what left before somebody said which of two databases it is, and what came twice or never after that.
Never: two senders that were both told to send: the one that was copied is off.
"""

import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from shutil import copy, rmtree
from subprocess import PIPE

from tests.crash.lab import DIGEST, ROOT, Lab, addresses, make
from tests.crash.oracle import FarEnd, Taken, judge
from tests.crash.promise import Control, Outcome, Promise
from tests.crash.ways import (
    MOVES,
    READERS,
    RETURNS,
    WAYS,
    Act,
    Trial,
    cp_over,
    cp_r,
    folder_anew,
    folder_over,
    own_restore,
)

CONNECTIONS = 2
NEWCOMER = "newcomer@example.org"
# The command line, one command after the other: a new interpreter for each would be most of the time.
TERMINAL = """
import shlex, sys
from digest.cli.root import run
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    print(run(shlex.split(line)), file=answers, flush=True)
"""
ONCE = "import sys; from digest.cli.root import run; sys.exit(run(sys.argv[1:]))"


def campaign(folder: Path, size: int, seed: int, *, fault: str = "", ways: Sequence[Act] = WAYS) -> Outcome:
    """One way after the other, in an order that changes with the seed; `fault` is put into the program first."""
    chance = random.Random(seed)
    filled = make(folder / "filled", smtp=1)
    filled.fill(READERS)
    order = chance.sample(ways, len(ways))
    figures = {"copies and restores": 0, "mails before they were adopted": 0, "mails after": 0}
    found: list[str] = []
    with _terminal(folder / "log", fault) as terminal:
        for number, way in enumerate(islice(cycle(order), size)):
            place = folder / f"{number}-{way.__name__}"
            with FarEnd(place / "far") as far:
                trial = _set_up(place, filled, far, terminal, chance, fault)
                early, late, problems = (_older if way in RETURNS else _moved)(trial, way)
            figures["copies and restores"] += 1
            figures["mails before they were adopted"] += early
            figures["mails after"] += late
            found += [f"{place.name}: {problem}" for problem in problems]
            rmtree(place)
    return Outcome(dict(figures), found)


def _set_up(
    place: Path, filled: Lab, far: FarEnd, terminal: subprocess.Popen[str], chance: random.Random, fault: str
) -> Trial:
    program = (sys.executable, "-c", f"{fault}\n{ONCE}") if fault else DIGEST
    lab = make(place / "lab", smtp=far.port, connections=CONNECTIONS, program=program)
    other = make(place / "other", smtp=far.port, connections=CONNECTIONS, program=program)
    lab.copy(filled)
    (place / "safe").mkdir()
    return Trial(lab, other, place / "safe", far, terminal, chance)


@contextmanager
def _terminal(log: Path, fault: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", f"{fault}\n{TERMINAL}"]
    with (
        log.open("ab") as said,
        subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=said, text=True) as terminal,
    ):
        yield terminal


def _moved(trial: Trial, way: Act) -> tuple[int, int, list[str]]:
    """Nothing leaves a copy before it is adopted; then everybody has had theirs, once."""
    killed = trial.chance.random() < 0.5
    if killed:
        trial.interrupt()
    way(trial)
    early: list[Taken] = []
    problems: list[str] = []
    if way not in MOVES:
        early, problems = _refused(trial, trial.other, "copy")
        trial.done(trial.other, "db", "adopt")
    late = trial.deliver(trial.other)
    found = judge(trial.far.taken(), addresses(READERS), trial.starts)
    problems += [f"{each} had none" for each in found.missing] + list(found.wrong)
    problems += [f"{each} had two different ones" for each in found.differing]
    if found.copies > (CONNECTIONS if killed else 0):
        problems.append(f"{found.copies} mails came twice")
    return len(early), len(late), problems


def _older(trial: Trial, way: Act) -> tuple[int, int, list[str]]:
    """Nothing leaves an older state before it is adopted, and after that what is new, but nothing that had waited."""
    for file in trial.files():
        copy(file, trial.safe)
    if trial.chance.random() < 0.5:
        trial.interrupt()
    else:
        trial.deliver(trial.lab)
    sent = len(trial.far.taken())
    way(trial)
    early, problems = _refused(trial, trial.lab, "older state")
    trial.done(trial.lab, "db", "adopt", "--restored")
    trial.lab.add(NEWCOMER)
    late = [one.recipient for one in trial.deliver(trial.lab)]
    problems += [] if sent else ["nothing was sent before"]
    if waited := [address for address in late if address != NEWCOMER]:
        problems.append(f"{len(waited)} mails left after adopt --restored that had waited")
    if late.count(NEWCOMER) != 1:
        problems.append(f"{late.count(NEWCOMER)} mails left for a newcomer after adopt --restored: {trial.code}")
    return len(early), len(late), problems


def _refused(trial: Trial, lab: Lab, what: str) -> tuple[list[Taken], list[str]]:
    """A run before anybody said which of the two it is: it fails, and sends nothing."""
    early = trial.deliver(lab)
    problems = [f"{len(early)} mails left the {what}"] if early else []
    problems += [] if trial.code else [f"a run from the {what} was not refused"]
    return early, problems


def _at_home_everywhere(folder: Path, seed: int) -> Outcome:
    fault = "from digest.store import identity\nidentity.current_beside = lambda *_: identity.Mark('any')"
    return campaign(folder, 2, seed, fault=fault, ways=(cp_r, cp_over))


def _without_marks(folder: Path, seed: int) -> Outcome:
    fault = "from digest.store import identity\nidentity.Mark.follows = lambda *_: True"
    return campaign(folder, 2, seed, fault=fault, ways=(cp_over, folder_over))


def _without_numbers(folder: Path, seed: int) -> Outcome:
    fault = (
        "from digest.store import identity\n"
        "class Anywhere(str):\n"
        "    __eq__, __hash__ = (lambda *_: True), str.__hash__\n"
        "identity._place = lambda *_: Anywhere('here')"
    )
    return campaign(folder, 2, seed, fault=fault, ways=(cp_r, folder_anew))


def _never_adopted(folder: Path, seed: int) -> Outcome:
    fault = (
        "from contextlib import nullcontext\n"
        "from digest.store.engine import Store\n"
        "Store.adopting = lambda *_: nullcontext()"
    )
    return campaign(folder, 2, seed, fault=fault, ways=(cp_over, own_restore))


def _everything_waits_on(folder: Path, seed: int) -> Outcome:
    fault = "from digest.store.deliveries import Deliveries\nDeliveries.pass_over = lambda *_: 0"
    return campaign(folder, 2, seed, fault=fault, ways=(cp_over, own_restore))


P12 = Promise(
    "P12",
    "A SQLite database that was copied at rest, cloned or restored refuses to send until it is adopted; then one that "
    "moved goes on where it was, and an older state sends what is new and nothing of what it had waiting. (Not tried: "
    "a copy that was made in the middle of a run and is put back after that run was killed.)",
    campaign,
    short=10,
    long=60,
    controls=(
        Control(
            "every database is taken for one that is at home", r"mails left the (copy|older state)", _at_home_everywhere
        ),
        Control("the marks are not looked at", r"mails left the older state", _without_marks),
        Control("the numbers of the files are not looked at", r"mails left the (copy|older state)", _without_numbers),
        Control(
            "adopt --restored leaves what waits in the queue",
            r"mails left after adopt --restored that had waited",
            _everything_waits_on,
        ),
        Control("adoption never takes", r"0 mails left for a newcomer", _never_adopted),
    ),
)
