"""Counts over the ledger and the subscribers.

In:    moments and dates.
Out:   how many of what.
Never: an address.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from digest.model import Cause, DayCount, DeliveryState, Queue, SubscriberState
from digest.store.database import Database
from digest.store.freezing import KIND
from digest.store.tables import DeliveryRow, SubscriberRow
from digest.store.transitions import OPEN


class Statistics:
    """Each method is one look at the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, now: datetime) -> Queue:
        """What is due at `now` and not sent; what is deferred counts from when it was due to leave."""
        due = or_(col(DeliveryRow.next_attempt_at).is_(None), col(DeliveryRow.next_attempt_at) <= now)
        wanted = select(func.count(), func.min(col(DeliveryRow.due_at)))
        with self._database.read() as conn:
            depth, oldest = conn.execute(wanted.where(col(DeliveryRow.state).in_(OPEN), due)).one()
        return Queue(depth, oldest)

    def days(self, since: date, until: date | None = None) -> list[DayCount]:
        """How many digests each local date from `since` to `until` has in each state, for each cause; oldest first."""
        parts = col(DeliveryRow.local_date), col(DeliveryRow.state), col(DeliveryRow.cause)
        wanted = select(*parts, func.count()).where(parts[0] >= since, col(DeliveryRow.kind) == KIND)
        wanted = wanted if until is None else wanted.where(parts[0] <= until)
        with self._database.read() as conn:
            rows = conn.execute(wanted.group_by(*parts).order_by(*parts)).all()
        return [DayCount(day, DeliveryState(state), Cause(cause), count) for day, state, cause, count in rows]

    def overdue(self, before: datetime) -> dict[DeliveryState, int]:
        """How many, in each state, were due before that moment and are not sent."""
        return self._by_state(col(DeliveryRow.state).in_(OPEN), col(DeliveryRow.due_at) < before)

    def ended(self, states: Collection[DeliveryState], since: datetime, until: datetime) -> dict[DeliveryState, int]:
        """How many came to one of those ends from `since` on and before `until`."""
        lately = col(DeliveryRow.updated_at) >= since, col(DeliveryRow.updated_at) < until
        return self._by_state(col(DeliveryRow.state).in_(states), *lately)

    def undecided(self, before: datetime) -> int:
        """How many active subscribers were due before that moment, and it has not been dealt with."""
        active = col(SubscriberRow.state) == SubscriberState.ACTIVE
        wanted = select(func.count()).select_from(SubscriberRow).where(active, col(SubscriberRow.next_due_at) < before)
        with self._database.read() as conn:
            return conn.scalar(wanted) or 0

    def subscribers(self) -> dict[SubscriberState, int]:
        """How many are in each state that has any."""
        wanted = select(col(SubscriberRow.state), func.count()).group_by(col(SubscriberRow.state))
        with self._database.read() as conn:
            return {SubscriberState(state): count for state, count in conn.execute(wanted)}

    def _by_state(self, *conditions: ColumnElement[bool]) -> dict[DeliveryState, int]:
        wanted = select(col(DeliveryRow.state), func.count()).where(*conditions).group_by(col(DeliveryRow.state))
        with self._database.read() as conn:
            return {DeliveryState(state): count for state, count in conn.execute(wanted)}
