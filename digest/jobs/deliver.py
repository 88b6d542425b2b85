"""Sends what the ledger owes, through a few connections at once.

In:    queued deliveries and those whose time to retry has come.
Out:   an outcome for each in the ledger; `transmitting` is committed after RCPT was accepted and before DATA.
Never: DATA without the store's permit, a message twice by its own doing, more claims than 2 × connections.
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
from digest.mail.compose import Composer
from digest.mail.reply import Verdict, judge
from digest.mail.transport import Transport
from digest.model import Delivery, DeliveryState, Envelope, Reply
from digest.store.engine import Store

log = structlog.get_logger()

GIVE_UP = timedelta(hours=20)  # the next edition is due: an older digest is of no use
JITTER = 0.2
UNWANTED = "unsubscribed, paused or suppressed before it left"

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class DeliverReport:
    """How many deliveries ended in which state, and `problem`: why the run stopped early, or `""`."""

    counts: dict[DeliveryState, int] = field(default_factory=dict)
    requeued: int = 0  # a sender died with these; nothing was sent
    waiting: int = 0  # deferred, their time has not come
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
    try:
        async with asyncio.TaskGroup() as senders:
            for _ in range(policy.connections):
                senders.create_task(run.sender())
    finally:
        await asyncio.shield(asyncio.to_thread(store.deliveries.release, run.owner))
    counts = await asyncio.to_thread(store.deliveries.counts)
    run.report.waiting = counts.get(DeliveryState.DEFERRED, 0)
    log.info("delivered", problem=run.report.problem, **{state.value: n for state, n in run.report.counts.items()})
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

    async def sender(self) -> None:
        while delivery := await self._next():
            await self._send(delivery)
            self.done += 1
            if self.progress:
                self.progress(self.done, self.done + len(self.claimed))

    async def _next(self) -> Delivery | None:
        async with self.claiming:
            if self.report.problem or self.stopping():
                return None
            if not self.claimed:
                limit = 2 * self.policy.connections
                self.claimed.extend(
                    await asyncio.to_thread(self.store.deliveries.claim, self.owner, limit, self.clock.now())
                )
            return self.claimed.popleft() if self.claimed else None

    async def _send(self, delivery: Delivery) -> None:
        if not await asyncio.to_thread(self.store.deliveries.is_wanted, delivery):
            await self._drop(delivery, DeliveryState.SUPPRESSED, UNWANTED)
            return
        try:
            envelope, message = await asyncio.to_thread(self._compose, delivery)
        except Exception as error:  # whatever cannot be composed is set aside, so that the others get theirs
            log.exception("cannot compose", delivery=delivery.id)
            await self._drop(delivery, DeliveryState.POISONED, f"it cannot be composed: {error}")
            return
        reply = await self.transport.send(
            envelope, message, lambda: asyncio.to_thread(self.store.deliveries.permit, delivery)
        )
        if reply is None:
            await self._drop(delivery, DeliveryState.SUPPRESSED, UNWANTED)
            return
        await asyncio.shield(asyncio.to_thread(self._settle, delivery, reply))

    def _compose(self, delivery: Delivery) -> tuple[Envelope, bytes]:
        return self.composer.compose(self.store.deliveries.digest(delivery.id))

    async def _drop(self, delivery: Delivery, state: DeliveryState, reason: str) -> None:
        if await asyncio.to_thread(self.store.deliveries.drop, delivery, state, reason, self.clock.now()):
            self.report.add(state)

    def _settle(self, delivery: Delivery, reply: Reply) -> None:
        verdict = judge(reply, delivery.attempts + 1)
        outcome, reason, wait = self._outcome(delivery, verdict)
        now = self.clock.now()
        next_attempt_at = now + wait if wait is not None else None
        if self.store.deliveries.settle(
            delivery, reply, outcome, now=now, reason=reason, next_attempt_at=next_attempt_at
        ):
            self.report.add(outcome)
        if verdict.suppress:
            self.store.suppressions.add(delivery.address, verdict.reason, evidence=_evidence(reply), now=now)
        if verdict.scope in {"relay", "us"} and outcome is not DeliveryState.SENT:
            self.report.problem = self.report.problem or verdict.reason

    def _outcome(self, delivery: Delivery, verdict: Verdict) -> tuple[DeliveryState, str, timedelta | None]:
        """The state to write, why, and how long to wait before the next attempt (None: there is none)."""
        outcome, wait = verdict.outcome, verdict.retry_in
        if outcome is DeliveryState.UNCERTAIN and self.policy.on_uncertain == "resend":
            outcome, wait = DeliveryState.DEFERRED, wait or timedelta(minutes=1)
        if outcome is not DeliveryState.DEFERRED or wait is None:
            return outcome, verdict.reason, None
        wait *= 1 + random.uniform(-JITTER, JITTER)  # noqa: S311 - spreads retries, guards nothing
        if delivery.due_at is not None and self.clock.now() + wait > delivery.due_at + GIVE_UP:
            return DeliveryState.FAILED, f"given up, the next edition is due: {verdict.reason}", None
        return outcome, verdict.reason, wait


def _evidence(reply: Reply) -> str:
    return " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part)
