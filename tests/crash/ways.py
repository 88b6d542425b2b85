"""The ways in which an operator copies a database, moves it, or puts an older state of it back.

In:    a trial: a lab that sends, an empty place beside it, what was put aside at first.
Out:   the database somewhere else, or the older state in its place.
Never: two that both were told to send.
"""

import random
import shlex
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy
from time import sleep

from tests.crash.lab import SECONDS, Lab, gone_within
from tests.crash.oracle import FarEnd, Taken

READERS = 12
SOON = 0.01  # seconds between two looks at what has left
NAME = "digest.db"
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
    code: int = 0  # of the last run

    @property
    def database(self) -> Path:
        return self.lab.folder / NAME

    def files(self) -> list[Path]:
        return sorted(self.lab.folder.glob(f"{NAME}*"))

    def deliver(self, lab: Lab) -> list[Taken]:
        """What a run sends."""
        before = len(self.far.taken())
        self.starts.append(self.far.server.sessions)
        self.code = self.run(lab, "deliver")
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


def _by_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copied:
        origin.backup(copied)


def _forget_journals(trial: Trial) -> None:
    """SQLite would play what the killed sender left into whatever comes next."""
    for part in JOURNALS:
        (trial.lab.folder / f"{NAME}{part}").unlink(missing_ok=True)
