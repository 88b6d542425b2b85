"""Opens the store, or says in one line why it cannot.

In:    a database URL.
Out:   a Store whose rooms share one Database; or a StoreError with the mend.
Never: a password in an error, or a change to a file that is not ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from digest.errors import StoreError
from digest.store.database import Database
from digest.store.deliveries import Deliveries
from digest.store.editions import Editions
from digest.store.migrate import bring_up
from digest.store.papers import Papers
from digest.store.sources import SourceStates
from digest.store.subscribers import Subscribers
from digest.store.suppressions import Suppressions


class Store:
    """All that is remembered. Any thread may use it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sources = SourceStates(database)
        self.papers = Papers(database)
        self.editions = Editions(database)
        self.subscribers = Subscribers(database)
        self.deliveries = Deliveries(database)
        self.suppressions = Suppressions(database)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str) -> Store:
    """The store at `url`; an empty database gets its schema first.

    Raises StoreError when it cannot be reached or written, is not ours, or its schema is older or newer than ours.
    """
    database, _revision = _opened(url, upgrade=False)
    return Store(database)


def upgrade(url: str) -> str:
    """Moves the schema to the newest revision and returns that. Raises StoreError as `open_store` does."""
    database, revision = _opened(url, upgrade=True)
    database.close()
    return revision


def check(url: str) -> list[str]:
    """What is wrong with the database, a line each; nothing when it is good."""
    try:
        database, _revision = _opened(url, upgrade=False)
    except StoreError as error:
        return [str(error)]
    try:
        return _damage(database) if database.is_sqlite else []
    finally:
        database.close()


def _damage(database: Database) -> list[str]:
    with database.read() as conn:
        found = [str(line) for line in conn.execute(text("PRAGMA integrity_check")).scalars() if line != "ok"]
        broken = [
            f"{row[0]} row {row[1]} names a missing {row[2]}" for row in conn.execute(text("PRAGMA foreign_key_check"))
        ]
    return found + broken


def _opened(url: str, *, upgrade: bool) -> tuple[Database, str]:
    database = Database(url)
    try:
        with _told(database.url):
            revision = bring_up(database, upgrade=upgrade)
            database.use_wal()
    except StoreError:
        database.close()
        raise
    return database, revision


@contextmanager
def _told(url: URL) -> Iterator[None]:
    """Turns what a driver raises into one line and its mend."""
    if url.get_backend_name() == "sqlite":
        _file_usable(Path(str(url.database)))
    try:
        yield
    except DBAPIError as error:
        what, mend = _explained(url, str(error.orig).strip().partition("\n")[0])
        raise StoreError(what, mend) from error


def _file_usable(path: Path) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a database file", "name a file in database.url")
    if not path.parent.is_dir():
        raise StoreError(f"the folder {path.parent} does not exist", f"create it: mkdir -p {path.parent}")


def _explained(url: URL, reason: str) -> tuple[str, str]:
    if url.get_backend_name() == "postgresql":
        place = url.render_as_string(hide_password=True)
        if url.password:
            reason = reason.replace(str(url.password), "***")
        return f"cannot use PostgreSQL at {place}: {reason}", "start it, or correct database.url"
    if "not a database" in reason:
        return f"{url.database} is not a database file", "move it away or name another file in database.url"
    if "readonly" in reason or "unable to open" in reason:
        return (
            f"{url.database} cannot be opened for writing",
            "let the user that runs digest write the file and its folder",
        )
    if "locked" in reason:
        return f"{url.database} is locked by another program", "stop that program and try again"
    return f"{url.database} cannot be used: {reason}", "restore it from a backup"
