"""Backups of a SQLite database: made while it is in use, verified before they are trusted.

In:    a database's URL, the file of a backup.
Out:   a whole database that is at home nowhere, as a file or back in its place, with what was there kept.
Never: half a file under its name, or the database's own file opened by anything but SQLite.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import quote

from sqlalchemy import func, select

from digest.errors import StoreError, StoreUnavailable
from digest.store import damage, identity, seat
from digest.store.database import DEADLINE, Database
from digest.store.lockfile import beside, sync_folder
from digest.store.migrate import revision
from digest.store.tables import DeliveryRow, SubscriberRow

WAIT = 0.25  # seconds between two looks at a file that somebody else has locked
PARTS = ("-wal", "-shm", "-journal")
NO_DATABASE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


class Unusable(StoreError):  # noqa: N818 - a state, as the operator would say it
    """A file that SQLite cannot read."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a backup."""

    bytes: int
    subscribers: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is what was there before; `replaced` if it had to make way, so that who has it open does not see this."""

    contents: Contents
    kept: Path | None
    replaced: bool


def back_up(url: str, target: Path, *, overwrite: bool = False) -> Contents:
    """Writes the database to `target` as it is at one moment. Raises StoreError, and leaves nothing then."""
    live = identity.file_of(_database(url))
    if not live.exists():
        raise StoreError(f"there is no database {live}", "see database.url in the configuration")
    if target.resolve() in {live, beside(live), *(Path(f"{live}{part}") for part in PARTS)}:
        raise StoreError(f"{target} is the database itself", "name another file")
    if target.is_dir():
        raise StoreError(f"{target} is a folder", "name a file")
    if target.exists() and not overwrite:
        raise StoreError(f"{target} is there already", "name another file, or say --force")
    with _scratch(target) as staged:
        _copy(live, staged)
        contents = _verified(live, staged)
        _put(staged, target)
    return contents


def restore(url: str, source: Path) -> Restored:
    """Brings a backup back, to be adopted. Raises SeatTaken while a sender lives, StoreError for what is no backup."""
    database = _database(url)
    live = identity.file_of(database)
    if live.is_dir() or not live.parent.is_dir():
        raise StoreError(f"{live} is a folder or in none that is there", "name a file in database.url")
    if not source.is_file():
        raise StoreError(f"there is no file {source}", "name a file that digest db backup wrote")
    if source.resolve() == live:
        raise StoreError(f"{source} is the database itself", "name a file that digest db backup wrote")
    with seat.locked(database, create=True), _scratch(live) as staged:
        kept = _free(live) if live.exists() and live.stat().st_size else None
        _copy(source, staged)
        contents = _verified(source, staged, restored=kept is not None)  # into an empty place it may just have moved
        try:
            replaced = not (kept and _copied_aside(live, kept) and _brought_in(staged, live))
        except StoreError:
            if kept:  # nothing has changed: nothing needs to be kept
                kept.unlink(missing_ok=True)
            raise
        if replaced:
            _make_way(live, kept)
            _put(staged, live)
    return Restored(contents, kept, replaced and kept is not None)


def _database(url: str) -> Database:
    database = Database(url)
    if not database.is_sqlite:
        mend = "use pg_dump and pg_restore, then: digest db adopt --restored"
        raise StoreError("PostgreSQL has programs of its own for backups", mend)
    return database


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """A file in the folder of `target`, gone at the end unless it was renamed."""
    with _told(target):
        descriptor, name = mkstemp(dir=target.parent, prefix=".digest-")
    os.close(descriptor)
    staged = Path(name)
    try:
        yield staged
    finally:
        for part in ("", *PARTS):
            Path(f"{staged}{part}").unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """Into a file of its own, without a journal beside it."""
    with closing(_readable(source)) as origin, closing(sqlite3.connect(target)) as copied:
        try:
            origin.backup(copied, progress=_patience(source), sleep=WAIT)
            copied.execute("PRAGMA journal_mode=DELETE").close()
        except sqlite3.Error as error:
            if _code(error) in NO_DATABASE:
                raise _unusable(source, error) from error
            raise StoreError(f"{target.parent} does not take a copy: {error}", "make room there") from error


def _readable(source: Path) -> sqlite3.Connection:
    """Opened and looked into. Raises StoreError."""
    try:
        origin = sqlite3.connect(f"file:{quote(str(source))}?{_mode(source)}", uri=True, timeout=DEADLINE)
    except sqlite3.Error as error:
        raise _unusable(source, error) from error
    try:
        origin.execute("PRAGMA schema_version").close()
    except sqlite3.Error as error:
        origin.close()
        raise _unusable(source, error) from error
    return origin


def _mode(source: Path) -> str:
    """Without a journal beside it SQLite may be told that nobody writes; else it would pass over what is in there."""
    if os.access(source, os.W_OK) and os.access(source.parent, os.W_OK):
        return "mode=rw"
    journal = Path(f"{source}-wal")
    if journal.exists() and journal.stat().st_size:
        raise StoreError(f"{source} is in use and may not be written", "run this as the user that runs digest")
    return "mode=ro&immutable=1"


def _patience(path: Path) -> Callable[[int, int, int], None]:
    """For sqlite3's `backup`, which else waits for ever."""
    rounds = iter(range(int(DEADLINE / WAIT)))

    def wait(status: int, _left: int, _pages: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and next(rounds, None) is None:
            raise StoreError(f"{path} is locked by another program", "stop that program and try again")

    return wait


def _unusable(path: Path, error: sqlite3.Error) -> Unusable:
    if _code(error) == sqlite3.SQLITE_NOTADB:
        return Unusable(f"{path} is not a database file", "name a file that digest db backup wrote")
    return Unusable(f"{path} cannot be read: {error}", "take an older backup")


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _verified(source: Path, staged: Path, *, restored: bool = False) -> Contents:
    """What is in it. Raises StoreError for what is not ours, of a newer program, or not whole."""
    database = Database(f"sqlite:///{staged}")
    try:
        with database.write() as conn:
            if revision(conn) is None:
                raise StoreError("it is empty", "name a file that digest db backup wrote")
            identity.move_out(conn, restored=restored)
        if broken := damage.broken_pages(database):
            raise StoreError(f"it is damaged: {broken[0]}", "take an older backup")
        with database.read() as conn:
            subscribers, deliveries = (
                conn.scalar(select(func.count()).select_from(table)) or 0 for table in (SubscriberRow, DeliveryRow)
            )
    except StoreError as error:
        what = error.what.replace(str(staged), "it")
        mend = error.mend
        if isinstance(error, StoreUnavailable) or "database.url" in mend:  # which speaks of the live one
            mend = "name a file that digest db backup wrote, or take an older one"
        raise StoreError(f"{source} cannot be trusted: {what}", mend) from error
    finally:
        database.close()
    return Contents(staged.stat().st_size, subscribers, deliveries)


def _put(staged: Path, target: Path) -> None:
    """Under its name, on the disk."""
    with _told(target):
        with staged.open("rb") as file:
            os.fsync(file.fileno())
        staged.replace(target)
        sync_folder(target)


def _copied_aside(live: Path, kept: Path) -> bool:
    """Whether SQLite could read what is there, and it is kept."""
    with _scratch(kept) as staged:
        try:
            _copy(live, staged)
        except Unusable:
            return False
        _put(staged, kept)
    return True


def _free(live: Path) -> Path:
    names = (live.with_name(f"{live.name}{identity.KEPT}{number}") for number in ("", *range(2, 10_000)))
    return next(name for name in names if not name.exists())


def _brought_in(staged: Path, live: Path) -> bool:
    """In one transaction, seen by all who have the file open; False where that is too damaged to take it."""
    with closing(sqlite3.connect(staged)) as origin, closing(sqlite3.connect(live, timeout=DEADLINE)) as target:
        try:
            origin.backup(target, progress=_patience(live), sleep=WAIT)
        except sqlite3.Error as error:
            if _code(error) in NO_DATABASE:
                return False
            raise StoreError(f"{live} does not take the backup: {error}", "make room there") from error
    return True


def _make_way(live: Path, kept: Path | None) -> None:
    """Its journals too: SQLite would play them into whatever is there next."""
    for part in ("", *PARTS):
        with _told(live), suppress(FileNotFoundError):
            file = Path(f"{live}{part}")
            file.rename(f"{kept}{part}") if kept else file.unlink()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}", "name one you may write") from error
