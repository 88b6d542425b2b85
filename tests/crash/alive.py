"""The daemon alive, in a world where the time is told: a feed that fills, a mail server, a clock that is set.

In:    a folder, readers, a program that serves; the port of the mail server.
Out:   the process; a tick is over when the daemon says that it has gone through its work with the clock as it is.
Never: a step of the daemon in this process.
"""

import re
import signal
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from threading import Event
from time import monotonic

import psutil

from digest.model import Subscriber
from tests.crash.days import START, sheet
from tests.crash.lab import Lab, gone_within, make
from tests.wall_clock import WallClock

LISTED = 12  # the newest sheets stand in the feed
PATIENCE = 40.0  # seconds for a tick: one that has not come by then does not come
LOOK = 0.05
ORDER = ("ingest", "enqueue", "deliver")
TICKS = re.compile(rb'^digest_tick_seconds_count\{tick="(\w+)"\} ([\d.]+)', re.MULTILINE)
SOURCES = """
[web]
listen = "127.0.0.1:{web}"
metrics_listen = "127.0.0.1:{metrics}"
[[sources]]
name = "sheets"
kind = "feed"
url = "{feed}"
every_minutes = 5
"""


@dataclass(slots=True)
class Feed:
    """Lists the newest of the sheets there are, without dates."""

    url: str
    sheets: int = 0

    def content(self) -> bytes:
        newest = range(max(1, self.sheets - LISTED + 1), self.sheets + 1)
        items = "".join(_item(number) for number in newest)
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Sheets</title>{items}</channel></rss>'.encode()


def _item(number: int) -> str:
    paper = sheet(number, START)
    place = f"https://papers.example.org/{number}"
    return (
        f"<item><title>{paper.title}</title><link>{place}</link><guid>{place}</guid>"
        f"<author>{paper.authors[1]}</author><description>{paper.abstract}</description></item>"
    )


@contextmanager
def feed() -> Iterator[Feed]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = made.content()
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Feed(f"http://127.0.0.1:{server.server_port}/feed")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


@dataclass(slots=True)
class Alive:
    """A daemon under a clock. `process` is None while it is switched off."""

    lab: Lab
    clock: WallClock
    feed: Feed
    metrics: int
    patience: float = PATIENCE
    process: "Popen[bytes] | None" = None
    late: int = 0  # ticks that did not come in time
    slowest: float = 0
    broken: list[str] = field(default_factory=list)

    def switch_on(self) -> None:
        self.process = self.lab.start("serve")

    def switch_off(self) -> None:
        """As an operator does."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        if not gone_within(self.process, self.patience):
            self.broken.append("the daemon does not stop")
        elif self.process.returncode:
            self.broken.append(f"the daemon ended with {self.process.returncode}: {self.lab.last_words()}")
        self.kill()

    def fall_asleep(self) -> None:
        """As when the lid is closed: no time passes for it."""
        self._all(signal.SIGSTOP)

    def wake_up(self) -> None:
        self._all(signal.SIGCONT)

    def kill(self) -> None:
        self._all(signal.SIGKILL)
        if self.process:
            self.process.wait()
        self.process = None

    def _all(self, number: signal.Signals) -> None:
        """It and what composes for it, which has a session of its own."""
        with suppress(psutil.NoSuchProcess):
            if self.process:
                root = psutil.Process(self.process.pid)
                for each in (*root.children(recursive=True), root):
                    each.send_signal(number)

    def news(self, number: int) -> None:
        """One more sheet stands in the feed."""
        self.feed.sheets = number

    def tick(self) -> None:
        """Until it has read and mailed once from beginning to end; or that is long overdue."""
        assert self.process
        begun = monotonic()
        done = self._until(lambda: self._ticks() is not None, begun)
        for name in ORDER:  # the first end may be that of a run that began before the clock was set
            before = self._ticks() or {}
            done = done and self._until(partial(self._passed, before, name), begun)
        self.late += not done
        self.slowest = max(self.slowest, monotonic() - begun)
        if gone_within(self.process, 0):
            self.broken.append(f"the daemon ended with {self.process.returncode}: {self.lab.last_words()}")

    def _until(self, so: Callable[[], bool], begun: float) -> bool:
        while not so():
            if monotonic() - begun > self.patience or self.process is None or self.process.poll() is not None:
                return False
            Event().wait(LOOK)
        return True

    def _passed(self, before: dict[str, float], name: str) -> bool:
        return (self._ticks() or before).get(name, 0) >= before.get(name, 0) + 2

    def _ticks(self) -> dict[str, float] | None:
        """How many of each have ended, as the daemon counts; None while it cannot be asked."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/metrics", timeout=self.patience) as answer:
                return {name.decode(): float(count) for name, count in TICKS.findall(answer.read())}
        except OSError:
            return None


@contextmanager
def alive(folder: Path, program: Sequence[str], smtp: int, readers: Sequence[Subscriber]) -> Iterator[Alive]:
    """Switched on, at START; afterwards it is dead with all its children."""
    folder.mkdir(parents=True, exist_ok=True)
    clock, metrics = WallClock(folder, START), free_port()
    with feed() as sheets:
        more = SOURCES.format(web=free_port(), metrics=metrics, feed=sheets.url)
        lab = make(folder / "lab", smtp=smtp, program=clock.before(*program), more=more)
        with lab.store() as store:
            store.subscribers.add_many(readers, START)
        made = Alive(lab, clock, sheets, metrics)
        made.switch_on()
        try:
            yield made
        finally:
            made.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
