"""Counts over the ledger and the subscribers.

In:    moments and dates.
Out:   how many of what.
Never: an address.
"""

from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlmodel import col

from digest.model import Cause, DayCount, DeliveryState, Queue
from digest.store.database import Database
from digest.store.freezing import KIND
from digest.store.tables import DeliveryRow

WAITING = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.TRANSMITTING, DeliveryState.DEFERRED)


class Statistics:
    """Each method is one look at the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, now: datetime) -> Queue:
        """What is due at `now` and not sent; what is deferred counts from when it was due to leave."""
        due = or_(col(DeliveryRow.next_attempt_at).is_(None), col(DeliveryRow.next_attempt_at) <= now)
        wanted = select(func.count(), func.min(col(DeliveryRow.due_at)))
        with self._database.read() as conn:
            depth, oldest = conn.execute(wanted.where(col(DeliveryRow.state).in_(WAITING), due)).one()
        return Queue(depth, oldest)

    def days(self, since: date) -> list[DayCount]:
        """How many digests each local date from `since` on has in each state, for each cause; oldest date first."""
        parts = col(DeliveryRow.local_date), col(DeliveryRow.state), col(DeliveryRow.cause)
        wanted = select(*parts, func.count()).where(parts[0] >= since, col(DeliveryRow.kind) == KIND)
        with self._database.read() as conn:
            rows = conn.execute(wanted.group_by(*parts).order_by(*parts)).all()
        return [DayCount(day, DeliveryState(state), Cause(cause), count) for day, state, cause, count in rows]
