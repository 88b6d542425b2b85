"""The seat: the right of one process alone to send from a database.

In:    a database that is at home here.
Out:   a Seat while no other living process has it; SeatTaken or NotAdopted with what to do.
Never: a seat in a copy or a restored database, or one that outlives its process.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from sqlalchemy import Connection, text

from digest.errors import StoreError, StoreUnavailable
from digest.store import identity, lockfile
from digest.store.database import Database
from digest.store.identity import Mark
from digest.store.lockfile import LockFile

# A sender whose machine died gives the seat up within a minute: the server looks after connections that are silent.
SESSION = (
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
)
NAME = text("SELECT set_config('application_name', :name, false)")
LOCK = {"lock": 0x64696703}
TAKE = text("SELECT pg_try_advisory_lock(:lock)")
LEAVE = text("SELECT pg_advisory_unlock(:lock)")
HOLDER = text(
    "SELECT activity.application_name FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database"
    " WHERE datname = current_database()) AND classid = 0 AND objid = :lock AND objsubid = 1"
)


class SeatTaken(StoreError):  # noqa: N818 - a state, as the operator would say it
    """Another living process sends from this database."""

    def __init__(self, holder: str = "") -> None:
        who = f"another digest ({holder})" if holder else "another digest"
        super().__init__(f"{who} sends from this database", "stop it, or leave the sending to it")


class NotAdopted(StoreError):  # noqa: N818
    """The database is not at home here."""

    def __init__(self, *, restored: bool = False) -> None:
        if restored:
            super().__init__("this database was restored, nothing is sent from it", "digest db adopt --restored")
            return
        super().__init__(
            "this database was copied or restored, nothing is sent from it",
            "digest db adopt if it moved here, digest db adopt --restored if it is an older state",
        )


class Seat(Protocol):
    """Held while the context it came from lasts."""

    @property
    def alone(self) -> bool:
        """Whether nobody else can be sending: then what a killed sender held may be taken back at once."""
        ...

    def renew(self) -> None:
        """Makes sure of the seat again, and leaves a new mark: an older state of the database is one from now on.

        Raises SeatTaken, NotAdopted, StoreError.
        """
        ...


@contextmanager
def seat(database: Database) -> Iterator[Seat]:
    """Raises SeatTaken, NotAdopted, StoreError."""
    with _held(database, create=False) as held:
        held.check()
        yield held


@contextmanager
def adopting(database: Database) -> Iterator[None]:
    """While nobody sends: the database is at home nowhere, and here once all that is done inside has been done."""
    with _held(database, create=True):
        with database.write() as conn:
            identity.move_out(conn)
        yield
        with database.write() as conn:
            identity.move_in(database, conn)


@contextmanager
def _held(database: Database, *, create: bool) -> Iterator["_FileSeat | _SessionSeat"]:
    if database.is_sqlite:
        with locked(database, create=create) as file:
            yield _FileSeat(database, file)
        return
    session = _SessionSeat(database)
    try:
        session.take()
        yield session
    finally:
        session.leave()


@contextmanager
def locked(database: Database, *, create: bool) -> Iterator[LockFile]:
    """The lock file of a SQLite database, locked. Raises SeatTaken, and NotAdopted where there is none to open."""
    path = lockfile.beside(identity.file_of(database))
    if not create and not path.exists():
        raise NotAdopted
    with lockfile.opened(path) as file:
        if not file.take():
            raise SeatTaken(f"process {file.holder}")
        yield file


class _FileSeat:
    """The seat of a SQLite database: a lock that the kernel takes back when the process dies."""

    alone = True

    def __init__(self, database: Database, file: LockFile) -> None:
        self._database, self._file = database, file

    def check(self) -> None:
        with self._database.read() as conn:
            self._mark(conn)

    def renew(self) -> None:
        """The database first: it may be ahead of the file after a crash, and is behind it only when restored."""
        with self._database.write() as conn:
            following = self._mark(conn).following
            identity.replace_mark(conn, following)
        self._file.keep(str(following))

    def _mark(self, conn: Connection) -> Mark:
        mark = identity.current_beside(self._database, conn, self._file)
        if mark is None or not self._file.is_in_place():
            raise NotAdopted(restored=identity.is_restored(conn))
        return mark


class _SessionSeat:
    """The seat of a PostgreSQL database: a lock that the server takes back when the connection ends."""

    alone = False  # the connection may be lost in the middle of a run, and another process be quicker

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None

    def take(self) -> None:
        session = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        session.detach()  # the pool must not lend it to anybody else
        try:
            _take(session)
        except BaseException:
            session.close()
            raise
        self._session = session

    def leave(self) -> None:
        """Frees the lock at once: left to itself, the server does so when it sees that the connection has ended."""
        with suppress(StoreUnavailable):
            if self._session is not None:
                self._session.execute(LEAVE, LOCK)
        self._hang_up()

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None

    def check(self) -> None:
        with self._database.read() as conn:
            if identity.current(self._database, conn) is None:
                raise NotAdopted

    def renew(self) -> None:
        if not self._is_connected():
            self._hang_up()
            self.take()
        self.check()

    def _is_connected(self) -> bool:
        try:
            return self._session is not None and bool(self._session.scalar(text("SELECT true")))
        except StoreUnavailable:
            return False


def _take(session: Connection) -> None:
    for setting in SESSION:
        session.execute(text(setting))
    session.execute(NAME, {"name": f"process {os.getpid()} on {socket.gethostname()}"[:63]})
    if not session.scalar(TAKE, LOCK):
        raise SeatTaken(str(session.scalar(HOLDER, LOCK) or ""))
