"""What an answer to “Still reading?” changes."""

from dataclasses import replace
from datetime import date

import pytest

from digest.model import Subscriber, SubscriberState
from digest.store.engine import Store
from tests.store.cast import NOON, reader, rows

KEEP_BY = date(2026, 6, 26)


def asked(store: Store, state: SubscriberState, keep_by: date | None = KEEP_BY) -> Subscriber:
    return store.subscribers.add(reader(state=state, keep_by=keep_by), NOON)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SubscriberState.ACTIVE, SubscriberState.ACTIVE),
        (SubscriberState.PAUSED, SubscriberState.ACTIVE),
        (SubscriberState.UNSUBSCRIBED, SubscriberState.UNSUBSCRIBED),
        (SubscriberState.SUPPRESSED, SubscriberState.SUPPRESSED),
    ],
)
def test_an_answer_ends_the_question_and_its_pause(
    store: Store, before: SubscriberState, after: SubscriberState
) -> None:
    silent = asked(store, before)

    assert store.subscribers.heard(silent.id, NOON)

    assert store.subscribers.by_id(silent.id) == replace(silent, state=after, keep_by=None, heard_at=NOON)


def test_a_pause_that_somebody_asked_for_goes_on(store: Store) -> None:
    paused = asked(store, SubscriberState.PAUSED, None)

    store.subscribers.heard(paused.id, NOON)

    assert store.subscribers.by_id(paused.id) == replace(paused, heard_at=NOON)


def test_the_end_of_the_pause_is_an_event_and_is_one_once(store: Store) -> None:
    silent = asked(store, SubscriberState.PAUSED)
    before = rows(store, "event")

    store.subscribers.heard(silent.id, NOON)
    store.subscribers.heard(silent.id, NOON)

    assert rows(store, "event") == before + 1


def test_nobody_else_is_heard(store: Store) -> None:
    silent = asked(store, SubscriberState.PAUSED)

    assert not store.subscribers.heard(silent.id + 1, NOON)
    assert store.subscribers.by_id(silent.id) == silent
