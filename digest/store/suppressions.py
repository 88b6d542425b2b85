"""The addresses we must not mail.

In:    an address, the reason and the evidence for it.
Out:   whether an address is on the list, and the list.
Never: a decision about a bounce; `deliveries.permit` asks this table in its own statement.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import col

from digest.model import Suppression
from digest.store.addresses import address_key
from digest.store.database import Database, hit, insert_new
from digest.store.tables import SuppressionRow


class Suppressions:
    """One row per address, whatever its spelling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, address: str, reason: str, evidence: str, now: datetime) -> None:
        """Puts the address on the list; the first reason stays."""
        row = {
            "address_key": address_key(address),
            "address": address,
            "reason": reason,
            "evidence": evidence,
            "created_at": now,
        }
        with self._database.write() as conn:
            conn.execute(insert_new(conn, SuppressionRow), row)

    def remove(self, address: str) -> bool:
        """Takes the address off the list; False when it was not on it."""
        with self._database.write() as conn:
            return hit(
                conn.execute(delete(SuppressionRow).where(col(SuppressionRow.address_key) == address_key(address)))
            )

    def contains(self, address: str) -> bool:
        wanted = select(col(SuppressionRow.address_key)).where(col(SuppressionRow.address_key) == address_key(address))
        with self._database.read() as conn:
            return conn.scalar(wanted) is not None

    def list(self, limit: int | None = None, skip: int = 0) -> list[Suppression]:
        """All of them, or so many after those that are skipped, oldest first."""
        rows = select(SuppressionRow).order_by(col(SuppressionRow.created_at), col(SuppressionRow.address_key))
        rows = rows.limit(limit).offset(skip)
        with self._database.read() as conn:
            return [
                Suppression(address=row.address, reason=row.reason, evidence=row.evidence, created_at=row.created_at)
                for row in conn.execute(rows)
            ]
