"""When one who gets mail again is due.

In:    a connection inside a transaction, a subscriber, the present moment.
Out:   a due time that gives no date a second digest.
Never: a date that lies ahead by a clock that was ahead.
"""

from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import Connection, select
from sqlmodel import col

from digest.due import Had, after_change
from digest.errors import InputError
from digest.model import Subscriber
from digest.store.freezing import KIND
from digest.store.tables import DeliveryRow


def had(conn: Connection, subscriber_id: int, now: datetime) -> Had | None:
    """Their newest local date with a row, and the instant it was due at; None for nothing up to now.

    What lies ahead was written by a clock that was ahead.
    """
    day, due = col(DeliveryRow.local_date), col(DeliveryRow.due_at)
    own = col(DeliveryRow.subscriber_id) == subscriber_id, col(DeliveryRow.kind) == KIND
    row = conn.execute(select(day, due).where(*own, due <= now).order_by(day.desc()).limit(1)).one_or_none()
    return (row.local_date, row.due_at) if row else None


def due_again(conn: Connection, subscriber: Subscriber, now: datetime) -> datetime | None:
    """When, for one who gets mail again; None for one who never had any, or in whose zone nobody can say."""
    before = had(conn, subscriber.id, now)
    try:
        return after_change(subscriber.at, subscriber.zone, subscriber.cadence, now, before) if before else None
    except (InputError, ZoneInfoNotFoundError, ValueError):  # the enqueue job says so in the log
        return None
