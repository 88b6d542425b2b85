"""Addresses, what they asked for, and who is due."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from digest.errors import InputError
from digest.model import DeliveryState, Reply, Stage, Subscriber, SubscriberState, Topic, TopicKind
from digest.store.engine import Store, open_store
from tests.store.cast import DAY, HOUR, NOON, owed, publish, reader, rows


def test_a_subscriber_comes_back_with_id_and_topics(store: Store) -> None:
    topics = (Topic(TopicKind.PHRASE, "origami"), Topic(TopicKind.AUTHOR, "Bo Unreal", muted=True))
    asked = reader(name="Ada", at=time(6, 5), cadence="mon,wed", papers=3, topics=topics, next_due_at=NOON)
    stored = store.subscribers.add(asked, NOON)
    assert stored == replace(asked, id=stored.id, created_at=NOON)
    assert stored.id > 0
    assert store.subscribers.by_id(stored.id) == stored
    assert store.subscribers.get("ADA@example.ORG ") == stored
    assert store.subscribers.get("bo@example.org") is None
    assert store.subscribers.by_id(stored.id + 1) is None


@pytest.mark.parametrize("again", ["Ada@Example.org", "ada@example.org", "ADA@EXAMPLE.ORG"])
def test_an_address_subscribes_once_however_it_is_spelt(store: Store, again: str) -> None:
    store.subscribers.add(reader(), NOON)
    with pytest.raises(InputError, match="is subscribed already"):
        store.subscribers.add(reader(again), NOON)
    assert rows(store, "subscriber") == 1


def test_many_are_added_and_those_there_already_named(store: Store) -> None:
    store.subscribers.add(reader(), NOON)
    many = [reader(f"r{n}@example.org") for n in range(2500)]
    there = store.subscribers.add_many([*many, reader("ada@example.org"), reader("R7@example.org")], NOON)
    assert there == {"ada@example.org", "R7@example.org"}
    assert len(store.subscribers.list(SubscriberState.ACTIVE)) == 2501
    assert store.subscribers.add_many([], NOON) == set()
    assert all(one.topics for one in store.subscribers.list())


def test_a_topic_asked_for_twice_is_there_once(store: Store) -> None:
    topics = (Topic(TopicKind.PHRASE, "origami"),) * 2
    stored = store.subscribers.add(reader(topics=topics), NOON)
    assert stored.topics == topics[:1]
    assert store.subscribers.by_id(stored.id) == stored


def test_an_update_replaces_all_but_state_and_what_the_ledger_owns(store: Store) -> None:
    before = store.subscribers.add(reader(), NOON)
    wished = replace(
        before,
        address="ada@new.example",
        zone="UTC",
        at=time(9),
        cadence="weekly",
        papers=5,
        topics=(Topic(TopicKind.CATEGORY, "cs.LG"),),
        token_version=2,
        next_due_at=NOON + DAY,
    )
    store.subscribers.update(replace(wished, state=SubscriberState.PAUSED, last_edition=NOON.date()))
    assert store.subscribers.by_id(before.id) == wished
    assert store.subscribers.get("ada@example.org") is None


def test_an_update_cannot_take_an_address_or_make_a_subscriber(store: Store) -> None:
    ada, bo = store.subscribers.add(reader(), NOON), store.subscribers.add(reader("bo@example.org"), NOON)
    with pytest.raises(InputError, match="belongs to another"):
        store.subscribers.update(replace(bo, address="ADA@example.org", topics=()))
    assert store.subscribers.by_id(bo.id) == bo
    with pytest.raises(InputError, match="no subscriber -1"):
        store.subscribers.update(replace(ada, id=-1, address="cy@example.org"))


def test_waiting_mail_follows_to_a_new_address(store: Store) -> None:
    ada = store.subscribers.add(reader(), NOON)
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    store.subscribers.update(replace(ada, address="ada@new.example"))
    [delivery] = store.deliveries.claim("me", 5, NOON)
    assert delivery.address == "ada@new.example"
    assert store.deliveries.digest(delivery.id).subscriber.address == "ada@new.example"
    assert store.deliveries.permit(delivery)


def test_a_change_of_state_is_noted_once(store: Store) -> None:
    ada = store.subscribers.add(reader(), NOON)
    for expected in (True, False):
        assert store.subscribers.set_state(ada.id, SubscriberState.UNSUBSCRIBED, "one click", NOON + HOUR) is expected
    assert not store.subscribers.set_state(-1, SubscriberState.PAUSED, "who?", NOON)
    assert [one.state for one in store.subscribers.list()] == [SubscriberState.UNSUBSCRIBED]
    assert store.subscribers.list(SubscriberState.ACTIVE) == []
    with store.database.read() as conn:
        noted = conn.execute(text("SELECT kind, reason FROM event ORDER BY id")).all()
    assert [tuple(one) for one in noted] == [("active", "added"), ("unsubscribed", "one click")]


def test_a_dead_address_ends_nobody_who_moved_or_left(store: Store) -> None:
    ada = store.subscribers.add(reader(), NOON)

    def dead(address: str) -> bool:
        return store.subscribers.set_state(ada.id, SubscriberState.SUPPRESSED, "no such mailbox", NOON, address=address)

    store.subscribers.update(replace(ada, address="ada@new.example"))
    assert not dead(ada.address)
    for state in (SubscriberState.UNSUBSCRIBED, SubscriberState.PAUSED):
        store.subscribers.set_state(ada.id, state, "one click", NOON)
        assert not dead("ada@new.example")
    store.subscribers.set_state(ada.id, SubscriberState.ACTIVE, "came back", NOON)
    assert dead("ada@new.example")
    assert [one.state for one in store.subscribers.list()] == [SubscriberState.SUPPRESSED]


def test_due_are_those_with_a_row_a_day_whose_time_has_come(store: Store) -> None:
    new = store.subscribers.add(reader("new@example.org"), NOON)
    due = store.subscribers.add(reader("due@example.org", next_due_at=NOON), NOON)
    store.subscribers.add(reader("later@example.org", next_due_at=NOON + HOUR), NOON)
    early = NOON - HOUR
    off = [
        store.subscribers.add(reader(f"{state}@example.org", next_due_at=early, state=state), NOON)
        for state in (SubscriberState.PAUSED, SubscriberState.SUPPRESSED)
    ]
    for state in (SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED):
        store.subscribers.add(reader(f"{state}@example.org", next_due_at=early, state=state), NOON)
    assert store.subscribers.due(NOON, 10) == [new, due, *off]
    assert store.subscribers.count_due(NOON) == 4
    assert store.subscribers.due(NOON, 1) == [new]
    assert store.subscribers.due(NOON, 10, after_id=new.id) == [due, *off]
    assert store.subscribers.next_due() == NOON
    store.subscribers.schedule({one.id: NOON + DAY for one in (new, due, *off)})
    store.subscribers.schedule({})
    assert store.subscribers.due(NOON, 10) == []
    assert store.subscribers.next_due() == NOON + HOUR


def test_a_due_time_further_ahead_than_the_cadence_reaches_is_of_a_clock_that_was_ahead(store: Store) -> None:
    def ahead(name: str, cadence: str, span: timedelta) -> Subscriber:
        return store.subscribers.add(reader(f"{name}@example.org", cadence=cadence, next_due_at=NOON + span), NOON)

    ahead("tomorrow", "daily", 2 * DAY)
    ahead("monday", "weekdays", 4 * DAY)
    ahead("next-week", "mon", 8 * DAY)
    late = [ahead(f"{cadence}-{days}", cadence, days * DAY + HOUR) for cadence, days in
            (("daily", 2), ("weekdays", 4), ("weekly", 8), ("mon,wed", 8), ("daily", 3650))]  # fmt: skip
    assert store.subscribers.due(NOON, 10) == late
    assert store.subscribers.count_due(NOON) == len(late)


def test_erasing_leaves_nothing_of_them_but_a_suppression(store: Store) -> None:
    ada, bo = (store.subscribers.add(reader(f"{name}@example.org"), NOON) for name in ("ada", "bo"))
    edition = publish(store)
    store.deliveries.enqueue([owed(edition, ada), owed(edition, bo)], NOON)
    for delivery in store.deliveries.claim("me", 5, NOON):
        store.deliveries.settle(delivery, Reply(Stage.DOT, 250), DeliveryState.SENT, now=NOON)
    store.suppressions.add(ada.address, "the mailbox does not exist", "550", NOON)
    tables = ("subscriber", "topic", "event", "delivery", "delivery_paper", "attempt")
    before = {table: rows(store, table) for table in tables}
    assert store.subscribers.erase(ada.id)
    assert {table: 2 * rows(store, table) for table in tables} == before
    assert store.subscribers.by_id(ada.id) is None
    assert store.subscribers.by_id(bo.id)
    assert store.deliveries.find(bo.address)
    assert store.suppressions.contains(ada.address)
    assert not store.suppressions.contains(bo.address)
    assert not store.subscribers.erase(ada.id)
    assert store.subscribers.add(reader("ada@example.org"), NOON).id > bo.id


def test_a_delivery_in_hand_ends_with_the_subscriber_it_was_for(store: Store) -> None:
    ada = store.subscribers.add(reader(), NOON)
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    [delivery] = store.deliveries.claim("me", 5, NOON)
    assert store.subscribers.erase(ada.id)
    assert not store.deliveries.is_wanted(delivery)
    assert not store.deliveries.permit(delivery)
    assert not store.deliveries.settle(delivery, Reply(Stage.DOT, 250), DeliveryState.SENT, now=NOON)
    assert rows(store, "attempt") == 0


def test_one_who_is_erased_while_the_server_answers_leaves_no_attempt(store: Store) -> None:
    ada = store.subscribers.add(reader(), NOON)
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    [delivery] = store.deliveries.claim("me", 5, NOON)
    assert store.deliveries.permit(delivery)
    with ThreadPoolExecutor() as threads:
        answered = threads.submit(
            store.deliveries.settle, delivery, Reply(Stage.DOT, 250), DeliveryState.SENT, now=NOON
        )
        erased = threads.submit(store.subscribers.erase, ada.id)
        assert erased.result()
        assert answered.result() in (True, False)
    assert (rows(store, "attempt"), rows(store, "delivery")) == (0, 0)


@pytest.fixture
def statements(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.database.engine, "before_cursor_execute", note)


def test_five_hundred_who_are_due_take_two_queries(store: Store, statements: list[str]) -> None:
    store.subscribers.add_many([reader(f"r{n}@example.org") for n in range(500)], NOON)
    statements.clear()
    assert len(store.subscribers.due(NOON, 500)) == 500
    assert len(statements) == 2


def test_who_is_due_is_found_in_the_index(tmp_path: Path) -> None:
    """Nobody is due at most ticks, and then nobody must be looked at."""
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
        asked: list[tuple[str, object]] = []

        def note(_conn: object, _cursor: object, statement: str, values: object, *_: object) -> None:
            asked.append((statement, values))

        event.listen(store.database.engine, "before_cursor_execute", note)
        store.subscribers.due(NOON, 500)
        event.remove(store.database.engine, "before_cursor_execute", note)
        [(statement, values)] = [one for one in asked if "next_due_at <=" in one[0]]
        with store.database.read() as conn:
            plan = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    looked_up = [line for line in plan if "ix_subscriber_state_next_due_at" in line]
    assert len(looked_up) == 3
    assert all("AND next_due_at" in line for line in looked_up)
    assert not any(line.startswith("SCAN") for line in plan)


def test_the_id_of_somebody_erased_is_not_given_again(store: Store) -> None:
    gone = store.subscribers.add(reader(), NOON)
    assert store.subscribers.erase(gone.id)
    assert store.subscribers.add(reader(), NOON).id > gone.id
