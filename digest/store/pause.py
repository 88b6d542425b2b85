"""Whether sending is paused, for all who send from this database and beyond a restart.

In:    a connection; a moment and a reason.
Out:   the pause that is in force.
Never: a decision about it.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from digest.model import Pause
from digest.store.tables import MetaRow

UNTIL, REASON = "paused_until", "paused_because"


def begin(conn: Connection, pause: Pause) -> None:
    end(conn)
    rows = ((UNTIL, pause.until.isoformat()), (REASON, pause.reason))
    conn.execute(insert(MetaRow), [{"key": key, "value": value} for key, value in rows])


def end(conn: Connection) -> None:
    conn.execute(delete(MetaRow).where(col(MetaRow.key).in_((UNTIL, REASON))))


def current(conn: Connection) -> Pause | None:
    """The last one that was begun and not ended, over or not."""
    found = {row.key: row.value for row in conn.execute(select(MetaRow).where(col(MetaRow.key).in_((UNTIL, REASON))))}
    return Pause(datetime.fromisoformat(found[UNTIL]), found[REASON]) if len(found) == 2 else None
