"""The ledger and the suppression list as JSON.

In:    deliveries, attempts, suppressions.
Out:   dictionaries.
Never: a message's content.
"""

from datetime import date as day
from datetime import datetime

from typing_extensions import TypedDict

from digest.model import Attempt, Delivery, Suppression


class DeliveryRecord(TypedDict):
    """The ledger row of one message owed to one subscriber; `date` is the local one of the subscriber."""

    id: int
    email: str
    kind: str
    date: day
    edition: day | None
    state: str
    reason: str
    cause: str
    papers: int
    due_at: datetime | None
    next_attempt_at: datetime | None
    attempts: int
    updated_at: datetime | None


class AttemptRecord(TypedDict):
    """One dial of a delivery, where it ended and what the server said; `code` is 0 where no reply came."""

    number: int
    at: datetime
    stage: str
    code: int
    enhanced: str
    text: str
    outcome: str


class SuppressionRecord(TypedDict):
    """An address that must not be mailed; `email` is empty where its owner was erased."""

    email: str
    reason: str
    evidence: str
    created_at: datetime | None


def delivery(one: Delivery) -> DeliveryRecord:
    return {
        "id": one.id,
        "email": one.address,
        "kind": one.kind,
        "date": one.local_date,
        "edition": one.edition,
        "state": one.state.value,
        "reason": one.reason,
        "cause": one.cause.value,
        "papers": one.papers,
        "due_at": one.due_at,
        "next_attempt_at": one.next_attempt_at,
        "attempts": one.attempts,
        "updated_at": one.updated_at,
    }


def attempt(one: Attempt) -> AttemptRecord:
    reply = one.reply
    return {
        "number": one.number,
        "at": one.at,
        "stage": reply.stage.value,
        "code": reply.code,
        "enhanced": reply.enhanced,
        "text": reply.text,
        "outcome": one.outcome.value,
    }


def suppression(one: Suppression) -> SuppressionRecord:
    return {"email": one.address, "reason": one.reason, "evidence": one.evidence, "created_at": one.created_at}
