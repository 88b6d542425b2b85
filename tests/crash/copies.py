"""P12: the database is copied, cloned, moved and put back in every way that an operator may think of.

In:    a database with digests that wait; a mail server that takes everything and writes it down.
Out:   what left before somebody said which of two databases it is, and what came twice or never after that.
Never: two senders that were both told to send: the one that was copied is off.
"""

import random
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from shutil import copy, rmtree
from subprocess import PIPE
from time import sleep

from tests.crash.lab import DIGEST, ROOT, SECONDS, Lab, addresses, gone_within, make
from tests.crash.oracle import FarEnd, Taken, judge
from tests.crash.promise import Control, Outcome, Promise

READERS = 12
CONNECTIONS = 2
SOON = 0.01  # seconds between two looks at what has left
NAME = "digest.db"
# The command line, one command after the other: a new interpreter for each would be most of the time.
TERMINAL = """
import shlex, sys
from digest.cli.root import run
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    print(run(shlex.split(line)), file=answers, flush=True)
"""
ONCE = "import sys; from digest.cli.root import run; sys.exit(run(sys.argv[1:]))"
JOURNALS = ("-wal", "-shm")


@dataclass(slots=True)
class Trial:
    """`lab` sends, `other` is an empty place with the same configuration, `safe` what was put aside at first."""

    lab: Lab
    other: Lab
    safe: Path
    far: FarEnd
    terminal: subprocess.Popen[str]
    chance: random.Random
    starts: list[int] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.lab.folder / NAME

    def files(self) -> list[Path]:
        return sorted(self.lab.folder.glob(f"{NAME}*"))

    def deliver(self, lab: Lab) -> list[Taken]:
        """What a run sends."""
        before = len(self.far.taken())
        self.starts.append(self.far.server.sessions)
        self.run(lab, "deliver")
        return self.far.taken()[before:]

    def run(self, lab: Lab, *arguments: str) -> int:
        """The exit code of a command."""
        assert self.terminal.stdin
        assert self.terminal.stdout
        command = [*arguments, "--config", str(lab.folder / "config.toml")]
        print(shlex.join(command), file=self.terminal.stdin, flush=True)
        return int(self.terminal.stdout.readline() or -1)

    def done(self, lab: Lab, *arguments: str) -> None:
        code = self.run(lab, *arguments)
        assert not code, f"digest {shlex.join(arguments)} → {code}"

    def interrupt(self) -> None:
        """A run that is killed after a few messages; what it wrote last is in the journal only."""
        wanted = self.far.count + self.chance.randint(1, READERS // 2)
        self.starts.append(self.far.server.sessions)
        sender = self.lab.start("deliver")
        while self.far.count < wanted and sender.poll() is None:
            sleep(SOON)
        sender.kill()
        gone_within(sender, SECONDS)


Act = Callable[[Trial], None]


# To another place, in the state it is in


def cp(trial: Trial) -> None:
    """The files that SQLite needs, and some of ours."""
    for file in trial.files():
        if file.name.removeprefix(NAME) in ("", *JOURNALS) or trial.chance.random() < 0.5:
            copy(file, trial.other.folder)


def cp_r(trial: Trial) -> None:
    for file in trial.files():
        copy(file, trial.other.folder)


def sqlite_backup(trial: Trial) -> None:
    _by_sqlite(trial.database, trial.other.folder / NAME)
    for file in trial.files():
        if file.name.removeprefix(NAME) not in ("", *JOURNALS):
            copy(file, trial.other.folder)


def own_backup(trial: Trial) -> None:
    trial.done(trial.lab, "db", "backup", str(trial.safe / "backup.db"))
    trial.done(trial.other, "db", "restore", str(trial.safe / "backup.db"))


def mv_alone(trial: Trial) -> None:
    for part in ("", *JOURNALS):
        if (file := trial.lab.folder / f"{NAME}{part}").exists():
            file.rename(trial.other.folder / file.name)


def mv_all(trial: Trial) -> None:
    for file in trial.files():
        file.rename(trial.other.folder / file.name)


# Back to an older state, in the same place


def cp_over(trial: Trial) -> None:
    _forget_journals(trial)
    copy(trial.safe / NAME, trial.database)


def put_in_place(trial: Trial) -> None:
    _forget_journals(trial)
    copy(trial.safe / NAME, trial.lab.folder / "new").replace(trial.database)


def rm_and_cp(trial: Trial) -> None:
    _forget_journals(trial)
    trial.database.unlink()
    copy(trial.safe / NAME, trial.database)


def sqlite_restore(trial: Trial) -> None:
    _by_sqlite(trial.safe / NAME, trial.database)


def own_restore(trial: Trial) -> None:
    trial.done(trial.lab, "db", "restore", str(trial.safe / NAME))


def folder_over(trial: Trial) -> None:
    """As cp -a of everything."""
    _forget_journals(trial)
    for file in trial.safe.iterdir():
        copy(file, trial.lab.folder)


def folder_anew(trial: Trial) -> None:
    """As tar does after rm -r: in the same order, so that the file system gives the same numbers."""
    for file in trial.files():
        file.unlink()
    folder_over(trial)


COPIES: tuple[Act, ...] = (cp, cp_r, sqlite_backup, own_backup, mv_alone)
MOVES: tuple[Act, ...] = (mv_all,)
RETURNS: tuple[Act, ...] = (
    cp_over, put_in_place, rm_and_cp, sqlite_restore, own_restore, folder_over, folder_anew,
)  # fmt: skip
WAYS = (*RETURNS, *COPIES, *MOVES)


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
    early = [] if way in MOVES else trial.deliver(trial.other)
    if way not in MOVES:
        trial.done(trial.other, "db", "adopt")
    late = trial.deliver(trial.other)
    found = judge(trial.far.taken(), addresses(READERS), trial.starts)
    problems = [f"{len(early)} mails left the copy"] if early else []
    problems += [f"{each} had none" for each in found.missing] + list(found.wrong)
    problems += [f"{each} had two different ones" for each in found.differing]
    if found.copies > (CONNECTIONS if killed else 0):
        problems.append(f"{found.copies} mails came twice")
    return len(early), len(late), problems


def _older(trial: Trial, way: Act) -> tuple[int, int, list[str]]:
    """Nothing leaves an older state before it is adopted, and of what it had waiting nothing leaves after that."""
    for file in trial.files():
        copy(file, trial.safe)
    if trial.chance.random() < 0.5:
        trial.interrupt()
    else:
        trial.deliver(trial.lab)
    sent = len(trial.far.taken())
    way(trial)
    early = trial.deliver(trial.lab)
    trial.done(trial.lab, "db", "adopt", "--restored")
    late = trial.deliver(trial.lab)
    problems = [] if sent else ["nothing was sent before"]
    problems += [f"{len(early)} mails left the older state"] if early else []
    problems += [f"{len(late)} mails left after adopt --restored"] if late else []
    return len(early), len(late), problems


def _by_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copied:
        origin.backup(copied)


def _forget_journals(trial: Trial) -> None:
    """SQLite would play what the killed sender left into whatever comes next."""
    for part in JOURNALS:
        (trial.lab.folder / f"{NAME}{part}").unlink(missing_ok=True)


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


def _everything_waits_on(folder: Path, seed: int) -> Outcome:
    fault = "from digest.store.deliveries import Deliveries\nDeliveries.pass_over = lambda *_: 0"
    return campaign(folder, 2, seed, fault=fault, ways=(cp_over, own_restore))


P12 = Promise(
    "P12",
    "A database that was copied, cloned or restored sends nothing until it is adopted; then one that moved goes on "
    "where it was, and an older state sends nothing of what it had waiting.",
    campaign,
    short=10,
    long=60,
    controls=(
        Control("every database is taken for one that is at home", _at_home_everywhere),
        Control("the marks are not looked at", _without_marks),
        Control("the numbers of the files are not looked at", _without_numbers),
        Control("adopt --restored leaves what waits in the queue", _everything_waits_on),
    ),
)
