"""Where a database is at home, and how a copy or an older state of it is told from the one that sends.

In:    a database, a connection to it.
Out:   whether it is at home here; a home and a mark in `meta`.
Never: a copy taken for the original. Two blind spots: a state of this very file taken after its last mark, and a whole
       machine, or server, put back; with it a server that was cloned and answers where the first one did.

A SQLite file is at home where the machine, its number and that of its lock file are those it was adopted at, and its
mark is not behind the one beside it. A PostgreSQL database is told by its server, where database.url says that is, its
own number and that of the table `delivery`: a server that was copied whole has all the numbers of the first.
"""

import glob
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, delete, insert, select, text, update
from sqlmodel import col

from digest.errors import StoreError
from digest.store import lockfile
from digest.store.database import Database
from digest.store.lockfile import LockFile
from digest.store.tables import MetaRow

HOME, MARK, RESTORED = "home", "mark", "restored"
KEPT = ".before-restore"  # of the name of what a restore puts aside
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

    def follows(self, other: "Mark") -> bool:
        """Not behind the other of the same line."""
        return self.line == other.line and self.count >= other.count

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
    if not database.is_sqlite:
        with database.read() as conn:
            return current(database, conn) is not None
    path = lockfile.beside(file_of(database))
    if not path.exists():
        return False
    with lockfile.opened(path) as beside, database.read() as conn:
        return current_beside(database, conn, beside) is not None


def current_beside(database: Database, conn: Connection, beside: LockFile) -> Mark | None:
    """The mark of a SQLite database that is at home here and not behind the marks beside it."""
    seen = [parsed(each) for each in beside.marks()]  # before the own one, which only grows
    mark = current(database, conn, beside)
    if mark is None or not seen or any(each is None or not mark.follows(each) for each in seen):
        return None
    return mark


def current(database: Database, conn: Connection, beside: LockFile | None = None) -> Mark | None:
    """The mark of a database that is at home here."""
    wanted = select(col(MetaRow.key), col(MetaRow.value)).where(col(MetaRow.key).in_((HOME, MARK)))
    found = dict(conn.execute(wanted).all())
    return parsed(found.get(MARK, "")) if found.get(HOME) == _place(database, conn, beside) else None


def has_gone(database: Database) -> bool:
    """Whether what lies beside an empty SQLite database says that another one was here, and may have sent.

    The mark of one that never sent does not: somebody stopped us while we made it.
    """
    if not database.is_sqlite:
        return False
    path = file_of(database)
    with lockfile.opened(lockfile.beside(path)) as beside:
        marks = [parsed(each) for each in beside.marks()]
    return any(mark is None or mark.count for mark in marks) or any(
        path.parent.glob(f"{glob.escape(path.name + KEPT)}*")
    )


def move_in(database: Database, conn: Connection) -> None:
    """At home here from now on. The file comes first: a crash before the commit leaves a copy, never two originals."""
    mark = Mark(secrets.token_hex(8))
    if database.is_sqlite:
        with lockfile.opened(lockfile.beside(file_of(database))) as beside:
            beside.keep(str(mark))
            place = _place(database, conn, beside)
    else:
        place = _place(database, conn)
    _forget(conn, HOME, MARK, RESTORED)
    rows = {HOME: place, MARK: str(mark)}
    conn.execute(insert(MetaRow), [{"key": key, "value": value} for key, value in rows.items()])


def move_out(conn: Connection, *, restored: bool = False) -> None:
    """At home nowhere: nothing is sent before it is adopted, and what was `restored` only as an older state."""
    _forget(conn, HOME, MARK)
    if restored:
        _forget(conn, RESTORED)
        conn.execute(insert(MetaRow), {"key": RESTORED, "value": "from a backup"})


def is_restored(conn: Connection) -> bool:
    """Whether it came from a backup and was not adopted since."""
    return conn.scalar(select(col(MetaRow.value)).where(col(MetaRow.key) == RESTORED)) is not None


def _forget(conn: Connection, *keys: str) -> None:
    conn.execute(delete(MetaRow).where(col(MetaRow.key).in_(keys)))


def replace_mark(conn: Connection, mark: Mark) -> None:
    conn.execute(update(MetaRow).where(col(MetaRow.key) == MARK).values(value=str(mark)))


def _place(database: Database, conn: Connection, beside: LockFile | None = None) -> str:
    return _on_this_machine(file_of(database), beside) if beside else _on_its_server(conn, database.url)


def _on_this_machine(path: Path, beside: LockFile) -> str:
    """Not the device number, which changes from boot to boot."""
    try:
        inode = path.stat().st_ino
    except FileNotFoundError:
        raise StoreError(f"{path} is gone", "put it back, and start digest again") from None
    try:
        machine = MACHINE_ID.read_text(encoding="utf-8").strip()
    except OSError:
        machine = ""
    return f"machine {machine} file {inode} lock {beside.number}"


def _on_its_server(conn: Connection, url: URL) -> str:
    server = conn.scalar(SERVER) if conn.scalar(MAY_ASK) else ""
    database, table = conn.execute(NUMBERS).one()
    host, port = (given or url.query.get(name, "") for name, given in (("host", url.host), ("port", url.port)))
    return f"server {server} at {host} port {port} database {database} table {table}"
