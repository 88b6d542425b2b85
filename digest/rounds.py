"""What is done at each tick.

In:    an App, the right to send, a process that composes.
Out:   the jobs run; what they report is counted, and logged where somebody should know.
Never: a step left out because another one failed; the same trouble told twice in a row.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from digest.app import App
from digest.jobs.deliver import deliver
from digest.jobs.enqueue import enqueue
from digest.jobs.ingest import MAX_SECONDS, Status, ingest
from digest.jobs.letters import answer
from digest.jobs.prune import prune
from digest.jobs.publish import edition_day, publish
from digest.jobs.run import tell
from digest.jobs.summary import summarise
from digest.mail.press import Press
from digest.store.seat import Seat
from digest.ticks import Tick

log = structlog.get_logger()

READING = MAX_SECONDS + 60  # seconds until all sources have answered, or been given up, and are kept
COMPUTING = 600  # seconds for an edition, or all that a week of them offers: either took 15 on two busy cores
DIALOGUE = 700  # seconds until a message comes to its end: ten minutes for the answer to its dot (RFC 5321 §4.5.3.2.6)


@dataclass(slots=True)
class Rounds:
    """The work of the ticks; `when_read` and `when_enqueued` bring the next one on."""

    app: App
    seat: Seat
    press: Press
    stopping: Callable[[], bool]  # nothing more is begun
    ending: Callable[[], bool]  # what is under way is broken off soon
    when_read: Callable[[], None] = lambda: None
    when_enqueued: Callable[[], None] = lambda: None
    sending: str = ""  # why no mail leaves
    _held: object = None  # for what day, and after which readings, the edition waits for a source

    async def ingest(self, tick: Tick) -> None:
        """Reads what is due; the edition may have waited for it."""
        app = self.app
        if await asyncio.to_thread(self._all_read):
            return
        tick.alive(READING)
        async with app.fetcher() as fetcher:
            reports = await ingest(app.store, app.sources, fetcher, app.clock)
        app.metrics.ingested(reports)
        if any(report.status is not Status.WAITING for report in reports):
            self.when_read()

    async def enqueue(self, tick: Tick) -> None:
        """Answers who asked for something, publishes, then decides for all who are due.

        Without a new edition there may be one to send from.
        """
        tick.alive(COMPUTING)  # a transaction for each of a thousand that ask
        await _guarded("letters", asyncio.to_thread(self._answer))  # first: people wait for them
        tick.alive(COMPUTING)  # ended in the middle, it would begin anew and never come to its end
        if await asyncio.to_thread(self._all_read):  # else the edition would hold half of a day
            await _guarded("publish", asyncio.to_thread(self._publish))
        tick.alive(COMPUTING)
        if await asyncio.to_thread(self._enqueue, tick):
            self.when_enqueued()

    async def deliver(self, tick: Tick) -> None:
        """Sends what is queued, and what is queued meanwhile."""
        app = self.app
        async with app.transport() as transport:
            report = await deliver(
                app.store,
                self.press.compose,
                transport,
                app.clock,
                app.policy,
                app.pace,
                self.seat,
                metrics=app.metrics,
                alive=lambda talking: tick.alive(DIALOGUE if talking else None),
                stopping=self.stopping,
                ending=self.ending,
            )
        if report.problem and report.problem != self.sending:
            log.error("sending stopped", problem=report.problem, relay=app.relay)
        if report.problem or not report.resting:  # while the server is left alone it is still so
            self.sending = report.problem

    async def upkeep(self, tick: Tick) -> None:
        """Forgets what is old, and says how the day went."""
        app = self.app
        tick.alive(COMPUTING)  # what is old is counted first
        await _guarded("prune", asyncio.to_thread(self._prune, tick))
        tick.alive(DIALOGUE)
        telling = summarise(app.store, app.clock, app.sources, app.site, app.operator, app.transport, app.signer)
        await _guarded("summary", telling)

    def _all_read(self) -> bool:
        now = self.app.clock.now()
        return not any(self.app.store.sources.get(name).is_due(now) for name in self.app.source_names)

    def _publish(self) -> None:
        app = self.app
        read = [app.store.sources.get(name).fetched_at for name in app.source_names]
        known = edition_day(app.clock.now(), app.terms.edition_hour), read
        if known == self._held:
            return  # to compile it takes seconds, and nothing else would come of it
        report = publish(app.store, app.clock, app.terms.edition_hour, app.source_names)
        app.metrics.published(report)
        self._held = None if report.edition else known

    def _answer(self) -> None:
        app = self.app
        limit = app.web.signups_per_hour
        if answer(app.store, app.clock, app.usual, limit, stopping=self.stopping).queued:
            self.when_enqueued()

    def _enqueue(self, tick: Tick) -> int:
        app = self.app

        def gets_on(*_: int) -> None:
            tick.alive(COMPUTING)

        report = enqueue(app.store, app.clock, app.rules, app.terms, progress=gets_on, stopping=self.stopping)
        app.metrics.enqueued(report)
        return report.queued

    def _prune(self, tick: Tick) -> None:
        app = self.app
        prune(app.store, app.clock, app.retention, progress=lambda *_: tick.alive(), stopping=self.stopping)


async def _guarded(step: str, work: Awaitable[object]) -> None:
    try:
        await work
    except Exception as error:  # the log says what happened; the next tick tries again
        tell("step failed", error, step=step)
