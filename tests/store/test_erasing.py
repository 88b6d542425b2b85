"""Who is erased stands nowhere any more: in no row, and in no byte of the database's files."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlmodel import SQLModel

from digest.model import DeliveryState, LetterKind, Reply, Request, Stage, Subscriber, SubscriberState, Verdict
from digest.store.engine import Store, open_store
from digest.tokens import Tokens
from tests.store.cast import NOON, TODAY, newcomer, owed, paper, publish, reader

CONFIRM, MOVE = LetterKind.CONFIRM, LetterKind.MOVE
SECRET = "erase.me.please@example.org"
MANY = 3000


def full_of(store: Store, address: str = SECRET) -> Subscriber:
    """A subscriber with something in every table."""
    asked = Request(kind=CONFIRM, address=address, asked_at=NOON, wishes=reader(address, name=address), text=address)
    store.requests.put(asked)
    store.requests.answer(CONFIRM, address, newcomer, lambda *_: CONFIRM, NOON)
    pending = store.subscribers.get(address)
    assert pending
    who = store.requests.confirm(pending.id, TODAY, "n", NOON)
    assert who
    store.deliveries.enqueue([owed(store.editions.get(TODAY) or publish(store), who)], NOON)
    refusal = Reply(Stage.RCPT, 550, "5.1.1", f"<{address}> unknown")
    for one in store.deliveries.claim("me", 2 * MANY, NOON):
        if one.subscriber_id == who.id:
            store.deliveries.settle(one, refusal, DeliveryState.FAILED, now=NOON, reason=address)
    store.suppressions.add(address, f"<{address}> unknown", f"550 <{address}>", NOON)
    store.subscribers.note(who.id, "reason", f"I am {address}", NOON)
    store.feedback.put(who.id, paper(1).id, Verdict.MORE, NOON)
    store.requests.put(asked)
    store.requests.put(Request(kind=MOVE, address=f"new.{address}", asked_at=NOON, subscriber_id=who.id))
    return who


def asked_about(store: Store, address: str) -> None:
    """Somebody else wants to move to that address."""
    other = store.subscribers.add(reader("other@example.org"), NOON)
    store.requests.put(Request(kind=MOVE, address=address, asked_at=NOON, subscriber_id=other.id))
    store.requests.answer(MOVE, str(other.id), newcomer, lambda *_: MOVE, NOON)


def dump(store: Store) -> str:
    with store.database.read() as conn:
        names = [table.name for table in SQLModel.metadata.sorted_tables]
        return "\n".join(str(row) for name in names for row in conn.execute(text(f"SELECT * FROM {name}")))


def test_no_row_says_who_it_was(store: Store) -> None:
    who = full_of(store)
    asked_about(store, SECRET.upper())
    assert dump(store).lower().count(SECRET) > 8
    assert store.subscribers.erase(who.id)
    assert SECRET not in dump(store).lower()
    assert [one.address for one in store.subscribers.list()] == ["other@example.org"]
    assert not store.subscribers.erase(who.id)


def test_what_was_suppressed_still_is(store: Store) -> None:
    who = full_of(store)
    store.subscribers.erase(who.id)
    [left] = store.suppressions.list()
    assert (left.address, left.reason, left.evidence, left.created_at) == ("", "", "", NOON)
    assert store.suppressions.contains(SECRET.upper())
    again = store.subscribers.add(reader(SECRET), NOON)
    store.deliveries.enqueue([owed(publish(store, TODAY.replace(day=29)), again)], NOON)
    [claimed] = store.deliveries.claim("me", 9, NOON)
    assert not store.deliveries.is_wanted(claimed)
    assert not store.deliveries.permit(claimed)
    store.suppressions.add(SECRET, "again", "", NOON)
    assert len(store.suppressions.list()) == 1
    assert store.suppressions.remove(SECRET)
    assert store.deliveries.permit(claimed)


def test_a_former_address_goes_too_unless_it_is_somebody_elses(store: Store) -> None:
    who = full_of(store)
    store.subscribers.update(replace(who, address="later@example.org"))
    store.subscribers.erase(who.id)
    assert SECRET not in dump(store)

    who = full_of(store, "kept@example.org")
    store.subscribers.update(replace(who, address="moved@example.org"))
    store.subscribers.add(reader("kept@example.org"), NOON)
    store.subscribers.erase(who.id)
    assert "kept@example.org" in [one.address for one in store.suppressions.list()]


def test_an_answer_that_comes_after_that_names_nobody(store: Store) -> None:
    who = store.subscribers.add(reader(SECRET), NOON)
    store.subscribers.erase(who.id)
    store.suppressions.add(SECRET, "unknown", SECRET, NOON, owner=who.id)
    assert SECRET not in dump(store)
    assert store.suppressions.contains(SECRET)


def test_it_is_recognised_after_the_secret_was_changed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'digest.db'}"
    with open_store(url, Tokens(b"old").marks) as store:
        store.subscribers.erase(full_of(store).id)
    with open_store(url, Tokens(b"new", b"old").marks) as store:
        assert store.suppressions.contains(SECRET)
    with open_store(url, Tokens(b"new").marks) as store:
        assert not store.suppressions.contains(SECRET)


def test_nobody_is_looked_for_in_all_of_the_ledger(tmp_path: Path) -> None:
    """Hundreds are forgotten in one transaction, and there may be a letter for each sign-up of months."""
    asked: list[tuple[str, object]] = []
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
        who, engine = full_of(store), store.database.engine
        event.listen(engine, "before_cursor_execute", lambda _, __, sql, values, *___: asked.append((sql, values)))
        store.subscribers.erase(who.id)
        with engine.connect() as conn:
            plans = [conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in list(asked)]
    steps = [str(step.detail) for plan in plans for step in plan]
    assert any("ix_delivery_letter (kind=?" in step for step in steps)
    assert not [step for step in steps if step.startswith(("SCAN delivery", "SCAN subscriber"))]


@pytest.mark.slow
def test_no_byte_of_the_files_says_who_it_was(tmp_path: Path) -> None:
    file = tmp_path / "digest.db"
    with open_store(f"sqlite:///{file}") as store:
        edition = publish(store)
        store.subscribers.add_many([reader(f"r{number}@example.org") for number in range(MANY)], NOON)
        store.deliveries.enqueue([owed(edition, one) for one in store.subscribers.list()], NOON)
        who = full_of(store)
        for number in range(50):  # it moves about in its pages
            store.subscribers.update(replace(who, name=f"{number} {SECRET} " * 40))
        assert found(file)
        store.subscribers.erase(who.id)
        assert found(file) == []


def found(file: Path) -> list[str]:
    """Which of the database's files say so, in whatever case."""
    files = [file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm")]
    return [one.name for one in files if one.exists() and SECRET.encode() in one.read_bytes().lower()]


# --- a kill between any two statements ----------------------------------------------------------------------------


class KilledError(Exception):
    """The process is gone."""


def killed_at(store: Store, number: int, action: Callable[[], object]) -> bool:
    """Whether it was: before its statement of that number."""
    statements = itertools.count()

    def die(*_: object) -> None:
        if next(statements) == number:
            raise KilledError

    event.listen(store.database.engine, "before_cursor_execute", die)
    try:
        action()
    except KilledError:
        return True
    finally:
        event.remove(store.database.engine, "before_cursor_execute", die)
    return False


def everything(store: Store) -> list[object]:
    names = [table.name for table in SQLModel.metadata.sorted_tables]
    with store.database.read() as conn:
        return [sorted(map(str, conn.execute(text(f"SELECT * FROM {name}")))) for name in names]


def all_or_nothing(store: Store, action: Callable[[], object]) -> None:
    """Killed before each of its statements in turn, until it comes to its end: there are two states, one before it."""
    found = [everything(store)]
    while killed_at(store, len(found) - 1, action):
        found.append(everything(store))
    after = everything(store)
    assert len(found) > 2
    assert found[0] != after
    assert all(each in (found[0], after) for each in found)


def test_a_kill_leaves_all_of_an_answer_or_nothing(store: Store) -> None:
    store.requests.put(Request(kind=CONFIRM, address=SECRET, asked_at=NOON, wishes=reader(SECRET)))
    all_or_nothing(store, lambda: store.requests.answer(CONFIRM, SECRET, newcomer, lambda *_: CONFIRM, NOON))
    assert store.requests.answer(CONFIRM, SECRET, newcomer, lambda *_: CONFIRM, NOON) is None
    assert len(store.deliveries.list()) == 1


def test_a_kill_leaves_all_of_a_confirmation_or_nothing(store: Store) -> None:
    store.requests.put(Request(kind=CONFIRM, address=SECRET, asked_at=NOON, wishes=reader(SECRET)))
    store.requests.answer(CONFIRM, SECRET, newcomer, lambda *_: CONFIRM, NOON)
    store.suppressions.add(SECRET, "bounced", "", NOON)
    [who] = store.subscribers.list()
    all_or_nothing(store, lambda: store.requests.confirm(who.id, TODAY, "", NOON))
    again = store.requests.confirm(who.id, TODAY, "", NOON)
    assert again
    assert again.state is SubscriberState.ACTIVE
    assert len(store.consents(who.id)) == 1


def test_a_kill_leaves_all_of_a_move_or_nothing(store: Store) -> None:
    who = store.subscribers.add(reader(), NOON)
    store.deliveries.enqueue([owed(publish(store), who)], NOON)
    store.requests.put(Request(kind=MOVE, address=SECRET, asked_at=NOON, subscriber_id=who.id))
    store.requests.answer(MOVE, str(who.id), newcomer, lambda *_: MOVE, NOON)
    all_or_nothing(store, lambda: store.requests.move(who.id, TODAY, NOON))
    assert {row.address for row in store.deliveries.list()} == {SECRET}


def test_a_kill_leaves_all_of_a_subscriber_or_nothing(store: Store) -> None:
    who = full_of(store)
    all_or_nothing(store, lambda: store.subscribers.erase(who.id))
    assert store.subscribers.list() == []
