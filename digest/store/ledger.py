"""How a delivery moves from state to state.

In:    a connection inside a writing transaction; the delivery with the fence its sender got when claiming it.
Out:   whether the one row that was meant has moved.
Never: a move by a sender that has lost its fence.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update
from sqlmodel import col

from digest.model import Delivery, DeliveryState, Reply, SubscriberState
from digest.store.addresses import address_key
from digest.store.database import hit
from digest.store.tables import AttemptRow, DeliveryRow, SubscriberRow, SuppressionRow
from digest.store.types import database_seconds

HELD = (DeliveryState.CLAIMED, DeliveryState.TRANSMITTING)
# What a sender learnt is still true after its lease ran out, as long as nobody else has claimed the row since.
ANSWERABLE = (*HELD, DeliveryState.QUEUED, DeliveryState.UNCERTAIN)
AGAIN = (
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.POISONED,
    DeliveryState.MISSED,
    DeliveryState.DEFERRED,
)
LEASE_SECONDS = 900  # longer than a transaction may take: 600 s for the final dot alone (RFC 5321 section 4.5.3.2.6)
NOBODY: dict[str, Any] = {"owner": "", "lease_until": None}


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of deliveries whose sender vanished."""

    requeued: int
    uncertain: int


def claim(conn: Connection, owner: str, limit: int, now: datetime, lease_seconds: int) -> list[int]:
    """Gives `owner` up to `limit` deliveries, those to be tried again first, and returns their ids."""
    state, when = col(DeliveryRow.state), col(DeliveryRow.next_attempt_at)
    again = _free(conn, (state == DeliveryState.DEFERRED) & (when <= now), limit)
    ids = again + _free(conn, state == DeliveryState.QUEUED, limit - len(again))
    if ids:
        values = {
            "state": DeliveryState.CLAIMED,
            "fence": col(DeliveryRow.fence) + 1,
            "owner": owner,
            "lease_until": database_seconds() + lease_seconds,
            "updated_at": now,
        }
        conn.execute(update(DeliveryRow).where(col(DeliveryRow.id).in_(ids)).values(values))
    return ids


def permit(conn: Connection, delivery: Delivery) -> bool:
    """Commits to sending: from here on a crash is ambiguous.

    Only with the fence, a live lease, an active subscriber at that address, and the address on no suppression list.
    """
    live = col(DeliveryRow.lease_until) > database_seconds()
    claimed = col(DeliveryRow.state) == DeliveryState.CLAIMED
    transmitting = update(DeliveryRow).where(_mine(delivery), claimed, live, _wanted(delivery))
    return hit(
        conn.execute(
            transmitting.values(state=DeliveryState.TRANSMITTING, lease_until=database_seconds() + LEASE_SECONDS)
        )
    )


def is_wanted(conn: Connection, delivery: Delivery) -> bool:
    """Whether the subscriber still wants mail at that address, and it is on no suppression list."""
    return bool(conn.scalar(select(_wanted(delivery))))


def _wanted(delivery: Delivery) -> ColumnElement[bool]:
    active = exists().where(
        col(SubscriberRow.id) == delivery.subscriber_id,
        col(SubscriberRow.state) == SubscriberState.ACTIVE,
        col(SubscriberRow.address) == delivery.address,
    )
    refused = exists().where(col(SuppressionRow.address_key) == address_key(delivery.address))
    return active & ~refused


def settle(
    conn: Connection,
    delivery: Delivery,
    reply: Reply,
    outcome: DeliveryState,
    now: datetime,
    reason: str,
    next_attempt_at: datetime | None,
) -> bool:
    """Writes down what the server answered, and the state that follows from it."""
    values = {"state": outcome, "reason": reason, "next_attempt_at": next_attempt_at, "updated_at": now, **NOBODY}
    answered = update(DeliveryRow).where(_mine(delivery), col(DeliveryRow.state).in_(ANSWERABLE))
    counted = answered.values(attempts=col(DeliveryRow.attempts) + 1, **values).returning(col(DeliveryRow.attempts))
    number = conn.execute(counted).scalar_one_or_none()
    if number is not None:
        attempt = {"delivery_id": delivery.id, "number": number, "at": now, "outcome": outcome, **asdict(reply)}
        conn.execute(insert(AttemptRow), attempt)
    return number is not None


def drop(conn: Connection, delivery: Delivery, state: DeliveryState, reason: str, now: datetime) -> bool:
    """Ends a delivery that nobody has dialled for."""
    undialled = col(DeliveryRow.state).in_((DeliveryState.CLAIMED, DeliveryState.QUEUED, DeliveryState.DEFERRED))
    values = {"state": state, "reason": reason, "next_attempt_at": None, "updated_at": now, **NOBODY}
    return hit(conn.execute(update(DeliveryRow).where(_mine(delivery), undialled).values(values)))


def recover(conn: Connection, on_uncertain: str) -> Recovered:
    """Takes deliveries back whose lease ran out; what was in transmission is sent again only on `resend`."""
    expired = col(DeliveryRow.lease_until) <= database_seconds()
    requeued = _back(conn, DeliveryState.CLAIMED, expired)
    if on_uncertain == "resend":
        return Recovered(requeued + _back(conn, DeliveryState.TRANSMITTING, expired), 0)
    held = update(DeliveryRow).where(col(DeliveryRow.state) == DeliveryState.TRANSMITTING, expired)
    values = {"state": DeliveryState.UNCERTAIN, "reason": "the sender stopped before the server answered", **NOBODY}
    return Recovered(requeued, conn.execute(held.values(values)).rowcount)


def release(conn: Connection, owner: str) -> int:
    """Hands back what `owner` has claimed and not begun to transmit."""
    return _back(conn, DeliveryState.CLAIMED, col(DeliveryRow.owner) == owner)


def retry(conn: Connection, delivery_id: int, now: datetime) -> bool:
    """The operator wants it sent: a new fence, so that no late answer to an earlier attempt undoes that."""
    ended = update(DeliveryRow).where(col(DeliveryRow.id) == delivery_id, col(DeliveryRow.state).in_(AGAIN))
    values = {"state": DeliveryState.QUEUED, "reason": "", "due_at": now, "next_attempt_at": None, "updated_at": now}
    values |= NOBODY
    return hit(
        conn.execute(
            ended.where(col(DeliveryRow.recipient).is_not(None)).values(fence=col(DeliveryRow.fence) + 1, **values)
        )
    )


def _mine(delivery: Delivery) -> ColumnElement[bool]:
    return (col(DeliveryRow.id) == delivery.id) & (col(DeliveryRow.fence) == delivery.fence)


def _free(conn: Connection, condition: ColumnElement[bool], limit: int) -> list[int]:
    rows = select(col(DeliveryRow.id)).where(condition).order_by(col(DeliveryRow.next_attempt_at), col(DeliveryRow.id))
    return list(conn.scalars(rows.limit(limit).with_for_update(skip_locked=True))) if limit > 0 else []


def _back(conn: Connection, state: DeliveryState, condition: ColumnElement[bool]) -> int:
    rows = update(DeliveryRow).where(col(DeliveryRow.state) == state, condition)
    return conn.execute(rows.values(state=DeliveryState.QUEUED, next_attempt_at=None, **NOBODY)).rowcount
