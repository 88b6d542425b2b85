"""What is asked for on the web is kept, answered once, and done when the owner of the address confirms it."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from digest.errors import InputError
from digest.model import Consent, DeliveryState, LetterKind, Request, Subscriber, SubscriberState, Topic, TopicKind
from digest.store import damage
from digest.store.answering import Answer
from digest.store.engine import Store
from tests.store.cast import DAY, HOUR, NOON, TODAY, newcomer, owed, publish, reader

CONFIRM, LINK, MOVE = LetterKind.CONFIRM, LetterKind.LINK, LetterKind.MOVE
ADDRESS, KEY = "Ada@Example.org", "ada@example.org"
WISHES = Subscriber(
    address=ADDRESS,
    zone="Asia/Tokyo",
    at=time(9),
    name="Win a prize at https://example.net",
    language="de",
    cadence="weekdays",
    topics=(Topic(TopicKind.CATEGORY, "cs.LG"),),
)
SIGN_UP = Request(kind=CONFIRM, address=ADDRESS, asked_at=NOON, wishes=WISHES, text="1", network="n1")
NEW = "new@example.org"


def answer(store: Store, kind: LetterKind, key: str, says: LetterKind | Answer, now: datetime = NOON) -> object:
    return store.requests.answer(kind, key, newcomer, lambda *_: says, now)


def signed_up(store: Store, now: datetime = NOON) -> Subscriber:
    """One whose sign-up was answered."""
    store.requests.put(SIGN_UP)
    assert answer(store, CONFIRM, KEY, CONFIRM, now) is CONFIRM
    found = store.subscribers.get(ADDRESS)
    assert found
    return found


def moving(store: Store, ada: Subscriber, address: str = NEW, now: datetime = NOON) -> None:
    store.requests.put(Request(kind=MOVE, address=address, asked_at=now, subscriber_id=ada.id))
    assert answer(store, MOVE, str(ada.id), MOVE, now) is MOVE


@pytest.fixture
def ada(store: Store) -> Subscriber:
    return store.subscribers.add(reader(), NOON)


def test_the_last_sign_up_counts(store: Store) -> None:
    store.requests.put(SIGN_UP)
    store.requests.put(replace(SIGN_UP, address="ADA@example.org", text="2", asked_at=NOON + HOUR))
    ada = store.subscribers.add(reader(), NOON)
    assert store.requests.of(ada.id) == [
        replace(SIGN_UP, address="ADA@example.org", text="2", asked_at=NOON + HOUR),
    ]
    assert store.requests.find(CONFIRM, ada.id)
    assert store.requests.find(MOVE, ada.id) is None
    assert store.requests.waiting(10) == [(CONFIRM, KEY)]


def test_the_operators_wait_behind_people(store: Store) -> None:
    store.requests.put(replace(SIGN_UP, address="import@example.org", network=""))
    store.requests.put(replace(SIGN_UP, asked_at=NOON + HOUR))
    store.requests.put(replace(SIGN_UP, address="first@example.org", asked_at=NOON - HOUR))
    assert [key for _, key in store.requests.waiting(10)] == ["first@example.org", KEY, "import@example.org"]
    assert len(store.requests.waiting(2)) == 2


def test_an_unknown_address_gets_a_pending_row_and_a_letter(store: Store) -> None:
    ada = signed_up(store)
    assert (ada.state, ada.zone, ada.name, ada.topics) == (SubscriberState.PENDING, "UTC", "", ())
    [row] = store.deliveries.list()
    assert (row.kind, row.local_date, row.address, row.state) == ("confirm", TODAY, ADDRESS, DeliveryState.QUEUED)
    assert (row.due_at, row.next_attempt_at, row.papers) == (NOON, NOON - DAY, 0)
    assert store.requests.waiting(10) == []
    assert store.requests.find(CONFIRM, ada.id) == replace(SIGN_UP, subscriber_id=ada.id, mailed_at=NOON)
    assert damage.found(store.database) == []


@pytest.mark.parametrize("says", [Answer.FULL, Answer.LATER])
def test_what_has_to_wait_leaves_no_trace(store: Store, says: Answer) -> None:
    store.requests.put(SIGN_UP)
    assert answer(store, CONFIRM, KEY, says) is says
    assert store.subscribers.list() == []
    assert store.requests.waiting(10) == [(CONFIRM, KEY)]


def test_a_request_is_answered_once(store: Store) -> None:
    signed_up(store)
    assert answer(store, CONFIRM, KEY, CONFIRM) is None
    assert len(store.deliveries.list()) == 1


def test_asked_again_it_waits_again_and_knows_of_the_letter(store: Store) -> None:
    ada = signed_up(store)
    store.requests.put(replace(SIGN_UP, asked_at=NOON + HOUR))
    found = store.requests.find(CONFIRM, ada.id)
    assert found
    assert found.mailed_at == NOON
    assert answer(store, CONFIRM, KEY, CONFIRM) is Answer.LATER  # the date has its letter
    assert answer(store, CONFIRM, KEY, Answer.NOTHING) is Answer.NOTHING
    assert store.requests.waiting(10) == []
    assert store.requests.find(CONFIRM, ada.id)


def test_confirmed_they_are_as_they_asked_to_be(store: Store) -> None:
    ada = signed_up(store)
    store.suppressions.add(ADDRESS, "bounced", "550", NOON)
    found = store.requests.confirm(ada.id, TODAY, "n2", NOON + HOUR)
    assert found == replace(WISHES, id=ada.id, state=SubscriberState.ACTIVE, created_at=NOON, heard_at=NOON + HOUR)
    assert store.subscribers.by_id(ada.id) == found
    assert not store.suppressions.contains(ADDRESS)
    assert store.requests.of(ada.id) == []
    assert store.consents(ada.id) == [
        Consent(asked_at=NOON, confirmed_at=NOON + HOUR, text="1", asked_from="n1", confirmed_from="n2")
    ]
    assert [event.kind for event in store.history.events(ada.id)] == ["pending", "active"]


def test_confirmed_twice_is_confirmed_once(store: Store) -> None:
    ada = signed_up(store)
    first = store.requests.confirm(ada.id, TODAY, "n2", NOON + HOUR)
    store.requests.put(replace(SIGN_UP, wishes=replace(WISHES, name="a stranger's")))
    assert store.requests.confirm(ada.id, TODAY, "n2", NOON + HOUR) == first
    assert len(store.consents(ada.id)) == 1


def test_a_link_is_good_for_two_days(store: Store) -> None:
    ada = signed_up(store)
    assert store.requests.confirm(ada.id, TODAY, "", NOON + 48 * HOUR) is None
    assert store.requests.confirm(ada.id, TODAY, "", NOON + 47 * HOUR)


def test_a_link_of_no_letter_confirms_nothing(store: Store, ada: Subscriber) -> None:
    store.subscribers.set_state(ada.id, SubscriberState.UNSUBSCRIBED, "", NOON)
    store.requests.put(SIGN_UP)
    assert store.requests.confirm(ada.id, TODAY, "", NOON) is None
    assert store.requests.confirm(ada.id + 1, TODAY, "", NOON) is None


def test_who_left_comes_back_by_a_new_letter_only(store: Store) -> None:
    ada = signed_up(store)
    store.requests.confirm(ada.id, TODAY, "", NOON + HOUR)
    store.subscribers.set_state(ada.id, SubscriberState.UNSUBSCRIBED, "", NOON + 2 * HOUR)
    store.requests.put(replace(SIGN_UP, asked_at=NOON + 3 * HOUR))
    assert store.requests.confirm(ada.id, TODAY, "", NOON + 4 * HOUR) is None
    assert answer(store, CONFIRM, KEY, CONFIRM, NOON + 25 * HOUR) is CONFIRM
    back = store.requests.confirm(ada.id, TODAY + DAY, "", NOON + 26 * HOUR)
    assert back
    assert back.state is SubscriberState.ACTIVE
    assert len(store.consents(ada.id)) == 2


def test_a_letter_to_a_former_address_confirms_nothing(store: Store) -> None:
    ada = signed_up(store)
    store.subscribers.update(replace(ada, address=NEW))
    store.requests.put(replace(SIGN_UP, address=NEW))
    assert store.requests.confirm(ada.id, TODAY, "", NOON) is None


def test_who_comes_back_gets_no_second_digest_of_a_date(store: Store, ada: Subscriber) -> None:
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    store.subscribers.set_state(ada.id, SubscriberState.UNSUBSCRIBED, "", NOON)
    store.requests.put(replace(SIGN_UP, wishes=replace(WISHES, zone="Europe/Berlin", at=time(7), cadence="daily")))
    answer(store, CONFIRM, KEY, CONFIRM)
    back = store.requests.confirm(ada.id, TODAY, "", NOON)
    assert back
    assert back.next_due_at == datetime(2026, 5, 29, 5, tzinfo=NOON.tzinfo)
    assert back.last_edition == TODAY


def test_a_new_address_is_theirs_once_it_is_confirmed(store: Store, ada: Subscriber) -> None:
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    moving(store, ada)
    assert {row.kind: row.address for row in store.deliveries.list()} == {"digest": ADDRESS, "move": NEW}
    moved = store.requests.move(ada.id, TODAY, NOON + HOUR)
    assert moved == replace(ada, address=NEW, next_due_at=NOON + DAY, last_edition=TODAY)
    assert {row.kind: row.address for row in store.deliveries.list()} == {"digest": NEW, "move": NEW}
    assert store.requests.move(ada.id, TODAY, NOON + HOUR) == moved
    assert store.requests.of(ada.id) == []


def test_a_letter_moves_nobody_to_an_address_it_did_not_go_to(store: Store, ada: Subscriber) -> None:
    moving(store, ada, "typo@example.org")
    moving(store, ada)
    assert store.requests.move(ada.id, TODAY, NOON) is None
    moved = store.requests.move(ada.id, TODAY + DAY, NOON)  # the second of the day
    assert moved
    assert moved.address == NEW


def test_an_edit_by_the_operator_takes_no_letter_along(store: Store, ada: Subscriber) -> None:
    moving(store, ada)
    store.subscribers.update(replace(ada, address="other@example.org"))
    assert [row.address for row in store.deliveries.list()] == [NEW]


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.ACTIVE, SubscriberState.UNSUBSCRIBED])
def test_an_address_that_is_taken(store: Store, ada: Subscriber, state: SubscriberState) -> None:
    moving(store, ada)
    store.subscribers.add(reader(NEW, state=state), NOON)
    if state is SubscriberState.PENDING:  # whoever typed it did not own it; this one does
        moved = store.requests.move(ada.id, TODAY, NOON)
        assert moved
        assert moved.address == NEW
    else:
        with pytest.raises(InputError, match="belongs to another"):
            store.requests.move(ada.id, TODAY, NOON)
        assert store.subscribers.by_id(ada.id) == ada


def test_a_suppressed_address_is_no_new_one(store: Store, ada: Subscriber) -> None:
    moving(store, ada)
    store.suppressions.add(NEW, "complained", "", NOON)
    with pytest.raises(InputError, match="suppressed"):
        store.requests.move(ada.id, TODAY, NOON)


def test_a_request_of_one_who_was_erased_is_dropped(store: Store, ada: Subscriber) -> None:
    store.subscribers.erase(ada.id)
    store.requests.put(Request(kind=MOVE, address=NEW, asked_at=NOON, subscriber_id=ada.id))
    assert store.requests.waiting(10) == []


def test_who_leaves_takes_back_what_they_asked_for(store: Store) -> None:
    ada = signed_up(store)
    store.subscribers.set_state(ada.id, SubscriberState.UNSUBSCRIBED, "", NOON)
    assert store.requests.of(ada.id) == []
    assert store.requests.confirm(ada.id, TODAY, "", NOON) is None


def test_taken_back_within_the_time(store: Store, ada: Subscriber) -> None:
    assert not store.subscribers.undo(ada.id, NOON - DAY, NOON)
    store.subscribers.set_state(ada.id, SubscriberState.UNSUBSCRIBED, "by the link", NOON)
    assert store.subscribers.note(ada.id, "reason", "too much", NOON)
    assert not store.subscribers.undo(ada.id, NOON + timedelta(seconds=1), NOON + DAY)
    assert store.subscribers.undo(ada.id, NOON - DAY, NOON + HOUR)
    assert not store.subscribers.undo(ada.id, NOON - DAY, NOON + HOUR)
    assert [event.kind for event in store.history.events(ada.id)] == ["active", "unsubscribed", "reason", "active"]
    assert not store.subscribers.note(99, "reason", "", NOON)
