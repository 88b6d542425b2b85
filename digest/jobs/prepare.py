"""Claims deliveries and composes their messages, ahead of the senders.

In:    what the ledger gives out; a way to compose.
Out:   messages that are ready to be sent, in a queue; the others are dropped, postponed or struck, with the reason.
Never: more claims than 2 × connections, a message beyond a limit, one bad digest in the way of the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog

from digest.errors import MessageError, StoreError, StoreUnavailable
from digest.jobs.outcome import is_too_late
from digest.jobs.run import Run, tell
from digest.model import Delivery, DeliveryState, Digest, Envelope

log = structlog.get_logger()

STRIKE_WAITS = (timedelta(minutes=1), timedelta(minutes=5))  # between tries to compose; the third strike is the last
COMPOSING = 2  # at once: one reads its digest while the other is composed
BAD_IN_A_ROW = 3  # deliveries that cannot be composed, before we look for the fault on our side
TOO_LATE = "it was not sent before the next edition was due"

Compose = Callable[[Digest], Awaitable[tuple[Envelope, bytes]]]


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed delivery and what is sent for it."""

    delivery: Delivery
    envelope: Envelope
    message: bytes


@dataclass(slots=True)
class Preparer:
    """Fills `ready`; None ends it for one sender. `finished()` makes room for another claim."""

    run: Run
    compose: Compose
    ready: asyncio.Queue[Ready | None] = field(default_factory=asyncio.Queue)
    claimed: asyncio.Queue[Delivery | None] = field(default_factory=asyncio.Queue)
    done: int = 0
    _room: asyncio.Semaphore = field(init=False)
    _bad_in_a_row: int = 0

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(2 * self.run.policy.connections)

    async def work(self) -> None:
        """Until there is nothing left to claim or the run is over."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._claim())
                for _ in range(COMPOSING):
                    tasks.create_task(self._prepare())
        finally:
            for _ in range(self.run.policy.connections):
                self.ready.put_nowait(None)

    @property
    def _over(self) -> bool:
        """What is prepared already is still sent when the day's limit is reached."""
        return self.run.over or bool(self.run.report.resting)

    def finished(self) -> None:
        self.done += 1
        self._room.release()

    @property
    def known(self) -> int:
        """How many there are, as far as can be seen."""
        return self.done + self.claimed.qsize() + self.ready.qsize()

    async def _claim(self) -> None:
        """As many at a time as there are connections: a claim is a commit."""
        run, found = self.run, True
        try:
            while found and not self._over:
                for _ in range(run.policy.connections):
                    await self._room.acquire()
                if self._over:
                    break
                claim = partial(run.store.deliveries.claim, run.owner, run.policy.connections, run.clock.now())
                found = self._put(await asyncio.to_thread(claim))
        except Exception as error:
            run.stop(tell("cannot claim", error))
        finally:
            for _ in range(COMPOSING):
                self.claimed.put_nowait(None)

    def _put(self, claimed: list[Delivery]) -> bool:
        for delivery in claimed:
            self.claimed.put_nowait(delivery)
        for _ in range(self.run.policy.connections - len(claimed)):
            self._room.release()
        return bool(claimed)

    async def _prepare(self) -> None:
        while delivery := await self.claimed.get():
            ready = None
            try:
                if not self._over:  # else it makes room, so that `_claim` comes to its end
                    ready = await self._prepared(delivery)
            except Exception as error:
                self.run.stop(tell("cannot prepare", error, delivery=delivery.id))
            if ready:
                self.ready.put_nowait(ready)
            else:
                self.finished()

    async def _prepared(self, delivery: Delivery) -> Ready | None:
        """None where it is not to be sent now."""
        run, now = self.run, self.run.clock.now()
        if is_too_late(delivery, now):
            doubted = await asyncio.to_thread(run.was_doubtful, delivery)
            await run.drop(delivery, DeliveryState.UNCERTAIN if doubted else DeliveryState.MISSED, TOO_LATE)
        elif until := run.pace.turns.day_over_until(now):
            limit = run.pace.limits.per_day
            run.report.resting = f"smtp.per_day = {limit} is reached; the next may go at {until:%H:%M} UTC"
        elif turn := run.pace.turns.of_domain(delivery.id, delivery.address.rpartition("@")[2].lower(), now):
            reason = f"its domain gets {run.pace.limits.per_domain_minute} messages a minute"
            await asyncio.to_thread(run.store.deliveries.postpone, delivery, reason, turn, now)
        else:
            run.pace.turns.count(now)  # at once: the other one that composes asks too
            return await self._composed(delivery)
        return None

    async def _composed(self, delivery: Delivery) -> Ready | None:
        """None, and a strike, for one that cannot be composed."""
        try:
            digest = await asyncio.to_thread(self.run.store.deliveries.digest, delivery.id)
            envelope, message = await self.compose(digest)
        except StoreUnavailable:
            raise
        except (StoreError, MessageError) as error:
            await self._strike(delivery, error)
            return None
        self._bad_in_a_row = 0
        return Ready(delivery, envelope, message)

    async def _strike(self, delivery: Delivery, error: Exception) -> None:
        log.error("cannot compose", delivery=delivery.id, problem=str(error))
        reason = f"it cannot be composed: {error}"
        if delivery.strikes < len(STRIKE_WAITS):
            await self._again(delivery, reason)
        else:
            await self.run.drop(delivery, DeliveryState.POISONED, reason)
        self._bad_in_a_row += 1
        if self._bad_in_a_row == BAD_IN_A_ROW:
            self.run.stop(f"{BAD_IN_A_ROW} messages in a row cannot be composed: {error}")

    async def _again(self, delivery: Delivery, reason: str) -> None:
        now = self.run.clock.now()
        until = now + STRIKE_WAITS[delivery.strikes]
        postpone = partial(self.run.store.deliveries.postpone, delivery, reason, until, now, strike=True)
        if await asyncio.to_thread(postpone):
            self.run.report.add(DeliveryState.DEFERRED)
