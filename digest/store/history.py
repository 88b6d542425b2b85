"""What we remember of one subscriber: what was done to them, and what they were sent.

In:    a subscriber's id, ids of deliveries.
Out:   events, days of the ledger with their papers, attempts; from a fixed number of queries each.
Never: a change; what is somebody else's.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from digest.model import Attempt, Cause, DeliveryState, Paper, Reply, Stage, Suppression
from digest.store.addresses import address_key
from digest.store.database import Database, chunks
from digest.store.freezing import KIND
from digest.store.tables import AttemptRow, DeliveryPaperRow, DeliveryRow, EditionEntryRow, EventRow, SuppressionRow

ON_LIST = ("address", "reason", "evidence", "created_at")


@dataclass(frozen=True, slots=True)
class Event:
    """What was done to a subscriber, or what they told us: the name of a state, or of what they told."""

    at: datetime
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Day:
    """A local date of one subscriber: the papers of its digest as they were then, or why there was none."""

    date: date
    state: DeliveryState
    cause: Cause
    papers: tuple[Paper, ...] = ()


class History:
    """Reads what the other rooms of the store wrote down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(self, subscriber_id: int) -> list[Event]:
        """Oldest first."""
        wanted = select(EventRow).where(col(EventRow.subscriber_id) == subscriber_id).order_by(col(EventRow.id))
        with self._database.read() as conn:
            return [Event(row.at, row.kind, row.reason) for row in conn.execute(wanted)]

    def days(self, subscriber_id: int, limit: int, before: date | None = None) -> list[Day]:
        """The newest dates with a digest or a reason for none, of those before `before`; newest first."""
        day = col(DeliveryRow.local_date)
        wanted = select(col(DeliveryRow.id), day, col(DeliveryRow.state), col(DeliveryRow.cause))
        wanted = wanted.where(col(DeliveryRow.subscriber_id) == subscriber_id, col(DeliveryRow.kind) == KIND)
        if before is not None:
            wanted = wanted.where(day < before)
        with self._database.read() as conn:
            rows = conn.execute(wanted.order_by(day.desc()).limit(limit)).all()
            papers = _papers(conn, [row.id for row in rows])
        return [Day(on, DeliveryState(state), Cause(cause), tuple(papers[number])) for number, on, state, cause in rows]

    def papers(self, delivery_ids: Sequence[int]) -> dict[int, list[Paper]]:
        """Of each delivery that has any, in the order they were chosen in."""
        with self._database.read() as conn:
            return dict(_papers(conn, delivery_ids))

    def attempts(self, delivery_ids: Sequence[int]) -> dict[int, list[Attempt]]:
        """Of each delivery that was dialled, oldest first."""
        found: defaultdict[int, list[Attempt]] = defaultdict(list)
        with self._database.read() as conn:
            for some in chunks(delivery_ids):
                wanted = select(AttemptRow).where(col(AttemptRow.delivery_id).in_(some))
                for row in conn.execute(wanted.order_by(col(AttemptRow.delivery_id), col(AttemptRow.number))):
                    found[row.delivery_id].append(_attempt(row))
        return dict(found)

    def suppression(self, address: str) -> Suppression | None:
        """What the list says of the address."""
        wanted = select(SuppressionRow).where(col(SuppressionRow.address_key) == address_key(address))
        with self._database.read() as conn:
            row = conn.execute(wanted).one_or_none()
        return Suppression(**{name: getattr(row, name) for name in ON_LIST}) if row else None


def _papers(conn: Connection, delivery_ids: Sequence[int]) -> defaultdict[int, list[Paper]]:
    found: defaultdict[int, list[Paper]] = defaultdict(list)
    pick, entry = DeliveryPaperRow, EditionEntryRow
    same = (col(entry.edition_id) == col(pick.edition_id)) & (col(entry.paper_id) == col(pick.paper_id))
    for some in chunks(delivery_ids):
        wanted = select(col(pick.delivery_id), col(entry.snapshot)).join(entry, same)
        wanted = wanted.where(col(pick.delivery_id).in_(some))
        for number, paper in conn.execute(wanted.order_by(col(pick.delivery_id), col(pick.position))):
            found[number].append(paper)
    return found


def _attempt(row: Row[Any]) -> Attempt:
    reply = Reply(Stage(row.stage), row.code, row.enhanced, row.text)
    return Attempt(
        delivery_id=row.delivery_id, number=row.number, at=row.at, reply=reply, outcome=DeliveryState(row.outcome)
    )
