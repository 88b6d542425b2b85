"""Sends what the ledger owes, through a few connections at once.

In:    queued deliveries and those whose time to retry has come.
Out:   an outcome for each in the ledger; `transmitting` is committed after RCPT was accepted and before DATA.
Never: DATA without the store's permit, more claims than 2 × connections, a second resend for want of an answer.
"""

import asyncio
import random
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from digest.clock import Clock
from digest.errors import MessageError, StoreError
from digest.mail.compose import Composer
from digest.mail.reply import Verdict, judge
from digest.mail.transport import Transport
from digest.model import Delivery, DeliveryState, Digest, Envelope, Reply, Stage, SubscriberState
from digest.store.engine import Store

log = structlog.get_logger()

GIVE_UP = timedelta(hours=20)  # the next edition is due: an older digest is of no use
RESEND_AFTER = timedelta(minutes=5)  # a message whose fate is unknown, once
JITTER = 0.2
BAD_IN_A_ROW = 3  # deliveries that cannot be composed, before we look for the fault on our side
SETTLE_TRIES = 5
UNWANTED = "unsubscribed, paused, moved or suppressed before it left"
TOO_LATE = "it was not sent before the next edition was due"

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class DeliverReport:
    """How many deliveries ended in which state, and `problem`: why the run stopped early, or `""`."""

    counts: dict[DeliveryState, int] = field(default_factory=dict)
    requeued: int = 0  # a sender died with these; nothing was sent
    waiting: int = 0  # deferred, their time has not come
    held: int = 0  # by another sender, or by one that was killed less than a lease ago
    problem: str = ""

    def add(self, state: DeliveryState) -> None:
        self.counts[state] = self.counts.get(state, 0) + 1

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)


@dataclass(frozen=True, slots=True)
class Policy:
    """How many connections, and what becomes of a message whose fate is unknown: `resend` or `hold`."""

    connections: int = 4
    on_uncertain: str = "resend"


async def deliver(
    store: Store,
    composer: Composer,
    transport: Transport,
    clock: Clock,
    policy: Policy,
    *,
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> DeliverReport:
    """Works until nothing is left to claim, `stopping()` is true, or the relay or our own set-up is at fault."""
    run = _Run(store, composer, transport, clock, policy, progress, stopping)
    recovered = await asyncio.to_thread(store.deliveries.recover, policy.on_uncertain)
    run.report.requeued = recovered.requeued
    if recovered.uncertain:
        run.report.counts[DeliveryState.UNCERTAIN] = recovered.uncertain
    try:
        async with asyncio.TaskGroup() as senders:
            for _ in range(policy.connections):
                senders.create_task(run.sender())
    finally:
        await asyncio.shield(asyncio.to_thread(store.deliveries.release, run.owner))
    run.report.waiting = await asyncio.to_thread(store.deliveries.deferred)
    run.report.held = await asyncio.to_thread(store.deliveries.held)
    stopped = {"problem": run.report.problem} if run.report.problem else {}
    log.info("delivered", **stopped, **{state.value: n for state, n in run.report.counts.items()})
    return run.report


@dataclass(slots=True)
class _Run:
    store: Store
    composer: Composer
    transport: Transport
    clock: Clock
    policy: Policy
    progress: Progress | None
    stopping: Callable[[], bool]
    report: DeliverReport = field(default_factory=DeliverReport)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    claimed: deque[Delivery] = field(default_factory=deque)
    claiming: asyncio.Lock = field(default_factory=asyncio.Lock)
    done: int = 0
    bad_in_a_row: int = 0

    async def sender(self) -> None:
        """Sends one after the other. An error of ours ends the run, but not the messages other senders are in."""
        while delivery := await self._next():
            try:
                await self._send(delivery)
            except Exception as error:
                log.exception("a sender stopped", delivery=delivery.id)
                self._stop(_named(error))
            self.done += 1
            if self.progress:
                self.progress(self.done, self.done + len(self.claimed))

    def _stop(self, problem: str) -> None:
        self.report.problem = self.report.problem or problem

    async def _next(self) -> Delivery | None:
        async with self.claiming:
            if self.report.problem or self.stopping():
                return None
            if not self.claimed:
                limit = 2 * self.policy.connections
                try:
                    found = await asyncio.to_thread(self.store.deliveries.claim, self.owner, limit, self.clock.now())
                except Exception as error:
                    log.exception("cannot claim")
                    self._stop(_named(error))
                    return None
                self.claimed.extend(found)
            return self.claimed.popleft() if self.claimed else None

    async def _send(self, delivery: Delivery) -> None:
        if not await asyncio.to_thread(self.store.deliveries.is_wanted, delivery):
            return await self._drop(delivery, DeliveryState.SUPPRESSED, UNWANTED)
        if delivery.due_at and self.clock.now() > delivery.due_at + GIVE_UP:
            return await self._drop(delivery, DeliveryState.MISSED, TOO_LATE)
        composed = await self._composed(delivery)
        if composed is None:
            return None
        reply = await self.transport.send(
            *composed,
            lambda: asyncio.to_thread(self.store.deliveries.is_wanted, delivery),
            lambda: asyncio.to_thread(self.store.deliveries.permit, delivery),
        )
        if reply is None:
            return await self._not_permitted(delivery)
        return await asyncio.shield(self._settled(delivery, reply))

    async def _composed(self, delivery: Delivery) -> tuple[Envelope, bytes] | None:
        """The message; None, and the delivery is set aside, for one that cannot be composed."""
        try:
            digest = await asyncio.to_thread(self.store.deliveries.digest, delivery.id)
            composed = await asyncio.to_thread(self._compose, digest)
        except (StoreError, MessageError) as error:
            log.exception("cannot compose", delivery=delivery.id)
            await self._drop(delivery, DeliveryState.POISONED, f"it cannot be composed: {error}")
            self.bad_in_a_row += 1
            if self.bad_in_a_row == BAD_IN_A_ROW:
                self._stop(f"{BAD_IN_A_ROW} messages in a row cannot be composed: {error}")
            return None
        self.bad_in_a_row = 0
        return composed

    def _compose(self, digest: Digest) -> tuple[Envelope, bytes]:
        try:
            return self.composer.compose(digest)
        except MessageError:
            raise
        except Exception as error:  # whatever a template or a text does, the others get theirs
            raise MessageError(_named(error)) from error

    async def _not_permitted(self, delivery: Delivery) -> None:
        """Unwanted by now, or our lease ran out: then it is left for whoever claims it next."""
        if not await asyncio.to_thread(self.store.deliveries.is_wanted, delivery):
            await self._drop(delivery, DeliveryState.SUPPRESSED, UNWANTED)

    async def _drop(self, delivery: Delivery, state: DeliveryState, reason: str) -> None:
        if await asyncio.to_thread(self.store.deliveries.drop, delivery, state, reason, self.clock.now()):
            self.report.add(state)

    async def _settled(self, delivery: Delivery, reply: Reply) -> None:
        """Writes down what the server said, insisting: a known answer must not become a doubt."""
        for tries_left in reversed(range(SETTLE_TRIES)):
            try:
                return await asyncio.to_thread(self._settle, delivery, reply)
            except Exception:
                if not tries_left:
                    raise
                log.exception("cannot settle yet", delivery=delivery.id)
                await asyncio.sleep(1)
        return None

    def _settle(self, delivery: Delivery, reply: Reply) -> None:
        verdict = judge(reply, delivery.attempts + 1)
        outcome, reason, wait = self._outcome(delivery, verdict)
        now = self.clock.now()
        if verdict.suppress:  # before the outcome: a crash between the two must not forget a dead address
            self.store.suppressions.add(delivery.address, verdict.reason, evidence=_evidence(reply), now=now)
            self.store.subscribers.set_state(delivery.subscriber_id, SubscriberState.SUPPRESSED, verdict.reason, now)
        next_attempt_at = now + wait if wait is not None else None
        if self.store.deliveries.settle(
            delivery, reply, outcome, now=now, reason=reason, next_attempt_at=next_attempt_at
        ):
            self.report.add(outcome)
        if verdict.scope in {"relay", "us"} and outcome is not DeliveryState.SENT:
            self._stop(verdict.reason)

    def _outcome(self, delivery: Delivery, verdict: Verdict) -> tuple[DeliveryState, str, timedelta | None]:
        """The state to write, why, and how long to wait before the next attempt (None: there is none)."""
        outcome, wait = verdict.outcome, verdict.retry_in
        doubted = bool(delivery.attempts) and self._was_doubtful(delivery)
        if outcome is DeliveryState.UNCERTAIN and self.policy.on_uncertain == "resend" and not doubted:
            outcome, wait = DeliveryState.DEFERRED, RESEND_AFTER
        if outcome is not DeliveryState.DEFERRED or wait is None:
            return outcome, verdict.reason, None
        wait *= 1 + random.uniform(-JITTER, JITTER)  # noqa: S311 - spreads retries, guards nothing
        if delivery.due_at is not None and self.clock.now() + wait > delivery.due_at + GIVE_UP:
            ended = DeliveryState.UNCERTAIN if doubted else DeliveryState.FAILED
            return ended, f"given up, the next edition is due: {verdict.reason}", None
        return outcome, verdict.reason, wait

    def _was_doubtful(self, delivery: Delivery) -> bool:
        """Whether an earlier copy may have arrived: content was handed over and no answer came."""
        attempts = self.store.deliveries.attempts(delivery.id)
        return any(attempt.reply.stage is Stage.DOT and attempt.reply.code == 0 for attempt in attempts)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def _evidence(reply: Reply) -> str:
    return " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part)
