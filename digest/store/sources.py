"""What is remembered of each source between fetches.

In:    SourceState values.
Out:   the same.
Never: a source's configuration.
"""

from dataclasses import asdict

from sqlalchemy import insert, select, update
from sqlmodel import col

from digest.model import SourceState
from digest.store.database import Database, hit
from digest.store.tables import SourceRow


class SourceStates:
    """One row per source name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> SourceState:
        """The state of the source, a fresh one for a name never stored."""
        with self._database.read() as conn:
            row = conn.execute(select(SourceRow).where(col(SourceRow.name) == name)).one_or_none()
        return SourceState(**row._mapping) if row else SourceState(name=name)

    def put(self, state: SourceState) -> None:
        """Replaces what is stored for the source."""
        values = asdict(state)
        with self._database.write() as conn:
            if not hit(conn.execute(update(SourceRow).where(col(SourceRow.name) == state.name).values(values))):
                conn.execute(insert(SourceRow), values)

    def list(self) -> list[SourceState]:
        with self._database.read() as conn:
            return [
                SourceState(**row._mapping) for row in conn.execute(select(SourceRow).order_by(col(SourceRow.name)))
            ]
