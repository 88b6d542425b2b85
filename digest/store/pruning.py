"""What is old is forgotten, a little at a time.

In:    what, and the moment before which it is old.
Out:   how many rows went; those that belong to them go along.
Never: a delivery that has not come to its end, papers and editions, a transaction that keeps senders waiting.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, false, func, select, tuple_
from sqlmodel import SQLModel, col

from digest.model import LetterKind, SubscriberState
from digest.store.database import Database
from digest.store.erasing import delete_deliveries, erase
from digest.store.tables import (
    DeliveryRow,
    EditionRow,
    EventRow,
    RequestRow,
    SignalRow,
    SubscriberRow,
)
from digest.store.transitions import OPEN


class Old(StrEnum):
    """What can be too old to be kept."""

    DELIVERIES = "deliveries"  # that came to their end, with their picks and attempts
    SIGNALS = "signals"
    EVENTS = "events"
    REQUESTS = "requests"  # of the web, whose letter's link is no longer good, or a stranger's that were never answered
    UNCONFIRMED = "unconfirmed"  # subscribers who never confirmed, with all that is theirs


TABLES: dict[Old, type[SQLModel]] = {Old.SIGNALS: SignalRow, Old.EVENTS: EventRow, Old.REQUESTS: RequestRow}


class Pruning:
    """Each method is one look, or one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def edition_cutoff(self, number: int) -> datetime | None:
        """The cut-off of the `number`-th newest edition; None where there are fewer."""
        newest_first = select(col(EditionRow.cutoff_at)).order_by(col(EditionRow.cutoff_at).desc())
        with self._database.read() as conn:
            return conn.scalar(newest_first.offset(number - 1).limit(1))

    def count(self, what: Old, before: datetime) -> int:
        with self._database.read() as conn:
            return conn.scalar(select(func.count()).select_from(_old(what, before).subquery())) or 0

    def prune(self, what: Old, before: datetime, limit: int) -> int:
        """Removes up to `limit`, and returns how many; fewer than `limit`: no more are left."""
        some = _old(what, before).limit(limit)
        with self._database.write() as conn:
            match what:
                case Old.DELIVERIES:
                    return delete_deliveries(conn, conn.scalars(some.with_for_update(skip_locked=True)).all())
                case Old.UNCONFIRMED:
                    ids = conn.scalars(some.with_for_update(skip_locked=True)).all()
                    return sum(erase(conn, self._database.marks, number) for number in ids)
                case Old.SIGNALS | Old.EVENTS | Old.REQUESTS:
                    table = TABLES[what]
                    return conn.execute(delete(table).where(tuple_(*_key(table)).in_(some))).rowcount

    def finish(self) -> None:
        """What went is gone from SQLite's log too."""
        self._database.truncate_wal()


def _old(what: Old, before: datetime) -> Select[Any]:
    """The keys of the rows that are old."""
    match what:
        case Old.DELIVERIES:  # by date for its index; and what was queued again ended later than on its date
            ended = col(DeliveryRow.state).not_in(OPEN), col(DeliveryRow.updated_at) < before
            return select(*_key(DeliveryRow)).where(col(DeliveryRow.local_date) < before.date(), *ended)
        case Old.SIGNALS:
            return select(*_key(SignalRow)).where(col(SignalRow.observed_at) < before)
        case Old.EVENTS:
            return select(*_key(EventRow)).where(col(EventRow.at) < before)
        case Old.REQUESTS:
            return select(*_key(RequestRow)).where(~_counts(before))
        case Old.UNCONFIRMED:
            key = col(RequestRow.key) == col(SubscriberRow.address_key)
            asked = exists().where(col(RequestRow.kind) == LetterKind.CONFIRM, key, _counts(before))
            pending = col(SubscriberRow.state) == SubscriberState.PENDING, ~asked
            return select(*_key(SubscriberRow)).where(*pending, col(SubscriberRow.created_at) < before)


def _counts(since: datetime) -> ColumnElement[bool]:
    """Whether a request, or the letter that answered it, is from after that, or an import has not come to it yet."""
    recent = (col(RequestRow.asked_at) >= since) | func.coalesce(col(RequestRow.mailed_at) >= since, false())
    return recent | (col(RequestRow.answered_at).is_(None) & (col(RequestRow.network) == ""))


def _key(table: type[SQLModel]) -> Sequence[Any]:
    return list(SQLModel.metadata.tables[str(table.__tablename__)].primary_key.columns)
