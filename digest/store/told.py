"""Which day the operator was last told about, so that a restart does not say it again.

In:    what is told, and the day it was about.
Out:   the last one.
Never: what was said.
"""

from datetime import date
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlmodel import col

from digest.store.database import Database
from digest.store.tables import MetaRow


class Telling(StrEnum):
    """The value is its key in `meta`."""

    SUMMARY = "told_summary"  # the line about a day in the log
    TROUBLE = "told_trouble"  # what is wrong, to the operator


class Told:
    """One row for each kind of news."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, what: Telling) -> date | None:
        with self._database.read() as conn:
            found = conn.scalar(select(col(MetaRow.value)).where(col(MetaRow.key) == what))
        return date.fromisoformat(found) if found else None

    def put(self, what: Telling, day: date) -> None:
        with self._database.write() as conn:
            conn.execute(delete(MetaRow).where(col(MetaRow.key) == what))
            conn.execute(insert(MetaRow), {"key": what.value, "value": day.isoformat()})
