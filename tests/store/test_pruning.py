"""What is old goes with all that belongs to it; what is open, young, a paper or an edition stays."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from digest.model import DeliveryState, LetterKind, Reply, Request, Signal, SignalKind, Stage, SubscriberState
from digest.store.engine import Store
from digest.store.pruning import Old
from tests.store.cast import DAY, HOUR, NOON, TODAY, owed, paper, publish, reader, rows

TAKEN = Reply(Stage.DOT, 250, "2.0.0", "Ok: queued")
MUCH = 500


def _sent(store: Store, count: int) -> None:
    """As many digests of today, sent at noon."""
    edition = publish(store)
    readers = [store.subscribers.add(reader(f"reader{n}@example.org"), NOON) for n in range(count)]
    store.deliveries.enqueue([owed(edition, one) for one in readers], NOON)
    for one in store.deliveries.claim("sender", count, NOON):
        assert store.deliveries.permit(one)
        assert store.deliveries.settle(one, TAKEN, DeliveryState.SENT, now=NOON)


def test_a_delivery_goes_with_its_picks_and_attempts(store: Store) -> None:
    _sent(store, 3)
    tomorrow = NOON + DAY
    assert store.pruning.count(Old.DELIVERIES, tomorrow) == 3
    assert store.pruning.prune(Old.DELIVERIES, tomorrow, 2) == 2
    assert store.pruning.prune(Old.DELIVERIES, tomorrow, 2) == 1
    assert store.pruning.prune(Old.DELIVERIES, tomorrow, 2) == 0
    assert [rows(store, table) for table in ("delivery", "delivery_paper", "attempt")] == [0, 0, 0]
    assert [rows(store, table) for table in ("subscriber", "edition_entry", "paper")] == [3, 3, 3]


def test_a_delivery_stays_on_its_day(store: Store) -> None:
    _sent(store, 1)
    assert store.pruning.prune(Old.DELIVERIES, NOON + timedelta(hours=11), MUCH) == 0


def test_one_that_ended_lately_stays_whatever_its_date(store: Store) -> None:
    _sent(store, 1)
    with store.database.write() as conn:
        conn.execute(text("UPDATE delivery SET local_date = '2026-01-01'"))
    assert store.pruning.prune(Old.DELIVERIES, NOON, MUCH) == 0
    assert store.pruning.prune(Old.DELIVERIES, NOON + HOUR, MUCH) == 1


def test_one_that_is_still_open_stays(store: Store) -> None:
    _sent(store, 1)
    for state in ("queued", "claimed", "transmitting", "deferred"):
        with store.database.write() as conn:
            conn.execute(text(f"UPDATE delivery SET state = '{state}'"))
        assert store.pruning.prune(Old.DELIVERIES, NOON + 9 * DAY, MUCH) == 0
    with store.database.write() as conn:
        conn.execute(text("UPDATE delivery SET state = 'uncertain'"))
    assert store.pruning.prune(Old.DELIVERIES, NOON + 9 * DAY, MUCH) == 1


def test_old_signals_go_a_few_at_a_time(store: Store) -> None:
    store.papers.save([paper(1)], [], source="arxiv", seen_at=NOON)
    moments = [NOON + n * HOUR for n in range(5)]
    seen = [Signal(paper(1).id, SignalKind.HF_UPVOTES, n, at) for n, at in enumerate(moments)]
    store.papers.save([paper(1)], seen, source="hf", seen_at=NOON)
    kept = rows(store, "signal")
    assert store.pruning.count(Old.SIGNALS, moments[3]) == 3
    assert store.pruning.prune(Old.SIGNALS, moments[3], 2) == 2
    assert store.pruning.prune(Old.SIGNALS, moments[3], 2) == 1
    assert rows(store, "signal") == kept - 3
    left = store.papers.signals({paper(1).id}, NOON + DAY)[paper(1).id]
    assert [one.observed_at for one in left if one.kind is SignalKind.HF_UPVOTES] == moments[3:]


def test_old_events_go_and_the_subscriber_stays(store: Store) -> None:
    ada = store.subscribers.add(reader(), NOON)
    store.subscribers.set_state(ada.id, SubscriberState.PAUSED, "asked", NOON + DAY)
    assert store.pruning.count(Old.EVENTS, NOON + HOUR) == 1
    assert store.pruning.prune(Old.EVENTS, NOON + HOUR, MUCH) == 1
    assert rows(store, "event") == 1
    assert store.subscribers.get(ada.address) == replace(ada, state=SubscriberState.PAUSED)


def test_who_never_confirmed_goes_with_all_that_is_theirs(store: Store) -> None:
    edition = publish(store)
    pending = store.subscribers.add(reader("bo@example.org", state=SubscriberState.PENDING), NOON)
    young = store.subscribers.add(reader("cy@example.org", state=SubscriberState.PENDING), NOON + DAY)
    ada = store.subscribers.add(reader(), NOON)
    store.deliveries.enqueue([owed(edition, pending), owed(edition, ada)], NOON)
    assert store.pruning.count(Old.UNCONFIRMED, NOON + HOUR) == 1
    assert store.pruning.prune(Old.UNCONFIRMED, NOON + HOUR, MUCH) == 1
    assert [one.address for one in store.subscribers.list()] == [young.address, ada.address]
    assert [rows(store, table) for table in ("delivery", "topic", "event")] == [1, 2, 2]


def test_what_was_asked_for_is_forgotten_and_who_never_confirmed_with_it(store: Store) -> None:
    late = "late@example.org"
    for address, asked_at in (("old@example.org", NOON), (late, NOON), ("young@example.org", NOON + DAY)):
        store.requests.put(Request(kind=LetterKind.CONFIRM, address=address, asked_at=asked_at, network="n"))
        store.subscribers.add(reader(address, state=SubscriberState.PENDING), NOON)
    mailed = lambda *_: LetterKind.CONFIRM  # noqa: E731
    store.requests.answer(LetterKind.CONFIRM, late, reader, mailed, NOON + DAY)
    assert [store.pruning.count(what, NOON + HOUR) for what in (Old.REQUESTS, Old.UNCONFIRMED)] == [1, 1]
    assert store.pruning.prune(Old.UNCONFIRMED, NOON + HOUR, MUCH) == 1
    assert store.pruning.prune(Old.REQUESTS, NOON + HOUR, MUCH) == 0  # it went along
    assert store.pruning.prune(Old.REQUESTS, NOON + 2 * DAY, MUCH) == 2
    assert [one.address for one in store.subscribers.list()] == [late, "young@example.org"]


def test_a_long_import_is_answered_to_its_end(store: Store) -> None:
    address = "last@example.org"
    store.requests.put(Request(kind=LetterKind.CONFIRM, address=address, asked_at=NOON))
    store.subscribers.add(reader(address, state=SubscriberState.PENDING), NOON)
    for what in (Old.REQUESTS, Old.UNCONFIRMED):
        assert store.pruning.prune(what, NOON + 9 * DAY, MUCH) == 0
    store.requests.answer(LetterKind.CONFIRM, address, reader, lambda *_: LetterKind.CONFIRM, NOON + 9 * DAY)
    assert store.pruning.prune(Old.REQUESTS, NOON + 10 * DAY, MUCH) == 1


def test_the_nth_newest_edition_counts_from_one(store: Store) -> None:
    assert store.pruning.edition_cutoff(1) is None
    for back in (2, 0, 1):
        publish(store, TODAY - back * DAY, at=NOON - back * DAY)
    assert store.pruning.edition_cutoff(1) == NOON
    assert store.pruning.edition_cutoff(3) == NOON - 2 * DAY
    assert store.pruning.edition_cutoff(4) is None
