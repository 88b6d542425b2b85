"""One database used in two ways: what holds, what is undone, what is said when it cannot be used."""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from digest.errors import StoreUnavailable
from digest.store.database import Database, one_at_a_time
from digest.store.engine import Store, open_store


def mark(conn: Connection, key: str) -> str:
    conn.execute(text("INSERT INTO meta (key, value) VALUES (:key, '')"), {"key": key})
    return key


def lined_up(database: Database, *actions: Callable[[Connection], object]) -> list[Future[object]]:
    """All of them in one transaction: they wait behind another one."""
    with ThreadPoolExecutor(len(actions)) as threads, database.write():
        asked = [threads.submit(database.together, action) for action in actions]
        ends = monotonic() + 30
        while len(database._waiting) < len(actions) and monotonic() < ends:
            pass
    return asked


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store in a file."""
    url = f"sqlite:///{tmp_path / 'digest.db'}"
    open_store(url).close()
    return url


def unavailable(database: Database, statement: str = "INSERT INTO meta VALUES ('ada@example.org', '')") -> str:
    """What is said of a database that cannot be written."""
    with pytest.raises(StoreUnavailable) as caught, database.write() as conn:
        conn.execute(text(statement))
    said = str(caught.value)
    assert "\n" not in said
    assert "ada@example.org" not in said
    assert caught.value.mend
    return said


def test_a_wrong_statement_and_a_broken_rule_stay_what_they_are(store: Store) -> None:
    for wrong, kind in (
        ("SELECT nothing FROM nowhere", DBAPIError),
        ("INSERT INTO meta SELECT * FROM meta", IntegrityError),
    ):
        with pytest.raises(kind), store.database.write() as conn:
            conn.execute(text(wrong))


def test_a_full_disk_is_one_line_and_undoes_what_shared_the_transaction(url: str) -> None:
    database = Database(url)

    def grow(conn: Connection) -> None:
        conn.execute(text("INSERT INTO meta VALUES ('big', randomblob(1000000))"))

    with database.write() as conn:
        conn.execute(text("PRAGMA max_page_count = 1"))  # of this connection: as many pages as there are
    with pytest.raises(StoreUnavailable, match="its disk is full; make room"):
        lined_up(database, partial(mark, key="one"), grow, partial(mark, key="two"))[0].result()
    with database.read() as conn:
        assert conn.scalar(text("SELECT count(*) FROM meta WHERE key IN ('one', 'two')")) == 0
    database.close()


def test_a_damaged_file_is_one_line(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    database = Database(url)
    assert "is damaged; run: digest db check" in unavailable(database)
    database.close()


def test_a_file_that_may_not_be_written_is_one_line(url: str) -> None:
    database = Database(url.replace("///", "///file:") + "?mode=ro&uri=true")
    assert "cannot be opened for writing" in unavailable(database)
    database.close()


def test_a_file_that_another_program_keeps_locked(url: str) -> None:
    database = Database(url, deadline=0.4)
    with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        began = monotonic()
        assert "is locked by another program" in unavailable(database)
        assert monotonic() - began < 1.4
        with database.read() as conn:
            assert conn.scalar(text("SELECT count(*) FROM meta"))
        other.execute("COMMIT")
    with database.write() as conn:
        mark(conn, "on it goes")
    other.close()
    database.close()


def test_a_thread_that_keeps_its_turn_makes_nobody_wait_for_ever(url: str) -> None:
    database = Database(url, deadline=0.4)
    with database.write(), ThreadPoolExecutor(1) as threads:
        assert "the database is busy" in threads.submit(unavailable, database).result(5)
    database.close()


def test_what_was_given_up_is_not_done_later(url: str) -> None:
    database = Database(url, deadline=0.4)
    with database.write(), ThreadPoolExecutor(1) as threads:
        given_up = threads.submit(database.together, partial(mark, key="given up"))
        assert isinstance(given_up.exception(5), StoreUnavailable)
    assert database.together(partial(mark, key="later")) == "later"
    with database.read() as conn:
        assert conn.scalar(text("SELECT count(*) FROM meta WHERE key = 'given up'")) == 0
    database.close()


def test_statements_of_postgresql_end_by_the_clock_of_the_server(postgresql_url: str) -> None:
    database = Database(postgresql_url, deadline=0.4)
    assert "takes too long" in unavailable(database, "SELECT pg_sleep(30)")
    with database.write() as conn:
        mark(conn, "on it goes")
    database.close()


def test_a_lock_of_another_program_on_postgresql(postgresql_url: str) -> None:
    holder, database = Database(postgresql_url), Database(postgresql_url, deadline=0.4)
    with holder.write() as conn:
        one_at_a_time(conn, 7)
        assert "is locked by another program" in unavailable(database, "SELECT pg_advisory_xact_lock(7)")
    holder.close()
    database.close()


def test_a_server_that_takes_no_changes_is_one_line(postgresql_url: str) -> None:
    database = Database(f"{postgresql_url}&options=-c%20default_transaction_read_only=on")
    assert "read-only" in unavailable(database)
    database.close()


@contextmanager
def frozen(process: int) -> Iterator[None]:
    """A server's process that does nothing, while the kernel goes on to take what we send."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def server_side(conn: Connection) -> int:
    return int(conn.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_a_frozen_server_is_left_in_time_and_what_it_held_is_not_used_again(postgresql_url: str) -> None:
    database = Database(postgresql_url, deadline=0.5)

    def ask_a_frozen_one() -> None:
        with database.write() as conn, frozen(server_side(conn)):
            conn.execute(text("SELECT 1"))

    began = monotonic()
    with pytest.raises(StoreUnavailable, match="the server does not answer"):
        ask_a_frozen_one()
    assert 0.5 < monotonic() - began < 2
    with database.write() as conn:
        mark(conn, "on it goes")
    database.close()


def test_an_idle_connection_that_has_frozen_is_replaced(postgresql_url: str) -> None:
    database = Database(postgresql_url, deadline=0.5)
    with database.read() as conn:
        process = server_side(conn)
    began = monotonic()
    with frozen(process), database.read() as conn:
        assert server_side(conn) != process
    assert monotonic() - began < 2
    database.close()


def test_the_longest_legitimate_statement_is_not_cut(postgresql_url: str) -> None:
    """Each statement has a deadline of its own: a transaction may take longer than that."""
    database = Database(postgresql_url, deadline=1.5)
    with database.write() as conn:
        for _ in range(3):
            conn.execute(text("SELECT pg_sleep(0.6)"))
    database.close()
