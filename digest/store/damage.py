"""What is wrong with a database: its pages, its rows, and what the ledger says of itself.

In:    a database that is ours.
Out:   a line for each thing found; nothing when it is good.
Never: a change.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Table, exists, func, select, text
from sqlmodel import SQLModel, col

from digest.errors import StoreError
from digest.model import DeliveryState, Stage
from digest.store.database import Database
from digest.store.freezing import KIND
from digest.store.tables import AttemptRow, DeliveryPaperRow, DeliveryRow, EditionRow
from digest.store.transitions import HELD, OPEN

BATCH = 1000

State = col(DeliveryRow.state)
Owner = col(DeliveryRow.owner)
Lease = col(DeliveryRow.lease_until)
_carries = col(DeliveryRow.recipient).is_not(None)
_tries = (
    select(func.count()).where(col(AttemptRow.delivery_id) == col(DeliveryRow.id)).correlate(DeliveryRow)
).scalar_subquery()
_picks = (
    select(func.count()).where(col(DeliveryPaperRow.delivery_id) == col(DeliveryRow.id)).correlate(DeliveryRow)
).scalar_subquery()
_taken = exists().where(
    col(AttemptRow.delivery_id) == col(DeliveryRow.id),
    col(AttemptRow.stage) == Stage.DOT,
    col(AttemptRow.code).between(200, 299),
)
_edition = exists().where(col(EditionRow.date) == col(DeliveryRow.edition_date))

# What no delivery is, whatever was killed and whenever.
FALSE: dict[str, ColumnElement[bool]] = {
    "in a state that there is not": State.not_in(list(DeliveryState)),
    "sent, and no server took it": (State == DeliveryState.SENT) & ~_taken,
    "said to have more or fewer attempts than it has": col(DeliveryRow.attempts) != _tries,
    "open, and carries no digest": State.in_(sorted(OPEN)) & ~_carries,
    "said to have more or fewer papers than it has": _carries & (col(DeliveryRow.papers) != _picks),
    "of an edition that is not there": (col(DeliveryRow.kind) == KIND) & _carries & ~_edition,
    "held without a holder, a fence and a lease": State.in_(sorted(HELD))
    & ((Owner == "") | Lease.is_(None) | (col(DeliveryRow.fence) < 1)),
    "held by somebody, and at rest": State.not_in(sorted(HELD)) & ((Owner != "") | Lease.is_not(None)),
    "to be tried again, and nobody knows when": (State == DeliveryState.DEFERRED)
    & col(DeliveryRow.next_attempt_at).is_(None),
}


def found(database: Database) -> list[str]:
    """All of it; false words in the ledger are looked for only where it can be read."""
    damaged = [*broken_pages(database), *_unreadable(database)]
    return damaged or list(_false(database))


def broken_pages(database: Database) -> list[str]:
    """What SQLite finds wrong with the file, and rows that name others which are not there."""
    if not database.is_sqlite:
        return []
    with database.read() as conn:
        broken = [str(line) for line in conn.execute(text("PRAGMA integrity_check")).scalars() if line != "ok"]
        lost = [
            f"{row[0]} row {row[1]} names a missing {row[2]}" for row in conn.execute(text("PRAGMA foreign_key_check"))
        ]
    return broken + lost


def _unreadable(database: Database) -> Iterator[str]:
    for table in SQLModel.metadata.sorted_tables:
        if reason := _problem(database, table):
            yield f"{table.name} has rows that cannot be read: {reason}"


def _problem(database: Database, table: Table) -> str:
    """Reads every row as the program does."""
    try:
        with database.read() as conn, conn.execute(select(table), execution_options={"yield_per": BATCH}) as rows:
            for _ in rows:
                pass
    except StoreError as error:
        return error.what
    except ValueError as error:  # what the row holds stays in it
        return type(error).__name__
    return ""


def _false(database: Database) -> Iterator[str]:
    with database.read() as conn:
        for what, condition in FALSE.items():
            first, number = conn.execute(select(func.min(col(DeliveryRow.id)), func.count()).where(condition)).one()
            if number:
                others = f", and {number - 1} more" if number > 1 else ""
                yield f"delivery {first} is {what}{others}"
