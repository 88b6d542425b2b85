"""Where a database is at home, and how a copy or an older state of it is told from the one that sends.

In:    a database, a connection to it.
Out:   whether it is at home here; a home and a mark in `meta`.
Never: a copy taken for the original. One blind spot: a state of this very file taken after its last mark.

A SQLite file is at home where its machine and inode are those it was adopted at, and its mark is not behind that of the
file beside it. A PostgreSQL database is told by its server, its own number and that of the table `delivery`.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, text, update
from sqlmodel import col

from digest.errors import StoreError
from digest.store import lockfile
from digest.store.database import Database
from digest.store.tables import MetaRow

HOME, MARK = "home", "mark"
MACHINE_ID = Path("/etc/machine-id")
MAY_ASK = text("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
SERVER = text("SELECT system_identifier FROM pg_control_system()")
NUMBERS = text("SELECT oid, 'delivery'::regclass::oid FROM pg_database WHERE datname = current_database()")


@dataclass(frozen=True, slots=True)
class Mark:
    """Counts up from one adoption to the next; `line` is random, so that two adoptions are never confused."""

    line: str
    count: int = 0

    @property
    def following(self) -> "Mark":
        return Mark(self.line, self.count + 1)

    def __str__(self) -> str:
        return f"{self.line}.{self.count}"


def parsed(mark: str) -> Mark | None:
    line, _, count = mark.partition(".")
    return Mark(line, int(count)) if line and count.isdecimal() else None


def file_of(database: Database) -> Path:
    """The SQLite file, whatever name it was given by."""
    return Path(str(database.url.database)).resolve()


def is_adopted(database: Database) -> bool:
    """Whether it may send from where it is, as far as can be said without the seat."""
    seen = _seen(database) if database.is_sqlite else ""  # before the database's own mark, which only grows
    with database.read() as conn:
        return current(database, conn, seen) is not None


def _seen(database: Database) -> str:
    path = lockfile.beside(file_of(database))
    if not path.exists():
        return ""
    with lockfile.opened(path) as beside:
        return beside.mark


def current(database: Database, conn: Connection, seen: str) -> Mark | None:
    """The mark of a database that is at home here; `seen` is the one in the lock file beside it."""
    wanted = select(col(MetaRow.key), col(MetaRow.value)).where(col(MetaRow.key).in_((HOME, MARK)))
    found = dict(conn.execute(wanted).all())
    mark, last = parsed(found.get(MARK, "")), parsed(seen)
    if mark is None or found.get(HOME) != _place(database, conn):
        return None
    if database.is_sqlite and not (last and last.line == mark.line and last.count <= mark.count):
        return None
    return mark


def move_in(database: Database, conn: Connection) -> None:
    """At home here from now on. The file comes first: a crash before the commit leaves a copy, never two originals."""
    mark = Mark(secrets.token_hex(16))
    if database.is_sqlite:
        with lockfile.opened(lockfile.beside(file_of(database))) as beside:
            beside.keep(str(mark))
    move_out(conn)
    rows = {HOME: _place(database, conn), MARK: str(mark)}
    conn.execute(insert(MetaRow), [{"key": key, "value": value} for key, value in rows.items()])


def move_out(conn: Connection) -> None:
    """At home nowhere: nothing is sent before it is adopted."""
    conn.execute(delete(MetaRow).where(col(MetaRow.key).in_((HOME, MARK))))


def replace_mark(conn: Connection, mark: Mark) -> None:
    conn.execute(update(MetaRow).where(col(MetaRow.key) == MARK).values(value=str(mark)))


def _place(database: Database, conn: Connection) -> str:
    return _on_this_machine(file_of(database)) if database.is_sqlite else _on_its_server(conn)


def _on_this_machine(path: Path) -> str:
    """Not the device number, which changes from boot to boot."""
    try:
        inode = path.stat().st_ino
    except FileNotFoundError:
        raise StoreError(f"{path} is gone", "put it back, and start digest again") from None
    try:
        machine = MACHINE_ID.read_text(encoding="utf-8").strip()
    except OSError:
        machine = ""
    return f"machine {machine} inode {inode}"


def _on_its_server(conn: Connection) -> str:
    server = conn.scalar(SERVER) if conn.scalar(MAY_ASK) else ""
    database, table = conn.execute(NUMBERS).one()
    return f"server {server} database {database} table {table}"
