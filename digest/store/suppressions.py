"""The addresses we must not mail.

In:    an address, the reason and the evidence for it.
Out:   whether an address is on the list, and the list.
Never: a decision about a bounce; `deliveries.permit` asks this table in its own statement.

Of one whose owner was erased only a keyed mark is left; it does as well.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, select
from sqlmodel import col

from digest.model import Suppression
from digest.store.addresses import Marks, address_key
from digest.store.database import Database, insert_new
from digest.store.tables import SubscriberRow, SuppressionRow


class Suppressions:
    """One row per address, whatever its spelling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, address: str, reason: str, evidence: str, now: datetime, owner: int | None = None) -> None:
        """Puts the address on the list; the first reason stays.

        `owner` is the id of the subscriber who was written to: of one who was erased meanwhile only the mark is kept.
        """
        key = address_key(address)
        row = {"address_key": key, "address": address, "reason": reason, "evidence": evidence, "created_at": now}
        with self._database.write() as conn:
            if _is_on(conn, self._database.marks, key):
                return
            if owner is not None and _is_gone(conn, owner):
                row |= {"address_key": self._database.marks(key)[0], "address": "", "evidence": ""}
            conn.execute(insert_new(conn, SuppressionRow), row)

    def remove(self, address: str) -> bool:
        """Takes the address off the list; False when it was not on it."""
        its = recognised(self._database.marks, address_key(address))
        with self._database.write() as conn:
            return conn.execute(delete(SuppressionRow).where(its)).rowcount > 0

    def contains(self, address: str) -> bool:
        with self._database.read() as conn:
            return _is_on(conn, self._database.marks, address_key(address))

    def find(self, address: str) -> Suppression | None:
        """Why the address is on the list; of one who was erased, as far as that is kept."""
        its = select(SuppressionRow).where(recognised(self._database.marks, address_key(address))).limit(1)
        with self._database.read() as conn:
            row = conn.execute(its).one_or_none()
        return _suppression(row) if row else None

    def list(self, limit: int | None = None, skip: int = 0) -> list[Suppression]:
        """All of them, or so many after those that are skipped, oldest first."""
        rows = select(SuppressionRow).order_by(col(SuppressionRow.created_at), col(SuppressionRow.address_key))
        rows = rows.limit(limit).offset(skip)
        with self._database.read() as conn:
            return [_suppression(row) for row in conn.execute(rows)]


def _suppression(row: Row[Any]) -> Suppression:
    return Suppression(address=row.address, reason=row.reason, evidence=row.evidence, created_at=row.created_at)


def recognised(marks: Marks, key: str) -> ColumnElement[bool]:
    """Whether a row is about the address with that key, erased or not."""
    return col(SuppressionRow.address_key).in_((key, *marks(key)))


def _is_on(conn: Connection, marks: Marks, key: str) -> bool:
    return bool(conn.scalar(select(exists().where(recognised(marks, key)))))


def _is_gone(conn: Connection, subscriber_id: int) -> bool:
    there = select(col(SubscriberRow.id)).where(col(SubscriberRow.id) == subscriber_id)
    return conn.scalar(there.with_for_update(read=True, key_share=True)) is None
