"""What was done to a subscriber and what they were sent can be read again, and nobody else's."""

from dataclasses import replace

import pytest

from digest.model import Cause, DeliveryState, NoDigest, Reply, Stage, Subscriber, SubscriberState
from digest.store.deliveries import Owed
from digest.store.engine import Store
from tests.store.cast import DAY, NOON, TODAY, owed, paper, publish, reader


@pytest.fixture
def ada(store: Store) -> Subscriber:
    return store.subscribers.add(reader(), NOON)


@pytest.fixture
def bob(store: Store) -> Subscriber:
    return store.subscribers.add(reader("bob@example.org"), NOON)


def test_what_was_done_to_them_oldest_first(store: Store, ada: Subscriber, bob: Subscriber) -> None:
    store.subscribers.set_state(ada.id, SubscriberState.PAUSED, "on holiday", NOON + DAY)
    store.subscribers.set_state(bob.id, SubscriberState.UNSUBSCRIBED, "by hand", NOON + DAY)
    kinds = [(event.at, event.kind, event.reason) for event in store.history.events(ada.id)]
    assert kinds == [(NOON, "active", "added"), (NOON + DAY, "paused", "on holiday")]
    assert store.history.events(bob.id + 1) == []


def test_their_days_newest_first_with_papers_or_the_cause(store: Store, ada: Subscriber, bob: Subscriber) -> None:
    edition = publish(store)
    store.deliveries.enqueue([owed(edition, ada), owed(edition, bob, picks=1)], NOON)
    tomorrow = Owed(ada.id, TODAY + DAY, NOON + DAY, NoDigest("it is Friday", Cause.WEEKEND), NOON + 2 * DAY)
    store.deliveries.enqueue([tomorrow], NOON + DAY)
    newest, first = store.history.days(ada.id, 10)
    assert (newest.date, newest.state, newest.cause) == (TODAY + DAY, DeliveryState.SKIPPED, Cause.WEEKEND)
    assert newest.papers == ()
    assert (first.date, first.state, first.cause) == (TODAY, DeliveryState.QUEUED, Cause.NONE)
    assert [one.id for one in first.papers] == [paper(1).id, paper(2).id]


def test_days_can_be_read_on_from_a_date(store: Store, ada: Subscriber) -> None:
    for n in range(5):
        day = Owed(ada.id, TODAY + n * DAY, NOON + n * DAY, NoDigest("quiet"), NOON + (n + 1) * DAY)
        store.deliveries.enqueue([day], NOON + n * DAY)
    newest = store.history.days(ada.id, 2)
    assert [day.date for day in newest] == [TODAY + 4 * DAY, TODAY + 3 * DAY]
    assert [day.date for day in store.history.days(ada.id, 9, newest[-1].date)] == [TODAY + n * DAY for n in (2, 1, 0)]


def test_papers_are_as_they_were_sent(store: Store, ada: Subscriber) -> None:
    edition = publish(store)
    store.deliveries.enqueue([owed(edition, ada)], NOON)
    store.papers.save([paper(1, version=2, title="Another title")], [], source="arxiv", seen_at=NOON + DAY)
    [day] = store.history.days(ada.id, 1)
    assert day.papers[0].title == "Folding paper 1 times"
    [delivery] = store.deliveries.list()
    assert store.history.papers([delivery.id]) == {delivery.id: list(day.papers)}
    assert store.history.papers([]) == {}


def test_how_a_delivery_went(store: Store, ada: Subscriber) -> None:
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    [held] = store.deliveries.claim("a sender", 1, NOON)
    reply = Reply(Stage.DOT, 250, "2.0.0", "Ok: queued")
    assert store.deliveries.permit(held)
    assert store.deliveries.settle(held, reply, DeliveryState.SENT, now=NOON)
    [attempt] = store.history.attempts([held.id])[held.id]
    assert (attempt.number, attempt.reply, attempt.outcome) == (1, reply, DeliveryState.SENT)
    assert store.deliveries.attempts(held.id) == [attempt]


def test_a_letter_is_no_day(store: Store, ada: Subscriber) -> None:
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    with store.database.write() as conn:
        conn.exec_driver_sql("UPDATE delivery SET kind = 'link'")
    assert store.history.days(ada.id, 10) == []
    assert store.subscribers.by_id(ada.id) == replace(ada, next_due_at=NOON + DAY, last_edition=TODAY)
