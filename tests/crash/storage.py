"""P13: the storage fails in the thick of sending, and comes back.

In:    the real daemon with short deadlines; a disk that is full, broken or read-only, a lock, a PostgreSQL that dies.
Out:   what the far end got meanwhile and in the end, and what the daemon said.
Never: a kill of the daemon: it has to live through all of it.
"""

import json
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic

from tests.crash.hasty import GIVES_UP, NONE, program
from tests.crash.lab import ROOT, Lab, addresses, gone_within, make
from tests.crash.oracle import FarEnd, judge
from tests.crash.promise import Control, Outcome, Promise
from tests.crash.server import PostgreSQL
from tests.crash.troubles import PATIENCE, Trouble, mount_small_disk, of_postgresql, of_sqlite

CONNECTIONS = 4
ANSWER = 0.02  # seconds that the far end takes over each message, so that a trouble finds some in flight
MOST = 12  # messages between two troubles
SPARE = 30  # messages for the end, when there is no trouble
AFTERWARDS = 1.5  # seconds a trouble goes on once it was noticed: a tick comes in between
NEWS = ("is full", "cannot be read or written", "locked by another program", "cannot use PostgreSQL", "read-only")


@dataclass(slots=True)
class Course:
    """One daemon and what happened to it."""

    lab: Lab
    far: FarEnd
    daemon: subprocess.Popen[bytes]
    chance: random.Random
    times: Counter[str] = field(default_factory=Counter)
    noticed: int = 0
    slowest: float = 0  # seconds from the end of a trouble to the next message
    broken: list[str] = field(default_factory=list)

    def suffer(self, trouble: Trouble) -> None:
        """At a random moment of sending."""
        self._sends(self.chance.randint(2, MOST))
        _pause(self.chance.uniform(0, 0.1))
        said = self._news()
        with trouble.begin(self.daemon):
            begun = self.far.count
            if not trouble.brief and self._until(lambda: self._news() > said, PATIENCE):
                _pause(AFTERWARDS)
            late = self.far.count - begun
        ended = monotonic()
        self._sends(1)
        self.slowest = max(self.slowest, monotonic() - ended)
        self.times[trouble.name] += 1
        self.noticed += self._news() > said
        if late > CONNECTIONS:
            self.broken.append(f"{trouble.name}: {late} messages were sent while nothing could be written down")
        if self._news() == said and not trouble.brief:
            self.broken.append(f"{trouble.name}: the daemon said nothing of it")

    def end(self, subscribers: int) -> None:
        """No more trouble: all get theirs, and the daemon leaves when told."""
        self._sends(subscribers - len({each.recipient for each in self.far.taken()}))
        _pause(AFTERWARDS)  # what would come twice comes now
        self.daemon.send_signal(signal.SIGTERM)
        if not gone_within(self.daemon, PATIENCE):
            self.broken.append("the daemon does not stop")
            self.daemon.kill()
        elif self.daemon.returncode:
            self.broken.append(f"the daemon ended with {self.daemon.returncode}: {self.lab.last_words()}")

    def _sends(self, messages: int) -> None:
        wanted = self.far.count + messages
        if not self.broken and not self._until(lambda: self.far.count >= wanted, PATIENCE):
            self.broken.append(f"sending did not go on within {PATIENCE:.0f} s: {self.lab.last_words()}")

    def _until(self, so: Callable[[], bool], seconds: float) -> bool:
        """Whether it became so while the daemon lived."""
        ends = monotonic() + seconds
        while not so():
            if monotonic() >= ends or self.daemon.poll() is not None:
                return False
            _pause(0.02)
        return True

    def _news(self) -> int:
        said = self.lab.log.read_text(errors="replace")
        return sum(said.count(each) for each in NEWS)


def campaign(folder: Path, size: int, seed: int, *, variant: str = NONE) -> Outcome:
    """PostgreSQL is restarted `size` times; each other trouble comes a fifth as often."""
    sqlite = _on_sqlite(folder / "sqlite", max(1, size // 5), seed, variant)
    return _together(sqlite, _on_postgresql(folder / "postgresql", size, seed, variant))


def _control(variant: str, folder: Path, seed: int) -> Outcome:
    return _on_sqlite(folder / "sqlite", 2, seed, variant)


def _on_postgresql(folder: Path, times: int, seed: int, variant: str) -> Outcome:
    with PostgreSQL() as server:
        return _course(folder, server.url, of_postgresql(server, times), seed, variant)


def _on_sqlite(folder: Path, times: int, seed: int, variant: str) -> Outcome:
    """In a process with mounts of its own, where a small disk harms nobody."""
    if shutil.which("strace") is None:
        raise RuntimeError("strace is missing: apt-get install strace")
    inside = [sys.executable, "-m", "tests.crash.storage", str(folder), str(times), str(seed), variant]
    done = subprocess.run(
        ["unshare", "-m", "--kill-child", *inside], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"a small disk takes root, unshare and mount: {done.stderr}")
    return Outcome(**json.loads(done.stdout))


def _inside(folder: str, times: str, seed: str, variant: str) -> Outcome:
    disk = Path(folder) / "disk"
    disk.parent.mkdir(parents=True)
    mount_small_disk(disk)
    file = disk / "digest.db"
    return _course(disk.parent / "lab", f"sqlite:///{file}", of_sqlite(file, int(times)), int(seed), variant)


def _course(folder: Path, url: str, troubles: list[Trouble], seed: int, variant: str) -> Outcome:
    chance = random.Random(seed)
    chance.shuffle(troubles)
    subscribers = (MOST + CONNECTIONS) * len(troubles) + SPARE
    with FarEnd(folder.with_suffix(".far")) as far:
        far.server.meanwhile("DOT", lambda: _pause(ANSWER))
        lab = make(folder, smtp=far.port, url=url, connections=CONNECTIONS, program=program(variant))
        lab.fill(subscribers)
        with lab.running("serve", "--only", "scheduler") as daemon:
            course = Course(lab, far, daemon, chance)
            for trouble in troubles:
                if not course.broken:
                    course.suffer(trouble)
            course.end(subscribers)
        return _judged(course, subscribers)


def _judged(course: Course, subscribers: int) -> Outcome:
    found = judge(course.far.taken(), addresses(subscribers), [0])
    broken = [
        *course.broken,
        *found.wrong,
        *(f"lost: {address} has no mail" for address in found.missing),
        *([f"{found.copies} messages came twice, though nobody was killed"] if found.copies else []),
    ]
    figures: dict[str, object] = {
        **course.times,
        "told of in the log": course.noticed,
        "messages": subscribers,
        "lost": len(found.missing),
        "extra copies": found.copies,
        "slowest to go on, seconds": round(course.slowest, 1),
    }
    return Outcome(figures, broken)


def _together(sqlite: Outcome, postgresql: Outcome) -> Outcome:
    figures = {
        f"{name}: {what}": value
        for name, one in (("SQLite", sqlite), ("PostgreSQL", postgresql))
        for what, value in one.figures.items()
    }
    return Outcome(figures, [*sqlite.broken, *postgresql.broken])


def _pause(seconds: float) -> None:
    Event().wait(seconds)


P13 = Promise(
    "P13",
    "While the disk is full, broken or read-only, the database locked, or PostgreSQL away, no message is begun; "
    "nothing is lost, nothing goes twice, and when the trouble is over sending goes on by itself.",
    campaign,
    short=5,
    long=50,
    controls=(
        Control(
            "an answer that cannot be written down at once is forgotten",
            r"came twice|lost: |did not go on",
            partial(_control, GIVES_UP),
        ),
        Control("no answer is written down", r"came twice|lost: |did not go on", partial(_control, "settle-forgets")),
    ),
)


if __name__ == "__main__":
    print(json.dumps(asdict(_inside(*sys.argv[1:]))))
