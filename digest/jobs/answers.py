"""Writes down what the server answered, while its sender goes on.

In:    a delivery and the reply to it.
Out:   the outcome in the ledger; the pace has learnt from it.
Never: a known answer that becomes a doubt because the database was away for a while.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from digest.errors import StoreUnavailable
from digest.jobs.outcome import outcome
from digest.jobs.pace import PAUSE
from digest.jobs.run import Run, tell
from digest.mail.reply import Verdict, judge
from digest.model import BEFORE_RECIPIENT, Delivery, DeliveryState, LetterKind, Reply, SubscriberState

log = structlog.get_logger()
T = TypeVar("T")

AGAIN = 1.0  # seconds until an answer that could not be written down is tried again
TRIES = 5  # when told to stop; otherwise for as long as it takes
MEND = "digest delivery list --state failed shows them, digest deliver --resume goes on before"
NEWS = 60  # tries between two lines in the log


@dataclass(slots=True)
class Answers:
    """All that are not written down yet."""

    run: Run
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, delivery: Delivery, reply: Reply) -> asyncio.Task[None]:
        """Learns from the answer, and begins to write it down: the task ends when that is done."""
        run, now = self.run, self.run.clock.now()
        verdict = judge(reply, delivery.attempts + 1)
        run.metrics.answered(reply)
        if problem := run.pace.learn(verdict, now):
            run.stop(problem, at_relay=True)
        task = asyncio.create_task(self._written(delivery, reply, verdict))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        of_digest = delivery.kind not in list(LetterKind)  # whom a stranger has us write to says nothing of our mail
        if of_digest and (alarm := run.pace.too_many_refused(reply)):
            await self._pause(alarm, now)
        return task

    async def finish(self) -> None:
        """Until all are written down, or were given up because the program stops."""
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _pause(self, alarm: str, now: datetime) -> None:
        log.error("sending is paused", reason=alarm)
        self.run.stop(f"sending is paused for an hour: {alarm}; {MEND}")
        pause = partial(self.run.store.deliveries.pause, now + PAUSE, f"{alarm}; {MEND}")
        await self.insist("cannot write the pause down yet", pause)

    async def insist(self, event: str, write: Callable[[], T]) -> T:
        """What `write` returns once the database has taken it; raises only when the program is told to stop."""
        tries = 0
        while True:
            try:
                return await asyncio.to_thread(write)
            except StoreUnavailable as error:
                if tries % NEWS == 0:
                    self.run.stop(tell(event, error))
                tries += 1
                if self.run.stopping() and tries >= TRIES:
                    raise
                self.run.gets_on()
                await asyncio.sleep(AGAIN)

    async def _written(self, delivery: Delivery, reply: Reply, verdict: Verdict) -> None:
        what = "cannot write an answer down yet"
        try:
            state = await self.insist(what, partial(self._settle, delivery, reply, verdict))
        except StoreUnavailable:
            raise
        except Exception as error:  # nobody knows what it would do the next time: the operator decides
            self.run.stop(tell("cannot settle", error, delivery=delivery.id))
            state = await self.insist(what, partial(self._doubt, delivery, reply))
        if state is DeliveryState.QUEUED:
            self.run.report.returned += 1
        elif state:
            self.run.count(state)

    def _settle(self, delivery: Delivery, reply: Reply, verdict: Verdict) -> DeliveryState | None:
        """The state it is in now; None for a sender that has lost the delivery."""
        run, store, now = self.run, self.run.store, self.run.clock.now()
        if verdict.outcome is DeliveryState.DEFERRED and reply.stage in BEFORE_RECIPIENT:
            return DeliveryState.QUEUED if store.deliveries.hand_back(delivery, verdict.reason, now) else None
        if verdict.suppress:  # before the outcome: a crash between the two must not forget a dead address
            owner, address = delivery.subscriber_id, delivery.address  # who moved meanwhile is not dead
            store.suppressions.add(address, verdict.reason, evidence=_evidence(reply), now=now, owner=owner)
            store.subscribers.set_state(owner, SubscriberState.SUPPRESSED, verdict.reason, now, address=address)
        doubted = run.was_doubtful(delivery)
        end = outcome(verdict, delivery, now, on_uncertain=run.policy.on_uncertain, doubted=doubted)
        written = store.deliveries.settle(
            delivery, reply, end.state, now=now, reason=end.reason, next_attempt_at=end.next_attempt_at
        )
        return end.state if written else None

    def _doubt(self, delivery: Delivery, reply: Reply) -> DeliveryState:
        reason, now = "its answer could not be understood", self.run.clock.now()
        self.run.store.deliveries.settle(delivery, reply, DeliveryState.UNCERTAIN, now=now, reason=reason)
        return DeliveryState.UNCERTAIN


def _evidence(reply: Reply) -> str:
    return " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part)
