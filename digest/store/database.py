"""One database: connections set up right, and the two ways to use them.

In:    a database URL, `sqlite:///file` or `postgresql+psycopg://…`.
Out:   connections inside a reading or a writing transaction.
Never: a network call or a wait for a person inside a transaction.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, CursorResult, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import SQLModel

from digest.errors import StoreError, StoreUnavailable
from digest.store.addresses import Marks, unkeyed
from digest.store.troubles import explained

# The longest a statement on PostgreSQL may take, and that a transaction on SQLite may wait: one half for the other
# threads, one for the other programs that write to the file. The longest statements we have take a few seconds.
DEADLINE = 60.0
WAL_TRIES = 50
CHECKPOINT_MILLISECONDS = 500  # senders wait meanwhile
CHUNK = 1000  # values in one IN (…): well below the limits of both databases
T = TypeVar("T")
Action = Callable[[Connection], T]
# Errors reach the log: without the values of the statement, which hold addresses.
POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 24, "hide_parameters": True}
PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")  # the last: what is erased is overwritten


class Database:
    """An engine that any thread may use. Writers of one process queue up here instead of polling SQLite's lock.

    `marks` says what an address key is recognised by once it is erased, the first of them being what is written.
    """

    def __init__(self, url: str, deadline: float = DEADLINE, marks: Marks = unkeyed) -> None:
        self.marks = marks
        self.url = parse_url(url)
        self.engine = _engine(self.url, deadline)
        event.listen(self.engine, "handle_error", explained)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = threading.Lock()
        self._patience = deadline / 2
        self._waiting: deque[tuple[Action[Any], Future[Any]]] = deque()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent look at the database (on PostgreSQL: per statement). Raises StoreUnavailable."""
        with self._transaction(writes=False) as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end, rolled back by an exception. SQLite's write lock is taken at once.

        Raises StoreUnavailable when the database cannot be used, or not soon.
        """
        with self._in_turn() if self.is_sqlite else nullcontext(), self._transaction(writes=True) as conn:
            yield conn

    def together(self, action: Action[T], patience: float = 0) -> T:
        """What `action` makes of a writing transaction that it shares with all who wait for one at the same time.

        A commit costs SQLite a wait for the disk, so a group of senders pays for one. Where an action raises, all are
        done again, each by itself. `patience` is how many seconds it waits for somebody in more of a hurry to take it
        along. PostgreSQL groups commits by itself.
        """
        if not self.is_sqlite:
            with self.write() as conn:
                return action(conn)
        mine: Future[T] = Future()
        self._waiting.append((action, mine))
        if patience:
            wait((mine,), patience)
        try:
            with self._in_turn():
                if not mine.done():
                    self._commit_waiting()
        except StoreUnavailable:
            if mine.cancel():  # else somebody does it right now
                raise
        return mine.result()

    def _commit_waiting(self) -> None:
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        group = [(action, future) for action, future in waiting if future.set_running_or_notify_cancel()]
        try:
            with self._transaction(writes=True) as conn:
                answers = [action(conn) for action, _ in group]
        except StoreUnavailable as error:  # it would be for each of them
            for _, future in group:
                future.set_exception(error)
        except Exception:
            for action, future in group:
                self._commit_alone(action, future)
        else:
            for (_, future), answer in zip(group, answers, strict=True):
                future.set_result(answer)

    def _commit_alone(self, action: Action[Any], future: Future[Any]) -> None:
        try:
            with self._transaction(writes=True) as conn:
                answer = action(conn)
        except Exception as error:  # raised in the thread that asked
            future.set_exception(error)
        else:
            future.set_result(answer)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._patience):
            raise self._busy()
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        with self._connect().execution_options(writes=writes) as conn, conn.begin():
            yield conn

    def _connect(self) -> Connection:
        try:
            return self.engine.connect()
        except PoolTimeout as error:
            raise self._busy() from error

    def _busy(self) -> StoreUnavailable:
        return StoreUnavailable("the database is busy: what came first gets no answer", "look at its log and its disk")

    def use_wal(self) -> None:
        """Readers no longer wait for writers. The file remembers it, so this comes after it is known to be ours."""
        for _ in range(WAL_TRIES if self.is_sqlite else 0):
            if self._switched_to_wal():
                return
            with self.write():
                pass  # SQLite does not wait for a lock here as it does elsewhere: do so, then try again
        if self.is_sqlite:
            raise StoreError(f"{self.url.database} is in use", "stop the other program and try again")

    def truncate_wal(self) -> None:
        """What was deleted stands in SQLite's log until that is written back. Readers at work put it off to the next
        time: who writes does not wait for them.
        """
        if not self.is_sqlite:
            return
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={CHECKPOINT_MILLISECONDS}")
            with suppress(sqlite3.OperationalError):
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute(f"PRAGMA busy_timeout={int(self._patience * 1000)}")
            cursor.close()
        finally:
            connection.close()

    def _switched_to_wal(self) -> bool:
        connection = self.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def close(self) -> None:
        self.engine.dispose()


def parse_url(url: str) -> URL:
    """The URL, if it is of a kind we can keep our data in; StoreError otherwise."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError("database.url is not a database URL", "write sqlite:///digest.db") from error
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        mend = "use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
        raise StoreError(f"{parsed.drivername} is not a kind of database this program knows", mend)
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError("a database in memory would forget whom it has mailed", "name a file: sqlite:///digest.db")
    return parsed


def _engine(url: URL, deadline: float) -> Engine:
    pool = {**POOL, "pool_timeout": deadline / 2}
    if url.get_backend_name() == "postgresql":
        return _postgresql_engine(url, deadline, pool)
    engine = create_engine(url, connect_args={"timeout": deadline / 2}, **pool)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(url: URL, deadline: float, pool: dict[str, Any]) -> Engine:
    try:
        from digest.store.postgresql import make_engine  # noqa: PLC0415 - the driver is an extra
    except ModuleNotFoundError as error:
        raise StoreError("the PostgreSQL driver is not installed", "pip install 'psycopg[binary]'") from error
    return make_engine(url, deadline, **pool)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the sqlite3 module starts no transactions: `_begin_sqlite` does
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(conn: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another one wrote in between.
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("writes") else "BEGIN")


def insert_new(conn: Connection, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves rows alone which are there already."""
    if conn.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def one_at_a_time(conn: Connection, lock: int) -> None:
    """Until this transaction ends no other one gets past the same `lock`. SQLite has one writer anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})


def hit(result: CursorResult[Any]) -> bool:
    """Whether exactly one row was changed."""
    return result.rowcount == 1


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
