"""What the parts of one deliver run share: what they work on, what came of it, whether it is over.

In:    the store, the clock, the policy, the pace and the figures.
Out:   a report; one place that says stop, one that counts an outcome.
Never: a delivery moved.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from digest.clock import Clock
from digest.errors import DigestError
from digest.jobs.pace import Pace
from digest.metrics import Metrics
from digest.model import Delivery, DeliveryState, Stage
from digest.store.engine import Store

log = structlog.get_logger()


@dataclass(slots=True)
class DeliverReport:
    """How many deliveries ended in which state.

    `problem`: why the run stopped early and a person should look, or `""`; `resting`: why it did, with nothing wrong.
    """

    counts: dict[DeliveryState, int] = field(default_factory=dict)
    requeued: int = 0  # a sender died with these
    returned: int = 0  # the relay answered before their recipient was named: back in the queue, no attempt
    waiting: int = 0  # deferred, their time has not come
    held: int = 0  # by another sender, or by one that was killed less than a lease ago
    problem: str = ""
    at_relay: bool = False  # the problem is the mail server's, or that of our account there
    resting: str = ""

    def add(self, state: DeliveryState, deliveries: int = 1) -> None:
        self.counts[state] = self.counts.get(state, 0) + deliveries

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)


@dataclass(frozen=True, slots=True)
class Policy:
    """How many connections, and what becomes of a message whose fate is unknown: `resend` or `hold`."""

    connections: int = 4
    on_uncertain: str = "resend"


@dataclass(slots=True)
class Run:
    """One pass over the ledger."""

    store: Store
    clock: Clock
    policy: Policy
    pace: Pace
    stopping: Callable[[], bool]
    metrics: Metrics
    report: DeliverReport = field(default_factory=DeliverReport)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    gets_on: Callable[[], None] = lambda: None  # called at each step, so that whoever watches sees that none hangs

    @property
    def over(self) -> bool:
        return self.stopped.is_set() or self.stopping()

    def stop(self, problem: str, *, at_relay: bool = False) -> None:
        """Nothing more is begun; what is under way comes to its end. The first problem is the one that is told."""
        if not self.report.problem:
            self.report.problem, self.report.at_relay = problem, at_relay
        self.stopped.set()

    def rest(self, reason: str) -> None:
        """The same, with nothing wrong."""
        self.report.resting = reason
        self.stopped.set()

    def count(self, state: DeliveryState, deliveries: int = 1) -> None:
        """So many were left in that state, in the report and in the figures, which live longer."""
        self.report.add(state, deliveries)
        self.metrics.ended(state, deliveries)

    async def drop(self, delivery: Delivery, state: DeliveryState, reason: str) -> None:
        """Ends a delivery that is not to be dialled."""
        if await asyncio.to_thread(self.store.deliveries.drop, delivery, state, reason, self.clock.now()):
            self.count(state)

    def was_doubtful(self, delivery: Delivery) -> bool:
        """Whether an earlier copy may have arrived: content was handed over and no answer came."""
        attempts = self.store.deliveries.attempts(delivery.id) if delivery.attempts else []
        return any(attempt.reply.stage is Stage.DOT and attempt.reply.code == 0 for attempt in attempts)


def tell(event: str, error: Exception, **what: object) -> str:
    """Logs what went wrong, with its traceback only if nobody foresaw it; returns it on one line."""
    if isinstance(error, DigestError):
        log.error(event, problem=str(error), **what)
        return str(error)
    log.error(event, exc_info=error, **what)
    return f"{type(error).__name__}: {error}".partition("\n")[0]
