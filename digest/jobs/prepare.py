"""Claims deliveries and composes their messages, ahead of the senders.

In:    what the ledger gives out; a way to compose.
Out:   messages that are ready to be sent, in a queue; the others are dropped, postponed or struck, with the reason.
Never: more claims than 2 × connections, a message beyond a limit, one bad digest in the way of the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from digest.errors import DigestError, MessageError, StoreError, StoreUnavailable
from digest.jobs.outcome import is_too_late, too_late
from digest.jobs.run import Run, tell
from digest.model import Delivery, DeliveryState, Digest, Envelope, Letter

STRIKE_WAITS = (timedelta(minutes=1), timedelta(minutes=5))  # between tries to compose; the third strike is the last
COMPOSING = 2  # at once: one is read while the other is composed
BAD_IN_A_ROW = 8  # that cannot be composed while none has been lately: the fault is ours, and nobody gets a strike
LOOK_AGAIN = 5.0  # seconds, for what fell due while others are under way
AHEAD = 300  # seconds of messages that are claimed at most; a lease is 900

Compose = Callable[[Digest | Letter], Awaitable[tuple[Envelope, bytes]]]


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
    _taken: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)  # nothing that was taken is under way
    _batch: int = field(init=False)
    _room: asyncio.Semaphore = field(init=False)
    _bad: int = 0

    def __post_init__(self) -> None:
        self._idle.set()
        connections, spacing = self.run.policy.connections, self.run.pace.limits.spacing
        most = max(1, min(2 * connections, int(AHEAD / spacing) if spacing else 2 * connections))
        self._batch, self._room = min(connections, most), asyncio.Semaphore(most)

    async def work(self) -> None:
        """Until there is nothing left to claim and nothing under way, or the run is over."""
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
        if self.done == self._taken:
            self._idle.set()

    @property
    def known(self) -> int:
        """How many there are, as far as can be seen."""
        return self.done + self.claimed.qsize() + self.ready.qsize()

    async def _claim(self) -> None:
        """As many at a time as there are connections, where no limit is slower than that: a claim is a commit.

        A server may take ten minutes to answer one message: what falls due meanwhile does not wait for that.
        """
        run, found = self.run, True
        try:
            while not self._over and (found or await self._others_are_under_way()):
                for _ in range(self._batch):
                    await self._room.acquire()
                if self._over:
                    break
                claim = partial(run.store.deliveries.claim, run.owner, self._batch, run.clock.now())
                found = self._put(await asyncio.to_thread(claim))
        except Exception as error:
            run.stop(tell("cannot claim", error))
        finally:
            for _ in range(COMPOSING):
                self.claimed.put_nowait(None)

    async def _others_are_under_way(self) -> bool:
        """Whether that is still so after a while; False as soon as the last of them has come to its end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LOOK_AGAIN)
        return not self._idle.is_set()

    def _put(self, claimed: list[Delivery]) -> bool:
        self._taken += len(claimed)
        if claimed:
            self._idle.clear()
        for delivery in claimed:
            self.claimed.put_nowait(delivery)
        for _ in range(self._batch - len(claimed)):
            self._room.release()
        return bool(claimed)

    async def _prepare(self) -> None:
        while delivery := await self.claimed.get():
            ready = None
            try:
                if not self._over:  # else it makes room, so that `_claim` comes to its end
                    ready = await self._prepared(delivery)
            except Exception as error:  # the next run finds it at its place
                self.run.stop(tell("cannot prepare", error, delivery=delivery.id))
            self.run.gets_on()
            if ready:
                self.ready.put_nowait(ready)
            else:
                self.finished()

    async def _prepared(self, delivery: Delivery) -> Ready | None:
        """None where it is not to be sent now."""
        run, now = self.run, self.run.clock.now()
        if is_too_late(delivery, now):
            doubted = await asyncio.to_thread(run.was_doubtful, delivery)
            ended = DeliveryState.UNCERTAIN if doubted else DeliveryState.MISSED
            await run.drop(delivery, ended, f"it was not sent in time: {too_late(delivery)}")
        elif until := run.pace.turns.day_over_until(now):
            limit = run.pace.limits.per_day
            run.report.resting = f"smtp.per_day = {limit} is reached; the next may go at {until:%Y-%m-%d %H:%M} UTC"
        elif turn := run.pace.turns.of_domain(delivery.id, delivery.address.rpartition("@")[2].lower(), now):
            reason = f"its domain gets {run.pace.limits.per_domain_minute} messages a minute"
            await asyncio.to_thread(run.store.deliveries.postpone, delivery, reason, turn, now)
        else:
            run.pace.turns.count(now)  # at once: the other one that composes asks too
            return await self._composed(delivery)
        return None

    async def _composed(self, delivery: Delivery) -> Ready | None:
        """None for one that cannot be composed. Raises DigestError where none can be."""
        try:
            content = await asyncio.to_thread(self.run.store.deliveries.content, delivery.id)
            with self.run.metrics.composing():
                envelope, message = await self.compose(content)
        except Exception as error:
            if isinstance(error, StoreUnavailable) or (
                isinstance(error, DigestError) and not isinstance(error, StoreError | MessageError)
            ):
                raise
            await self._bad_one(delivery, tell("cannot compose", error, delivery=delivery.id))
            return None
        self.run.pace.composed(self.run.clock.now())
        return Ready(delivery, envelope, message)

    async def _bad_one(self, delivery: Delivery, problem: str) -> None:
        """A strike, where others can be composed; otherwise it goes to the end of the queue until that is known."""
        run, now = self.run, self.run.clock.now()
        if run.pace.composes(now):
            return await self.strike(delivery, f"it cannot be composed: {problem}")
        await asyncio.to_thread(run.store.deliveries.hand_back, delivery, f"it cannot be composed: {problem}", now)
        self._bad += 1
        if self._bad == BAD_IN_A_ROW:
            run.stop(run.pace.rest(f"{BAD_IN_A_ROW} messages in a row cannot be composed: {problem}", now))
        return None

    async def strike(self, delivery: Delivery, reason: str) -> None:
        """Puts it aside for a while; at the third time for good."""
        if delivery.strikes >= len(STRIKE_WAITS):
            return await self.run.drop(delivery, DeliveryState.POISONED, reason)
        now = self.run.clock.now()
        until = now + STRIKE_WAITS[delivery.strikes]
        postpone = partial(self.run.store.deliveries.postpone, delivery, reason, until, now, strike=True)
        if await asyncio.to_thread(postpone):
            self.run.count(DeliveryState.DEFERRED)
        return None
