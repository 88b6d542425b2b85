"""The daemon: fixed ticks beside the web server, until a signal asks it to stop.

In:    an App.
Out:   the jobs run when their tick comes; the store decides what there is to do.
Never: cron triggers, two runs of one job at a time, a stop in the middle of a message.
"""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, nullcontext, suppress
from dataclasses import dataclass

import structlog
import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from digest.app import App
from digest.errors import ConfigError
from digest.jobs.deliver import deliver
from digest.jobs.enqueue import enqueue
from digest.jobs.ingest import Status, ingest
from digest.jobs.publish import publish
from digest.mail.press import Press
from digest.store.seat import Seat
from digest.web.server import create_app

log = structlog.get_logger()

INGEST_SECONDS = 60  # each source has its own time within
MAIL_SECONDS = 30
STOP_SECONDS = 25
CANCEL_SECONDS = 3

Job = Callable[[], Awaitable[None]]


def serve(app: App, only: str | None = None) -> None:
    """Runs the scheduler and the web server (`only` one of them) until SIGTERM or SIGINT.

    Raises ConfigError when the web address is taken, StoreError when another process sends from this database, or it
    must not be sent from.
    """
    asyncio.run(_serve(app, only))


async def _serve(app: App, only: str | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        sender = None
        if only != "web":
            sender = Sender(stack.enter_context(app.store.seat()), await stack.enter_async_context(app.press()))
        if only != "scheduler":
            stack.push_async_callback(_start_web(app, stop))
        if sender:
            stack.push_async_callback(_start_ticks(app, sender, stop))
        log.info("started", parts=only or "scheduler, web", listen="{}:{}".format(*app.listen))
        await stop.wait()
        log.info("stopping")


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs for as long as the daemon runs: the right to, and a process that composes."""

    seat: Seat
    press: Press


def _start_ticks(app: App, sender: Sender, stop: asyncio.Event) -> Job:
    """Starts the ticks; what it returns stops them and waits for what is in flight."""
    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    mail = _Tick("mail", lambda: _mail(app, sender, stop))
    read = _Tick("ingest", lambda: _ingest(app, lambda: mailing.modify(next_run_time=app.clock.now())))
    at_once = {"misfire_grace_time": None, "next_run_time": app.clock.now()}
    mailing = scheduler.add_job(mail.run, "interval", seconds=MAIL_SECONDS, **at_once)
    scheduler.add_job(read.run, "interval", seconds=INGEST_SECONDS, **at_once)
    scheduler.start()

    async def halt() -> None:
        scheduler.shutdown(wait=False)
        running = [tick.task for tick in (mail, read) if tick.task]
        _, late = await asyncio.wait(running, timeout=STOP_SECONDS) if running else ((), ())
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=CANCEL_SECONDS)

    return halt


class _Tick:
    """One job at its interval, in a task of our own: the scheduler cancels what it runs when it stops."""

    def __init__(self, name: str, job: Job) -> None:
        self.name, self.job = name, job
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        self.task = asyncio.create_task(_guarded(self.name, self.job()))
        with suppress(asyncio.CancelledError):  # only the scheduler's wait ends; the job goes on to its own end
            await asyncio.wait([self.task])


async def _guarded(name: str, work: Awaitable[object]) -> None:
    try:
        await work
    except Exception:  # the log says what happened; the next tick tries again
        log.exception("step failed", step=name)


async def _ingest(app: App, then: Callable[[], object]) -> None:
    """Reads what is due; the edition may have waited for it, so mail comes next."""
    async with app.fetcher() as fetcher:
        reports = await ingest(app.store, app.sources, fetcher, app.clock)
    if any(report.status is not Status.WAITING for report in reports):
        then()


async def _mail(app: App, sender: Sender, stop: asyncio.Event) -> None:
    """What one step fails at must not keep the next from what is there already."""
    if await asyncio.to_thread(_all_read, app):  # else the edition would hold half of a day
        published = asyncio.to_thread(publish, app.store, app.clock, app.terms.edition_hour, app.source_names)
        await _guarded("publish", published)
    enqueued = asyncio.to_thread(enqueue, app.store, app.clock, app.rules, app.terms, stopping=stop.is_set)
    await _guarded("enqueue", enqueued)
    async with app.transport() as transport:
        report = await deliver(
            app.store,
            sender.press.compose,
            transport,
            app.clock,
            app.policy,
            app.pace,
            sender.seat,
            stopping=stop.is_set,
        )
    if report.problem:
        log.error("sending stopped", problem=report.problem, relay=app.relay)


def _all_read(app: App) -> bool:
    return not any(app.store.sources.get(name).is_due(app.clock.now()) for name in app.source_names)


def _start_web(app: App, stop: asyncio.Event) -> Job:
    """Starts the web server; what it returns stops it. Raises ConfigError when the address is taken."""
    host, port = app.listen
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise ConfigError(f"web.listen: cannot listen on {host}:{port}: {error.strerror}", "name a free one") from error
    pages = create_app(app.store, app.tokens, app.templates, app.site, app.clock)
    server = uvicorn.Server(uvicorn.Config(pages, log_config=None, server_header=False, access_log=False))
    server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]  # the signals are ours
    task = asyncio.create_task(server.serve(sockets=[listening]))
    task.add_done_callback(lambda _: stop.set())  # without pages it is no daemon

    async def halt() -> None:
        server.should_exit = True
        await task

    return halt
