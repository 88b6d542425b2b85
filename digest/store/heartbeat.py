"""What the scheduler says of itself, kept where everybody can ask for it.

In:    a Heartbeat.
Out:   the last one, whichever process left it.
Never: a judgement of it.
"""

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select
from sqlmodel import col

from digest.model import Heartbeat
from digest.store.database import Database
from digest.store.tables import MetaRow

KEY = "heartbeat"
_SHAPE = TypeAdapter(Heartbeat)


class Heartbeats:
    """One row, replaced at each beat: to write it proves that the database can be written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, beat: Heartbeat) -> None:
        """Raises StoreUnavailable."""
        with self._database.write() as conn:
            conn.execute(delete(MetaRow).where(col(MetaRow.key) == KEY))
            conn.execute(insert(MetaRow), {"key": KEY, "value": _SHAPE.dump_json(beat).decode()})

    def last(self) -> Heartbeat | None:
        with self._database.read() as conn:
            found = conn.scalar(select(col(MetaRow.value)).where(col(MetaRow.key) == KEY))
        return _SHAPE.validate_json(found) if found else None
