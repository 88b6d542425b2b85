"""One database used in two ways: what holds, what is undone, what is said when it cannot be used."""

from functools import partial

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from digest.store.engine import Store
from tests.store.cast import rows


def mark(conn: Connection, key: str) -> str:
    conn.execute(text("INSERT INTO meta (key, value) VALUES (:key, '')"), {"key": key})
    return key


def fail(conn: Connection) -> None:
    mark(conn, "never")
    raise ZeroDivisionError


def test_each_action_has_its_own_answer_and_its_own_failure(store: Store) -> None:
    before = rows(store, "meta")
    first, second, third, fourth = store.database.each(
        [partial(mark, key="one"), fail, partial(mark, key="one"), partial(mark, key="two")]
    )
    assert (first, fourth) == ("one", "two")
    assert isinstance(second, ZeroDivisionError)
    assert isinstance(third, IntegrityError)
    assert rows(store, "meta") == before + 2
    with store.database.write() as conn:
        conn.execute(text("DELETE FROM meta WHERE key IN ('one', 'two')"))


def test_nothing_to_do_is_no_answer(store: Store) -> None:
    assert store.database.each([]) == []
