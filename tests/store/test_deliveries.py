"""What is owed is written down once, frozen, and remembered as seen."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from digest.errors import StoreError
from digest.model import Cause, DeliveryState, Edition, NoDigest, Reply, Stage, Subscriber, SubscriberState
from digest.store.deliveries import Change, Missed, Owed
from digest.store.engine import Store
from tests.store.cast import DAY, HOUR, NOON, TODAY, digest, owed, paper, publish, reader, rows

TAKEN = Reply(Stage.DOT, 250, "2.0.0", "Ok: queued")


@pytest.fixture
def ada(store: Store) -> Subscriber:
    return store.subscribers.add(reader(), NOON)


@pytest.fixture
def edition(store: Store) -> Edition:
    return publish(store)


def test_a_digest_comes_back_as_it_was_enqueued(store: Store, ada: Subscriber, edition: Edition) -> None:
    assert store.deliveries.enqueue([owed(edition, ada)], NOON) == 1
    delivery = store.deliveries.find("ADA@example.org")
    assert delivery is not None
    assert (delivery.state, delivery.papers, delivery.edition) == (DeliveryState.QUEUED, 2, TODAY)
    assert store.deliveries.digest(delivery.id) == digest(edition, ada)


def test_nothing_that_happens_later_changes_it(store: Store, ada: Subscriber, edition: Edition) -> None:
    store.deliveries.enqueue([owed(edition, ada)], NOON)
    later = NOON + DAY
    store.papers.save([paper(1, version=2, title="Another title")], [], source="arxiv", seen_at=later)
    store.papers.save([paper(1, aliases=(paper(2).id,))], [], source="hf", seen_at=later)
    store.subscribers.update(replace(ada, name="Countess", topics=(), token_version=9))
    publish(store, TODAY + DAY, first=20, at=later)
    delivery = store.deliveries.list()[0]
    assert store.deliveries.digest(delivery.id) == digest(edition, ada)


def test_a_digest_from_before_phrases_rose_comes_back_without(store: Store, ada: Subscriber, edition: Edition) -> None:
    store.deliveries.enqueue([owed(edition, ada)], NOON)
    with store.database.write() as conn:
        conn.execute(text("UPDATE delivery SET rising = NULL"))
    delivery = store.deliveries.list()[0]
    assert store.deliveries.digest(delivery.id) == replace(digest(edition, ada), rising=())


def test_enqueuing_twice_adds_nothing(store: Store, ada: Subscriber, edition: Edition) -> None:
    assert store.deliveries.enqueue([owed(edition, ada), owed(edition, ada, picks=1)], NOON) == 1
    assert store.deliveries.enqueue([owed(edition, ada, picks=3)], NOON) == 0
    again = Owed(ada.id, TODAY, NOON, NoDigest("nothing matched"), NOON + 3 * DAY)
    assert store.deliveries.enqueue([again], NOON + HOUR) == 0
    assert store.deliveries.enqueue([], NOON) == 0
    assert (rows(store, "delivery"), rows(store, "delivery_paper")) == (1, 2)
    assert store.deliveries.counts() == {DeliveryState.QUEUED: 1}
    kept = store.subscribers.by_id(ada.id)
    assert kept is not None
    assert (kept.next_due_at, kept.last_edition) == (NOON + 3 * DAY, TODAY)


def test_the_newest_date_with_a_row_is_one_that_has_come(store: Store, ada: Subscriber) -> None:
    assert store.deliveries.had(ada.id, NOON) is None
    nothing = NoDigest("paused", Cause.PAUSED)
    days = [Owed(ada.id, TODAY + n * DAY, NOON + n * DAY - HOUR, nothing, None) for n in (0, 1, 3650)]
    store.deliveries.enqueue(days, NOON)
    assert store.deliveries.had(ada.id, NOON) == (TODAY, NOON - HOUR)
    assert store.deliveries.had(ada.id, NOON + DAY) == (TODAY + DAY, NOON + DAY - HOUR)
    assert store.deliveries.had(ada.id + 1, NOON) is None


def test_what_a_clock_that_was_ahead_wrote_gives_way_unless_it_is_mail(
    store: Store, ada: Subscriber, edition: Edition
) -> None:
    late = Owed(ada.id, TODAY - DAY, NOON, Missed("nothing ran at that hour", Cause.NOT_RUNNING), None)
    store.deliveries.enqueue([late, owed(edition, ada)], NOON + 9 * DAY)
    nothing = NoDigest("no paper is new", Cause.HOLIDAY)
    again = [Owed(ada.id, day, NOON, nothing, None) for day in (TODAY - DAY, TODAY)]
    assert store.deliveries.enqueue(again, NOON) == 1
    mail, none = store.deliveries.list()
    assert (mail.state, none.state, none.cause) == (DeliveryState.QUEUED, DeliveryState.SKIPPED, Cause.HOLIDAY)
    assert store.deliveries.enqueue(again, NOON + HOUR) == 0  # what the right clock wrote stays


@pytest.mark.parametrize("meanwhile", [None, SubscriberState.UNSUBSCRIBED])
def test_a_state_changes_with_the_row_unless_it_has_changed_meanwhile(
    store: Store, ada: Subscriber, meanwhile: SubscriberState | None
) -> None:
    paused = replace(ada, state=SubscriberState.PAUSED, keep_by=TODAY)
    if meanwhile:
        store.subscribers.set_state(ada.id, meanwhile, "one click", NOON)
    why = NoDigest("paused: they had not answered", Cause.PAUSED)
    row = Owed(ada.id, TODAY, NOON, why, NOON + DAY, Change(ada, paused, why.reason))
    assert store.deliveries.enqueue([row], NOON) == 1
    assert store.deliveries.enqueue([row], NOON) == 0
    found = store.subscribers.by_id(ada.id)
    expected = replace(ada, state=meanwhile) if meanwhile else paused
    assert found == replace(expected, next_due_at=NOON + DAY)
    assert rows(store, "event") == 2


def test_why_there_is_none_is_written_down_and_is_no_edition_given(store: Store, ada: Subscriber) -> None:
    nothing = Owed(ada.id, TODAY, NOON, NoDigest("no paper of 84 matched a topic"), NOON + DAY)
    late = Owed(ada.id, TODAY - DAY, NOON - DAY, Missed("nothing ran at that hour", Cause.NOT_RUNNING), NOON + DAY)
    assert store.deliveries.enqueue([late, nothing], NOON) == 2
    skipped, missed = store.deliveries.list()
    assert (skipped.state, skipped.reason) == (DeliveryState.SKIPPED, "no paper of 84 matched a topic")
    assert (missed.state, missed.reason) == (DeliveryState.MISSED, "nothing ran at that hour")
    assert store.subscribers.by_id(ada.id) == replace(ada, next_due_at=NOON + DAY)
    assert store.deliveries.claim("me", 5, NOON) == []
    assert not store.deliveries.retry(missed.id, NOON)
    for number in (skipped.id, -1):
        with pytest.raises(StoreError, match="carries no digest"):
            store.deliveries.digest(number)


def test_picks_of_several_editions_come_back_with_their_own(store: Store, ada: Subscriber, edition: Edition) -> None:
    newer = publish(store, TODAY + DAY, first=10, at=NOON + DAY)
    both = digest(newer, ada, picks=1)
    older = digest(edition, ada, picks=1).picks
    both = replace(both, picks=both.picks + older)
    store.deliveries.enqueue([Owed(ada.id, newer.date, NOON + DAY, both, None)], NOON)
    [delivery] = store.deliveries.list()
    assert store.deliveries.digest(delivery.id) == both


def test_a_paper_of_no_stored_edition_cannot_be_owed(store: Store, ada: Subscriber, edition: Edition) -> None:
    unsaved = replace(edition, entries=tuple(replace(one, edition=date(2020, 1, 1)) for one in edition.entries))
    with pytest.raises(StoreError, match="in no stored edition"):
        store.deliveries.enqueue([owed(unsaved, ada)], NOON)
    assert rows(store, "delivery") == 0


def test_who_was_erased_meanwhile_holds_up_nobody(store: Store, ada: Subscriber, edition: Edition) -> None:
    gone = replace(ada, id=-1)
    assert store.deliveries.enqueue([owed(edition, gone), owed(edition, ada)], NOON) == 1
    assert store.deliveries.enqueue([owed(edition, gone)], NOON) == 0
    assert [one.subscriber_id for one in store.deliveries.list()] == [ada.id]


def test_seen_is_what_was_sent_or_is_about_to_be(store: Store, ada: Subscriber, edition: Edition) -> None:
    bo = store.subscribers.add(reader("bo@example.org"), NOON)
    store.deliveries.enqueue([owed(edition, ada), owed(edition, bo, picks=1)], NOON)
    assert store.deliveries.seen([ada.id, bo.id, -1]) == {
        ada.id: {paper(1).id, paper(2).id},
        bo.id: {paper(1).id},
        -1: frozenset(),
    }
    assert store.deliveries.seen([]) == {}


def test_what_is_older_than_the_window_is_left_out_but_not_what_a_wrong_clock_dated(
    store: Store, ada: Subscriber, edition: Edition
) -> None:
    store.deliveries.enqueue([owed(edition, ada, picks=1)], NOON)
    following = publish(store, TODAY + DAY, first=10, at=NOON + DAY)
    store.deliveries.enqueue([owed(following, ada, picks=1)], NOON + DAY)
    assert store.deliveries.seen([ada.id], since=TODAY + DAY) == {ada.id: {paper(10).id}}
    by_a_clock_that_was_behind = publish(store, date(1970, 1, 1), first=20, at=NOON)
    store.deliveries.enqueue([owed(by_a_clock_that_was_behind, ada, picks=1)], NOON)
    assert store.deliveries.seen([ada.id], since=TODAY + DAY) == {ada.id: {paper(10).id, paper(20).id}}


@pytest.mark.parametrize("state", list(DeliveryState))
def test_what_never_reached_them_was_not_seen(
    store: Store, ada: Subscriber, edition: Edition, state: DeliveryState
) -> None:
    store.deliveries.enqueue([owed(edition, ada)], NOON)
    with store.database.write() as conn:
        conn.execute(text("UPDATE delivery SET state = :state"), {"state": state.value})
    lost = state in {DeliveryState.FAILED, DeliveryState.MISSED, DeliveryState.SUPPRESSED, DeliveryState.POISONED}
    assert bool(store.deliveries.seen([ada.id])[ada.id]) is not lost


def test_a_work_is_seen_under_every_id_it_ever_had(store: Store, ada: Subscriber, edition: Edition) -> None:
    store.deliveries.enqueue([owed(edition, ada, picks=1)], NOON)
    article = paper(50, id="doi:10.1/article", aliases=("work:article",))
    store.papers.save([article], [], source="journal", seen_at=NOON)
    assert store.deliveries.seen([ada.id])[ada.id] == {paper(1).id}
    store.papers.save([paper(1, aliases=(article.id,))], [], source="hf", seen_at=NOON)
    assert store.deliveries.seen([ada.id])[ada.id] == {paper(1).id, article.id}


def test_a_work_is_seen_when_what_was_sent_is_the_one_merged_away(store: Store, ada: Subscriber) -> None:
    older = paper(50, id="doi:10.1/article", aliases=("work:article",))
    store.papers.save([older], [], source="journal", seen_at=NOON)
    edition = publish(store)
    store.deliveries.enqueue([owed(edition, ada, picks=1)], NOON)
    store.papers.save([paper(1, aliases=(older.id,))], [], source="hf", seen_at=NOON)
    assert [one.id for one in store.papers.candidates(None, NOON)].count(paper(1).id) == 0
    assert store.deliveries.seen([ada.id])[ada.id] == {paper(1).id, older.id}


def test_the_ledger_answers_by_state_date_and_address(store: Store, ada: Subscriber, edition: Edition) -> None:
    bo = store.subscribers.add(reader("bo@example.org"), NOON)
    tomorrow = publish(store, TODAY + DAY, first=10, at=NOON + DAY)
    store.deliveries.enqueue([owed(edition, ada), owed(edition, bo), owed(tomorrow, ada)], NOON)
    [first] = store.deliveries.claim("me", 1, NOON)
    assert store.deliveries.permit(first)
    assert store.deliveries.settle(first, TAKEN, DeliveryState.SENT, now=NOON, reason="accepted")

    listed = store.deliveries.list()
    assert [(one.local_date, one.subscriber_id) for one in listed] == [
        (TODAY + DAY, ada.id),
        (TODAY, bo.id),
        (TODAY, ada.id),
    ]
    assert store.deliveries.list(state=DeliveryState.SENT) == [listed[2]] == [store.deliveries.get(first.id)]
    assert store.deliveries.list(day=TODAY, limit=1) == [listed[1]]
    assert store.deliveries.list(address="BO@example.org") == [listed[1]]
    assert store.deliveries.find("ada@example.org") == listed[0]
    assert store.deliveries.find("ada@example.org", TODAY) == listed[2]
    assert store.deliveries.find("cy@example.org") is None
    assert store.deliveries.get(-1) is None
    assert store.deliveries.counts(TODAY) == {DeliveryState.SENT: 1, DeliveryState.QUEUED: 1}
    assert store.deliveries.counts() == {DeliveryState.SENT: 1, DeliveryState.QUEUED: 2}
