"""The whole program on the loopback, without its wait: pages, jobs, a database, sources and a mail server, all real.

In:    a folder; where the clock is to stand.
Out:   an address that browsers reach, and the mail that came of what they did there.
Never: real time: it passes when a test says so, and the work of the ticks is done then.
"""

import asyncio
import re
import socket
import sqlite3
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from digest.app import App, open_app
from digest.clock import Clock
from digest.config import load
from digest.daemon import Daemon
from digest.demo import sample
from digest.demo.cast import cast
from digest.demo.feeds import Feeds, serving
from digest.demo.replay import StageClock
from digest.model import Site, Subscriber
from digest.rounds import Rounds
from digest.ticks import Tick
from digest.tokens import Purpose
from digest.web.listener import Listener
from tests.smtp import SmtpServer

DAYS = sample.DAYS
BEFORE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # nothing is there yet
PATIENCE = 60  # seconds until we call it stuck
CONFIG = """
[site]
name = "Morning papers"
base_url = "http://127.0.0.1:{web}"
sender = "Morning papers <papers@example.org>"
reply_to = "team@example.org"
postal_address = "Example Institute, 1 Harbour Street, 12345 Sampletown"
secret = "the-secret-of-the-browser-is-no-secret-at-all"
[database]
url = "sqlite:///{folder}/digest.db"
[smtp]
port = {smtp}
security = "none"
[schedule]
edition_hour_utc = 7
[digest]
papers = 6
[web]
listen = "127.0.0.1:{web}"
{pages}
[[sources]]
name = "arxiv"
kind = "arxiv-rss"
url = "{feeds}"
categories = [{categories}]
[[sources]]
name = "huggingface"
kind = "huggingface"
url = "{feeds}"
"""


class Lab:
    """One running site. Its work is done in a thread of its own, as in the daemon beside the pages."""

    def __init__(self, app: App, rounds: Rounds, smtp: SmtpServer, clock: StageClock, loop: asyncio.AbstractEventLoop):
        self.app, self.smtp, self.clock = app, smtp, clock
        self._rounds, self._loop = rounds, loop

    @property
    def url(self) -> str:
        return self.app.site.base_url

    @property
    def site(self) -> Site:
        return self.app.site

    def later(self, **wait: float) -> None:
        """Time passes, and nothing is done."""
        self.clock.moment += timedelta(**wait)

    def work(self) -> None:
        """What the daemon does at each tick: read, publish, answer, enqueue, deliver."""
        self._wait_for(self._work())
        assert not self._rounds.sending, self._rounds.sending

    def until(self, day: date, at: time = time(14, 30)) -> None:
        """Time passes to that hour (UTC) of a day, with the work of the ticks whenever the sources had something."""
        moment = datetime.combine(day, at, UTC)
        polls = [poll for each in DAYS for poll in sample.polls(each) if self.clock.moment < poll < moment]
        for passed in (*polls, moment):
            self.clock.moment = passed
            self.work()

    def mails(self, address: str) -> list[EmailMessage]:
        """What came for an address, the oldest first."""
        came = [mail.message for mail in self.smtp.mails if mail.recipient == address]
        return [message_from_bytes(message, policy=policy.default) for message in came]

    def subscriber(self, address: str) -> Subscriber:
        found = self.app.store.subscribers.get(address)
        assert found, f"nobody has {address}"
        return found

    def path(self, purpose: Purpose, subscriber: Subscriber) -> str:
        """Of their page for that purpose."""
        return f"/{purpose}/{self.app.tokens.issue(purpose, subscriber.id, subscriber.token_version)}"

    def dump(self) -> list[str]:
        """All that is in the database."""
        with closing(sqlite3.connect(self.app.store.database.url.database or "")) as database:
            return list(database.iterdump())

    async def _work(self) -> None:
        for step in (self._rounds.ingest, self._rounds.enqueue, self._rounds.deliver):
            await step(Tick("by hand", PATIENCE, step, PATIENCE))

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)


@contextmanager
def running(folder: Path, *, now: datetime = BEFORE, pages: str = "") -> Iterator[Lab]:
    """A site without subscribers or papers; `pages` are further lines of its table `[web]`."""
    clock = StageClock(now)
    with ExitStack() as stack:
        papers, smtp = sample.read(), stack.enter_context(SmtpServer())
        values = {
            "web": _free_port(),
            "smtp": smtp.port,
            "folder": folder,
            "pages": pages,
            "feeds": stack.enter_context(serving(Feeds(papers, clock))),
            "categories": ", ".join(f'"{each}"' for each in papers.categories()),
        }
        file = folder / "config.toml"
        file.write_text(CONFIG.format(**values), encoding="utf-8")
        loop = stack.enter_context(_looping())
        parts = AsyncExitStack()
        app, rounds = _in(loop, _start(parts, file, clock))
        stack.callback(lambda: _in(loop, parts.aclose()))
        yield Lab(app, rounds, smtp, clock, loop)


async def _start(stack: AsyncExitStack, file: Path, clock: Clock) -> tuple[App, Rounds]:
    """What the daemon starts, but for its ticks and its signals."""
    daemon = Daemon(lambda: load(file), clock)
    app = stack.enter_context(open_app(daemon.read(), clock))
    seat = stack.enter_context(app.store.seat())
    press = await stack.enter_async_context(app.press())
    listener = stack.enter_context(Listener())
    await stack.enter_async_context(listener.serving(daemon._pages(app), app.listen, lambda: None))
    return app, Rounds(app, seat, press, stopping=lambda: False, ending=lambda: False)


@contextmanager
def _looping() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab")
    thread.start()
    try:
        yield loop
    finally:
        _in(loop, loop.shutdown_default_executor())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _in(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def with_cast(lab: Lab) -> list[Subscriber]:
    """The demo's three readers, each at two in the afternoon of the universal time."""
    now = lab.clock.now()
    two = [
        replace(each, at=datetime.combine(now, time(14), UTC).astimezone(ZoneInfo(each.zone)).time()) for each in cast()
    ]
    return [lab.app.store.subscribers.add(each, now) for each in two]


def links(message: EmailMessage) -> list[str]:
    """Every address in the text of a mail, in its order."""
    part = message.get_body(("plain",))
    assert part
    return re.findall(r"https?://[^\s<>()]+", str(part.get_content()))
