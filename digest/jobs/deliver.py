"""Sends what the ledger owes: claim ▸ compose ▸ send ▸ settle, through a few connections at once.

In:    queued deliveries and those whose time to try again has come; the right of this process to send.
Out:   an outcome for each in the ledger; `transmitting` is committed after RCPT was accepted and before DATA.
Never: DATA before this sender's last answer is written down, a transaction more than the pace allows.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from digest.clock import Clock
from digest.errors import MessageError, StoreUnavailable
from digest.jobs.answers import Answers
from digest.jobs.limits import DAY
from digest.jobs.pace import Pace
from digest.jobs.prepare import Compose, Preparer, Ready
from digest.jobs.run import DeliverReport, Policy, Run, tell
from digest.mail.transport import Transport
from digest.metrics import Metrics
from digest.model import Delivery, DeliveryState
from digest.store.engine import Store
from digest.store.seat import Seat

log = structlog.get_logger()

__all__ = ["DeliverReport", "Policy", "deliver"]

UNWANTED = "unsubscribed, paused, moved or suppressed before it left"
PATIENCE = 60  # seconds between the permit and DATA: the lease must outlast the message
STOP_SECONDS = 15  # for what is under way when we are told to stop; a server may take ten minutes for its answer
SLICE = 0.5  # seconds of waiting between two looks at whether to stop

Progress = Callable[[int, int], None]
Alive = Callable[[bool], None]  # told at each step; True while a server is being talked to, who may take ten minutes
Writing = asyncio.Task[None] | None  # an answer on its way into the ledger


async def deliver(
    store: Store,
    compose: Compose,
    transport: Transport,
    clock: Clock,
    policy: Policy,
    pace: Pace,
    seat: Seat,
    *,
    metrics: Metrics | None = None,
    progress: Progress | None = None,
    alive: Alive = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    ending: Callable[[], bool] | None = None,
) -> DeliverReport:
    """Works until nothing is left to claim, `stopping()` is true, or the relay or our own set-up is at fault.

    Told to stop, it begins nothing more, and waits for what the server says of messages that are under way. Where
    `ending()` is true too (as `stopping` if not given) they get STOP_SECONDS; one broken off then is in doubt.
    Raises StoreError when the database cannot be used, or must not be sent from.
    """
    run = Run(store, clock, policy, pace, stopping, metrics or Metrics(store, clock))
    begun = await asyncio.to_thread(_begun, run, seat)
    if begun:
        senders = _Senders(run, Preparer(run, compose), Answers(run), transport, progress)
        run.gets_on = lambda: alive(senders.talking)
        try:
            await _bounded(senders.work(), ending or stopping)
        finally:
            await asyncio.shield(senders.end(seat))
    report = await asyncio.to_thread(_concluded, run)
    if report.counts:
        log.info("delivered", **{state.value: n for state, n in report.counts.items()})
    return report


async def _bounded(work: Coroutine[None, None, None], ending: Callable[[], bool]) -> None:
    task = asyncio.create_task(work)
    try:
        while not (task.done() or ending()):
            await asyncio.wait((task,), timeout=SLICE)
        await asyncio.wait((task,), timeout=STOP_SECONDS)
        if not task.done():
            log.warning("messages are broken off, the server did not answer in time")
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _begun(run: Run, seat: Seat) -> bool:
    """Whether there is anything to do and nothing against it; takes back what dead senders held."""
    now, deliveries = run.clock.now(), run.store.deliveries
    if not deliveries.is_work(now):
        return False
    if pause := deliveries.paused(now):
        run.stop(f"sending is paused until {pause.until:%H:%M} UTC: {pause.reason}")
    elif resting := run.pace.resting(now):
        run.rest(resting)
    if run.over:
        return False
    seat.renew()
    recovered = deliveries.recover(run.policy.on_uncertain, now, alone=seat.alone)
    run.report.requeued = recovered.requeued
    if recovered.uncertain:
        run.count(DeliveryState.UNCERTAIN, recovered.uncertain)
    if run.pace.limits.per_day:
        run.pace.turns.begin(deliveries.handed_over(now - DAY, now))
    return True


def _concluded(run: Run) -> DeliverReport:
    report, deliveries = run.report, run.store.deliveries
    if report.returned and run.pace.failing:
        run.stop(run.pace.failing, at_relay=True)
    report.waiting, report.held = deliveries.deferred(), deliveries.held()
    return report


@dataclass(slots=True)
class _Senders:
    """As many as there may be connections."""

    run: Run
    preparer: Preparer
    answers: Answers
    transport: Transport
    progress: Progress | None
    _free: asyncio.Condition = field(default_factory=asyncio.Condition)
    _busy: int = 0
    _unsent: list[Delivery] = field(default_factory=list)

    @property
    def talking(self) -> bool:
        return self._busy > 0

    async def work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.preparer.work())
            for _ in range(self.run.policy.connections):
                tasks.create_task(self._sender())

    async def end(self, seat: Seat) -> None:
        """Every answer is written down, and what was not begun goes back."""
        await self.answers.finish()
        await self.answers.insist("cannot hand back yet", self._hand_back)
        await asyncio.to_thread(seat.renew)

    def _hand_back(self) -> None:
        """The permit of an unsent one may have been committed although the answer was lost."""
        deliveries, now = self.run.store.deliveries, self.run.clock.now()
        for delivery in self._unsent:
            deliveries.hand_back(delivery, "the database was away before it was sent", now)
        deliveries.release(self.run.owner)

    async def _sender(self) -> None:
        """Sends one after the other. An error of ours ends the run, but not the messages other senders are in."""
        writing: Writing = None
        while ready := await self.preparer.ready.get():
            try:
                async with self._lane() as free:
                    if free:
                        writing = await self._send(ready, writing)
            except StoreUnavailable as error:
                self.run.stop(tell("a sender stopped", error, delivery=ready.delivery.id))
            except MessageError as error:
                await self._put_aside(ready.delivery, str(error))
            except Exception as error:  # it must not be the first of the next run too
                self.run.stop(tell("a sender stopped", error, delivery=ready.delivery.id))
                await self._put_aside(ready.delivery, "a sender stopped with it")
            self.preparer.finished()
            if self.progress:
                self.progress(self.preparer.done, self.preparer.known)

    async def _put_aside(self, delivery: Delivery, reason: str) -> None:
        """Where that fails it is handed back at the end: what is raised here would break off all other senders."""
        try:
            await self.preparer.strike(delivery, reason)
        except Exception as error:
            self.run.stop(tell("cannot put a message aside", error, delivery=delivery.id))

    @asynccontextmanager
    async def _lane(self) -> AsyncIterator[bool]:
        """One of as many transactions as the pace allows, when its turn has come; False when the run is over."""
        async with self._free:
            await self._free.wait_for(lambda: self._busy < self.run.pace.room or self.run.over)
            self._busy += 1
        self.run.gets_on()
        try:
            if not self.run.over:
                await self._turn()
            yield not self.run.over
        finally:
            async with self._free:
                self._busy -= 1
                self._free.notify_all()
            self.run.gets_on()

    async def _turn(self) -> None:
        wait = self.run.pace.turns.take(asyncio.get_running_loop().time())
        while wait > 0 and not self.run.over:
            await asyncio.sleep(min(wait, SLICE))
            wait -= SLICE
            self.run.gets_on()

    async def _send(self, ready: Ready, before: Writing) -> Writing:
        """One message; `before` is this sender's last answer, still being written down."""
        delivery, deliveries = ready.delivery, self.run.store.deliveries

        async def permit() -> bool:
            allowed = await asyncio.to_thread(deliveries.permit, delivery)  # in one commit with the last answer
            if before:
                await _soon(before)
            self.run.gets_on()  # the answer to the dot alone may take most of what a dialogue has
            return allowed

        wanted = partial(asyncio.to_thread, deliveries.is_wanted, delivery)
        try:
            with self.run.metrics.talking():
                reply = await self.transport.send(ready.envelope, ready.message, wanted, permit)
        except StoreUnavailable:  # both are asked before DATA
            self._unsent.append(delivery)
            raise
        if reply is None:
            await self._not_sent(delivery)
            return before
        writing = await self.answers.take(delivery, reply)
        self.transport.limit(self.run.pace.width)
        return writing

    async def _not_sent(self, delivery: Delivery) -> None:
        """Unwanted by now, or our lease ran out: then it is left for whoever claims it next."""
        if not await asyncio.to_thread(self.run.store.deliveries.is_wanted, delivery):
            await self.run.drop(delivery, DeliveryState.SUPPRESSED, UNWANTED)


async def _soon(before: asyncio.Task[None]) -> None:
    """Raises StoreUnavailable when the last answer is not written down in time."""
    try:
        await asyncio.wait_for(asyncio.shield(before), PATIENCE)
    except TimeoutError:
        raise StoreUnavailable("the last answer is not written down yet", "look after the database") from None
