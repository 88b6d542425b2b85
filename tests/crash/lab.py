"""A place where the real program runs and is treated badly: a folder with its configuration and its database.

In:    a folder, the port of the far end, how many subscribers.
Out:   the program as a process; one digest queued for each subscriber, fresh by the system's clock.
Never: a database of somebody else, a step of the program in this process once the lab is filled.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from shutil import copy

from digest.clock import FixedClock, SystemClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.publish import publish
from digest.logs import configure
from digest.model import Paper, Subscriber, Topic, TopicKind
from digest.store.engine import Store, open_store
from tests.jobs.conftest import FOLDING, list_papers

ROOT = Path(__file__).parents[2]
HEEDS_INTERRUPTS = ("env", "--default-signal=INT")  # else it inherits the deafness of a shell's background
DIGEST = (sys.executable, "-m", "digest")
CONFIG = """
[site]
name = "Morning papers"
base_url = "https://papers.example.org"
sender = "Morning papers <papers@example.org>"
secret = "0123456789abcdef0123456789abcdef"

[database]
url = "{url}"

[smtp]
port = {smtp}
connections = {connections}
on_uncertain = "{on_uncertain}"

[digest]
min_score = 0.0

[[sources]]
name = "nowhere"
kind = "feed"
url = "http://127.0.0.1:1/feed"
{more}
"""
HOUR = timedelta(hours=1)
SECONDS = 300  # how long a command that is waited for may take


@dataclass(frozen=True, slots=True)
class Lab:
    """`program` is what stands before the arguments: the real one, or one broken on purpose."""

    folder: Path
    url: str
    program: tuple[str, ...] = DIGEST

    @property
    def log(self) -> Path:
        """What all its processes said."""
        return self.folder / "log"

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """The program with these arguments, in a process group of its own; what it says goes to `log`."""
        command = [*HEEDS_INTERRUPTS, *self._command(arguments)]
        known = {**os.environ, **(environment or {})}
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=known, stdout=log, stderr=log, start_new_session=True)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """The same; afterwards it is dead with all its children, whatever became of who started it."""
        process = self.start(*arguments)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same, waited for, with its output."""
        return subprocess.run(
            self._command(arguments), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [*self.program, *arguments, "--config", str(self.folder / "config.toml")]

    def last_words(self) -> str:
        """The last line of what was said."""
        return (self.log.read_text(errors="replace").splitlines() or ["nothing was said"])[-1]

    def store(self) -> Store:
        """The store in this process, to be closed."""
        return open_store(self.url)

    def fill(self, subscribers: int) -> None:
        """One edition, that many active subscribers, one digest queued for each; `addresses` names them."""
        configure(level="warning")
        clock = FixedClock(SystemClock().now())
        with self.store() as store:
            list_papers(store, *_papers(clock.now()), at=clock.now() - HOUR)
            publish(store, clock, 4, ())
            _queue(store, clock, addresses(subscribers))

    def add(self, address: str) -> None:
        """One more subscriber, with a digest of the same edition queued."""
        with self.store() as store:
            _queue(store, FixedClock(SystemClock().now()), [address])

    def copy(self, filled: "Lab") -> None:
        """The SQLite database of another lab, which must be at rest; this one may send from its copy."""
        copy(_file(filled.url), _file(self.url))
        with self.store() as store:
            store.adopt()


def make(
    folder: Path,
    *,
    smtp: int,
    url: str = "",
    on_uncertain: str = "resend",
    connections: int = 4,
    program: tuple[str, ...] = DIGEST,
    more: str = "",
) -> Lab:
    """A lab in a new folder; without `url` its database is a SQLite file there. `more` ends the configuration."""
    folder.mkdir(parents=True)
    url = url or f"sqlite:///{folder / 'digest.db'}"
    values = {"url": url, "smtp": smtp, "connections": connections, "on_uncertain": on_uncertain, "more": more}
    (folder / "config.toml").write_text(CONFIG.format(**values))
    return Lab(folder, url, program)


def gone_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the process ends by itself in that time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def addresses(subscribers: int) -> list[str]:
    return [f"reader{number:05}@example.org" for number in range(subscribers)]


def _queue(store: Store, clock: FixedClock, readers: list[str]) -> None:
    store.subscribers.add_many([_reader(each, clock.now()) for each in readers], clock.now())
    queued = enqueue(store, clock, Rules(min_score=0), Terms(4, 12 * HOUR)).queued
    assert queued == len(readers), f"{queued} of {len(readers)} queued"


def _papers(now: datetime) -> list[Paper]:
    return [replace(each, published_at=now - 5 * HOUR) for each in FOLDING]


def _reader(address: str, now: datetime) -> Subscriber:
    """Somebody who has just been due, and will not be due again for most of a day."""
    west = (now.hour - 12) % 24  # where it is past noon
    zone = f"Etc/GMT{'+' if west <= 12 else '-'}{west if west <= 12 else 24 - west}"
    topics = (Topic(TopicKind.PHRASE, "paper folding"),)
    return Subscriber(address=address, zone=zone, at=time(12, 0), topics=topics)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
