"""What becomes of a delivery after an answer: the verdict, seen with our policy and with the day's end in mind.

In:    a verdict, the delivery, whether an earlier copy may have arrived, the policy, the present moment.
Out:   the state to write, why, and when the next attempt is.
Never: I/O, the clock, the connection: that is `pace.py`'s.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.mail.reply import Verdict
from digest.model import Delivery, DeliveryState, LetterKind

GIVE_UP = timedelta(hours=20)  # the next edition is due: an older digest is of no use, and nobody waits for a letter
RESEND_AFTER = timedelta(minutes=5)  # a message whose fate is unknown, once
JITTER = 0.2  # upwards only: a greylist that asks for 300 s must be over after 60 + 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """`next_attempt_at` is set exactly when `state` is DEFERRED."""

    state: DeliveryState
    reason: str
    next_attempt_at: datetime | None = None


def outcome(verdict: Verdict, delivery: Delivery, now: datetime, *, on_uncertain: str, doubted: bool) -> Outcome:
    """`doubted`: an earlier copy may have arrived, so a second doubt is not answered with a third copy."""
    state, wait = verdict.outcome, verdict.retry_in
    if state is DeliveryState.UNCERTAIN and on_uncertain == "resend" and not doubted:
        state, wait = DeliveryState.DEFERRED, RESEND_AFTER
    if state is not DeliveryState.DEFERRED or wait is None:
        return Outcome(state, verdict.reason)
    at = now + wait * (1 + random.uniform(0, JITTER))  # noqa: S311 - spreads retries, guards nothing
    if is_too_late(delivery, at):
        ended = DeliveryState.UNCERTAIN if doubted else DeliveryState.FAILED
        return Outcome(ended, f"given up, {too_late(delivery)}: {verdict.reason}")
    return Outcome(state, verdict.reason, at)


def is_too_late(delivery: Delivery, at: datetime) -> bool:
    return delivery.due_at is not None and at > delivery.due_at + GIVE_UP


def too_late(delivery: Delivery) -> str:
    """What has become of its use, as a clause."""
    return "nobody waits for it any more" if delivery.kind in list(LetterKind) else "the next edition is due"
