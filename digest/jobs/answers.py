"""Writes down what the server answered, while its sender goes on.

In:    a delivery and the reply to it.
Out:   the outcome in the ledger; the pace has learnt from it.
Never: a known answer that becomes a doubt because the database was away for a while.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from digest.jobs.outcome import outcome
from digest.jobs.pace import PAUSE
from digest.jobs.run import Run, named
from digest.mail.reply import Verdict, judge
from digest.model import Delivery, DeliveryState, Reply, Stage, SubscriberState

log = structlog.get_logger()

AGAIN = 1.0  # seconds until an answer that could not be written down is tried again
TRIES = 5  # when told to stop; otherwise for as long as it takes
NEWS = 60  # tries between two lines in the log
BEFORE_RECIPIENT = frozenset({Stage.CONNECT, Stage.HELLO, Stage.AUTH, Stage.MAIL})


@dataclass(slots=True)
class Answers:
    """All that are not written down yet."""

    run: Run
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, delivery: Delivery, reply: Reply) -> asyncio.Task[None]:
        """Learns from the answer, and begins to write it down: the task ends when that is done."""
        run, now = self.run, self.run.clock.now()
        verdict = judge(reply, delivery.attempts + 1)
        if problem := run.pace.learn(verdict, reply, now):
            run.stop(problem)
        if alarm := run.pace.too_many_refused(reply):
            await self._pause(alarm, now)
        task = asyncio.create_task(self._written(delivery, reply, verdict))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        return task

    async def finish(self) -> None:
        """Until all are written down, or were given up because the program stops."""
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _pause(self, alarm: str, now: datetime) -> None:
        log.error("sending is paused", reason=alarm)
        await asyncio.to_thread(self.run.store.deliveries.pause, now + PAUSE, alarm)
        self.run.stop(f"sending is paused for an hour: {alarm}")

    async def _written(self, delivery: Delivery, reply: Reply, verdict: Verdict) -> None:
        tries = 0
        while True:
            try:
                return await asyncio.to_thread(self._settle, delivery, reply, verdict)
            except Exception as error:
                tries += 1
                if tries % NEWS == 1:
                    log.exception("cannot write an answer down yet", delivery=delivery.id)
                self.run.stop(named(error))
                if self.run.stopping() and tries >= TRIES:
                    raise
                await asyncio.sleep(AGAIN)

    def _settle(self, delivery: Delivery, reply: Reply, verdict: Verdict) -> None:
        run, store, now = self.run, self.run.store, self.run.clock.now()
        if verdict.outcome is DeliveryState.DEFERRED and reply.stage in BEFORE_RECIPIENT:
            run.report.returned += store.deliveries.hand_back(delivery, verdict.reason, now)
            return
        if verdict.suppress:  # before the outcome: a crash between the two must not forget a dead address
            store.suppressions.add(delivery.address, verdict.reason, evidence=_evidence(reply), now=now)
            store.subscribers.set_state(delivery.subscriber_id, SubscriberState.SUPPRESSED, verdict.reason, now)
        doubted = run.was_doubtful(delivery)
        end = outcome(verdict, delivery, now, on_uncertain=run.policy.on_uncertain, doubted=doubted)
        written = store.deliveries.settle(
            delivery, reply, end.state, now=now, reason=end.reason, next_attempt_at=end.next_attempt_at
        )
        if written:
            run.report.add(end.state)


def _evidence(reply: Reply) -> str:
    return " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part)
