"""What the daemon costs while nothing is to do, and how it bears the minute in which everybody is due.

    python -m bench.bench_daemon [--idle 10000] [--minutes 10] [--rush 100000] [--sending 2]

`idle`: so many subscribers have had today's digest; memory with what makes it up, and processor time over the minutes.
`rush`: so many are due in the same minute; the longest stand of the event loop, seconds until all are queued, peak
memory, and messages a second for the first minutes of sending. 0 leaves one out. Exits 1 past a limit.
"""

import argparse
import http.client
import json
import multiprocessing
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from bench.bench_enqueue import paper, subscriber, vocabulary
from bench.bench_ledger import sink
from bench.footprint import children, imports, memory, processor_seconds, regions
from digest.clock import FixedClock, SystemClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.publish import publish
from digest.logs import configure
from digest.model import DeliveryState
from digest.store.engine import Store, open_store

PAPERS = 400
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
LIMITS = {"idle MB": 200.0, "idle %": 0.5, "rush MB": 600.0, "rush lag": 1.0}
LOOK = 0.1  # seconds between two questions to the event loop
SETTLE = 20  # seconds until an idle daemon has done what a start brings
CONFIG = """
[site]
base_url = "https://papers.example.org"
sender = "Papers <papers@example.org>"
secret = "0123456789abcdef0123456789abcdef"
[smtp]
port = {smtp}
[web]
listen = "127.0.0.1:{web}"
[[sources]]
name = "nowhere"
kind = "feed"
url = "http://127.0.0.1:1/feed"
"""


@dataclass(slots=True)
class Daemon:
    """The real program on a database in a folder of its own; what it says goes to `log`."""

    folder: Path
    web: int
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def said(self, event: str) -> list[dict[str, object]]:
        lines = self.log.read_text().splitlines()
        return [said for line in lines if line.startswith("{") and (said := json.loads(line))["event"] == event]

    def composing(self) -> list[int]:
        return children(self.process.pid)


@dataclass(slots=True)
class Looks:
    """How long the event loop takes for its smallest answer, asked again and again from outside."""

    port: int
    slowest: float = 0
    taken: list[float] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def look(self) -> None:
        while not self.over.wait(LOOK):
            begun = time.monotonic()
            with suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                connection.request("GET", "/no-such-page")
                connection.getresponse().read()
                connection.close()
                self.taken.append(time.monotonic() - begun)

    @property
    def worst(self) -> float:
        return max(self.taken, default=float("inf"))


@contextmanager
def looking(port: int) -> Iterator[Looks]:
    looks = Looks(port)
    thread = threading.Thread(target=looks.look)
    thread.start()
    try:
        yield looks
    finally:
        looks.over.set()
        thread.join()


def fill(store: Store, readers: int, due: datetime) -> None:
    """An edition of today, and readers who want their digest at the wall time of `due`, in a zone where it is noon."""
    chance, now = random.Random(1), SystemClock().now()
    words, zone = vocabulary(chance), near_noon(now)
    at = due.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)
    listed = [replace(paper(number, words, chance), published_at=now - 5 * HOUR) for number in range(PAPERS)]
    store.papers.save(listed, (), source="bench", seen_at=now - HOUR)
    publish(store, FixedClock(now), 4, ())
    for start in range(0, readers, 1000):
        batch = [subscriber(number, words, chance) for number in range(start, min(start + 1000, readers))]
        store.subscribers.add_many([replace(one, at=at, zone=zone) for one in batch], now)
    enqueue(store, FixedClock(now), Rules(min_score=0), Terms(4, 12 * HOUR))


def near_noon(now: datetime) -> str:
    """A zone where a few hours earlier or later is the same date."""
    hours = 12 - now.hour
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


@contextmanager
def mail_server() -> Iterator[int]:
    port, ready = multiprocessing.Value("i"), multiprocessing.Event()
    server = multiprocessing.Process(target=sink, args=(port, ready), daemon=True)
    server.start()
    ready.wait()
    yield port.value
    server.terminate()


@contextmanager
def serving(folder: Path, smtp: int) -> Iterator[Daemon]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        web = probe.getsockname()[1]
    (folder / "config.toml").write_text(CONFIG.format(smtp=smtp, web=web))
    command = [sys.executable, "-m", "digest", "serve", "--json", "--config", str(folder / "config.toml")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield Daemon(folder, web, process)
        finally:
            process.terminate()


def database(folder: Path) -> str:
    return f"sqlite:///{folder / 'digest.db'}"


def wait_until(done: Callable[[], bool], seconds: float, daemon: Daemon) -> None:
    ends = time.monotonic() + seconds
    while not done():
        if daemon.process.poll() is not None or time.monotonic() > ends:
            sys.exit(f"it did not come to that in {seconds:.0f} s:\n{daemon.log.read_text()[-2000:]}")
        Event().wait(0.2)


def idle(folder: Path, readers: int, minutes: float) -> list[str]:
    """All are sent their digest at first, as on any morning: what that leaves behind counts too."""
    with open_store(database(folder)) as store:
        fill(store, readers, SystemClock().now() - HOUR)
    with mail_server() as smtp, serving(folder, smtp) as daemon:
        everybody_served(daemon, readers)
        Event().wait(SETTLE)
        share, at_work = spent(daemon, minutes)
        used = told("after the morning's work", daemon)
    with mail_server() as smtp, serving(folder, smtp) as daemon:
        wait_until(lambda: bool(daemon.said("started")), 60, daemon)
        Event().wait(SETTLE)
        told("just started, nobody due", daemon)
    print(f"  processor: {share:.2f} % of one core over {minutes:g} minutes{at_work}")
    return past("idle MB", used) + past("idle %", share)


def everybody_served(daemon: Daemon, readers: int) -> None:
    def done() -> bool:
        return sum(int(str(said.get("sent", 0))) for said in daemon.said("delivered")) >= readers

    wait_until(done, 60 + readers / 20, daemon)


def spent(daemon: Daemon, minutes: float) -> tuple[float, str]:
    """Percent of one core, by the daemon and by what composes for it."""
    family = [daemon.process.pid, *daemon.composing()]
    before, begun = [processor_seconds(each) for each in family], time.monotonic()
    Event().wait(minutes * 60)
    used = [processor_seconds(each) - was for each, was in zip(family, before, strict=True)]
    passed = time.monotonic() - begun
    return sum(used) / passed * 100, f" (daemon {used[0]:.2f} s, composing {sum(used[1:]):.2f} s)"


def told(when: str, daemon: Daemon) -> float:
    """Megabytes of the daemon and of what composes for it, without what they share counted twice."""
    print(f"idle, {when}")
    own, others = memory(daemon.process.pid), [memory(each) for each in daemon.composing()]
    print(f"  daemon    {own}")
    for each in others:
        print(f"  composing {each}")
    for name, megabytes in regions(daemon.process.pid):
        print(f"    {megabytes:6.1f} MB  {name}")
    return own.rss


def rush(folder: Path, readers: int, minutes: float) -> list[str]:
    """They are due some time after the start; the daemon is at rest until then."""
    due = (SystemClock().now() + MINUTE * (1.5 + readers / 60_000)).replace(second=0, microsecond=0) + MINUTE
    with open_store(database(folder)) as store:
        fill(store, readers, due)
    if SystemClock().now() > due - 15 * SECOND:
        sys.exit("this machine is too slow to be ready in time")
    with mail_server() as smtp, serving(folder, smtp) as daemon, looking(daemon.web) as looks:
        while SystemClock().now() < due:
            Event().wait(LOOK)
        calm, looks.taken = looks.worst, []
        before = processor_seconds(daemon.process.pid)
        wait_until(lambda: sum(int(str(said["queued"])) for said in daemon.said("enqueued")) >= readers, 900, daemon)
        queued_after = (SystemClock().now() - due).total_seconds()
        queueing, looks.taken = looks.worst, []
        used = processor_seconds(daemon.process.pid) - before
        print(f"rush, {readers} due at once")
        print(f"  all queued {queued_after:.1f} s after the minute, {used:.1f} s of processor time")
        speed = sent_per_second(folder, minutes)
        sending = looks.worst
        own, others = memory(daemon.process.pid), [memory(each) for each in daemon.composing()]
        lags = [float(str(said["lag"])) for said in daemon.said("beat") if "lag" in said]
    print(
        f"  slowest answer of the event loop: at rest {calm:.2f} s, queueing {queueing:.2f} s, sending {sending:.2f} s"
    )
    print(f"  {speed:.0f} messages a second over {minutes:g} minutes")
    print(f"  daemon    {own}")
    for each in others:
        print(f"  composing {each}")
    return past("rush MB", own.peak) + past("rush lag", max(queueing, sending, *lags))


def sent_per_second(folder: Path, minutes: float) -> float:
    with open_store(database(folder)) as store:
        before, begun = store.deliveries.counts().get(DeliveryState.SENT, 0), time.monotonic()
        Event().wait(minutes * 60)
        return (store.deliveries.counts().get(DeliveryState.SENT, 0) - before) / (time.monotonic() - begun)


def past(what: str, figure: float) -> list[str]:
    return [f"{what}: {figure:.2f} is past the limit of {LIMITS[what]:g}"] if figure > LIMITS[what] else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rush", type=int, default=100_000)
    parser.add_argument("--sending", type=float, default=2)
    given = parser.parse_args()
    configure(level="error")
    over: list[str] = []
    print("imports, in this order        RSS  private")
    rows = imports()
    for name, resident, private in [*rows, ("all of it", sum(r[1] for r in rows), sum(r[2] for r in rows))]:
        print(f"  {name:36} {resident:6.1f} {private:6.1f} MB")
    for scene, size, minutes in ((idle, given.idle, given.minutes), (rush, given.rush, given.sending)):
        if size:
            with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix="bench-") as name:
                over += scene(Path(name), size, minutes)
    print("\n".join(over) or "all within the limits")
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
