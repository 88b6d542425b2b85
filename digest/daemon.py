"""The daemon: ticks beside the web server, until a signal asks it to stop, or to read its configuration again.

In:    a way to read the configuration.
Out:   the jobs run when their tick comes; the store decides what there is to do.
Never: two runs of one job at a time, a stop in the middle of a message, an end for a configuration that is bad.
"""

import asyncio
import faulthandler
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from fastapi import FastAPI

from digest.app import App, open_app
from digest.clock import Clock
from digest.config import Config
from digest.errors import DigestError
from digest.rounds import Rounds
from digest.systemd import Systemd
from digest.ticks import Ticks
from digest.watchdog import WELL, Watchdog, ping
from digest.web.listener import Listener
from digest.web.server import create_app

log = structlog.get_logger()

INGEST_SECONDS = 60  # each source has its own time within
MAIL_SECONDS = 30
UPKEEP_SECONDS = 3600
STOP_SECONDS = 22  # with those of the pages 30 at the most; messages get 15
WATCHDOG_SECONDS = 60.0  # where systemd names no other

Read = Callable[[], Config]


def serve(read: Read, clock: Clock, only: str | None = None) -> None:
    """Runs the scheduler and the web server (`only` one of them) until SIGTERM or SIGINT; SIGHUP reads anew.

    Raises ConfigError for a configuration that cannot be used, ListenError for a taken address, StoreError when another
    process sends from this database, or it must not be sent from.
    """
    faulthandler.enable()  # what a watchdog ends says where it stood
    asyncio.run(Daemon(read, clock, only).live())


@dataclass(slots=True)
class Daemon:
    """A process that lives with one configuration after the other."""

    read: Read
    clock: Clock
    only: str | None = None
    systemd: Systemd = field(default_factory=Systemd)
    listener: Listener = field(default_factory=Listener)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)  # to stop, or to read the configuration again
    good: Config | None = None  # the last one that it lived with
    loop: asyncio.AbstractEventLoop | None = None
    knocked: Callable[[], None] | None = None  # what is done when somebody on the web waits for a letter

    async def live(self) -> None:
        loop = self.loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, self.asked.set)
        with self.listener:
            config: Config | None = self.read()
            while config and not self.stop.is_set():
                config = await self._live_with(config)

    async def _live_with(self, config: Config) -> Config | None:
        """What is started first is ended last. Returns the configuration to go on with; None at the end."""
        over = asyncio.Event()
        async with AsyncExitStack() as stack:
            try:
                await self._start(stack, config, over)
            except DigestError as error:
                if self.good in (None, config):
                    raise
                return self._refuse(error)
            self.good = config
            self.systemd.ready(WELL)
            following = await self._following()
            over.set()
            log.info("starting anew" if following else "stopping")
        return following

    async def _start(self, stack: AsyncExitStack, config: Config, over: asyncio.Event) -> None:
        app = stack.enter_context(open_app(config, self.clock))
        if self.only != "web":
            seat = stack.enter_context(app.store.seat())
            press = await stack.enter_async_context(app.press())
            if address := config.web.metrics_address:
                stack.callback(app.metrics.serve_metrics(address))
        if self.only != "scheduler":
            await stack.enter_async_context(self.listener.serving(self._pages(app), app.listen, self._end))
        if self.only != "web":
            ending = self.stop.is_set
            rounds = Rounds(app, seat, press, stopping=lambda: over.is_set() or ending(), ending=ending)
            await stack.enter_async_context(self._ticking(app, rounds))
        else:
            await stack.enter_async_context(self._watched(ping(self.systemd, self._interval)))
        pages_at = {} if self.only == "scheduler" else {"listen": "{}:{}".format(*app.listen)}
        log.info("started", parts=self.only or "scheduler, web", **pages_at)

    def _pages(self, app: App) -> FastAPI:
        parts = app.store, app.tokens, app.templates, app.site, app.clock
        return create_app(
            *parts, rules=app.rules, usual=app.usual, options=app.web, knock=self._knock, sources=app.source_names
        )

    def _knock(self) -> None:
        """Somebody waits for a letter. Called from threads of the pages."""
        if self.loop and self.knocked:
            self.loop.call_soon_threadsafe(self.knocked)

    @asynccontextmanager
    async def _ticking(self, app: App, rounds: Rounds) -> AsyncIterator[None]:
        ticks = Ticks(app.clock, app.metrics, patience=self._interval)
        ticks.every(INGEST_SECONDS, "ingest", rounds.ingest)
        ticks.every(MAIL_SECONDS, "enqueue", rounds.enqueue)
        ticks.every(MAIL_SECONDS, "deliver", rounds.deliver)
        ticks.every(UPKEEP_SECONDS, "upkeep", rounds.upkeep)
        rounds.when_read = lambda: ticks.at_once("enqueue")
        rounds.when_enqueued = lambda: ticks.at_once("deliver")
        self.knocked = lambda: ticks.at_once("enqueue")
        watchdog = Watchdog(
            app.store, ticks, app.clock, app.metrics, self.systemd, self._interval, lambda: rounds.sending
        )
        async with self._watched(watchdog.watch()):
            ticks.start()
            try:
                yield
            finally:
                self.knocked = None
                await self._unless_stopped(ticks.finished("deliver"))  # else a reload would send messages twice
                await ticks.halt(STOP_SECONDS)

    async def _unless_stopped(self, waiting: Coroutine[None, None, None]) -> None:
        both = asyncio.create_task(waiting), asyncio.create_task(self.stop.wait())
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()

    @property
    def _interval(self) -> float:
        return self.systemd.watchdog or WATCHDOG_SECONDS

    @asynccontextmanager
    async def _watched(self, watch: Coroutine[None, None, None]) -> AsyncIterator[None]:
        watching = asyncio.create_task(watch)
        watching.add_done_callback(self._end_unless_cancelled)
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _following(self) -> Config | None:
        """Waits until a signal asks for it, and the configuration is one to live with; None to stop."""
        while True:
            await self.asked.wait()
            if self.stop.is_set():
                self.systemd.stopping()
                return None
            self.asked.clear()
            self.systemd.reloading()
            try:
                return await asyncio.to_thread(self._tried)
            except DigestError as error:
                self._refuse(error)
                self.systemd.ready("the configuration was refused, the one before stays")

    def _tried(self) -> Config:
        """Read, and all opened with it once. Raises DigestError."""
        following = self.read()
        open_app(following, self.clock).close()
        return following

    def _refuse(self, error: DigestError) -> Config | None:
        log.error("the configuration is refused, the one before stays", problem=str(error))
        return self.good

    def _end(self) -> None:
        self.stop.set()
        self.asked.set()

    def _end_unless_cancelled(self, task: "asyncio.Task[None]") -> None:
        """Without its watchdog, or its pages, it is no daemon."""
        if not task.cancelled():
            self._end()
