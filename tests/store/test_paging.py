"""Lists that are read page by page: each row once, in the order of the whole."""

from digest.model import Cause, NoDigest, SubscriberState
from digest.store.deliveries import Owed
from digest.store.engine import Store
from tests.store.cast import DAY, NOON, TODAY, reader

NOTHING = NoDigest("nothing new", Cause.NOTHING_NEW)


def test_subscribers_by_their_number(store: Store) -> None:
    people = [store.subscribers.add(reader(f"reader{n}@example.org"), NOON) for n in range(5)]
    store.subscribers.set_state(people[2].id, SubscriberState.PAUSED, "for the test", NOON)
    first = store.subscribers.list(limit=2)
    rest = store.subscribers.list(after_id=first[-1].id)
    assert [one.id for one in (*first, *rest)] == [one.id for one in people]
    active = store.subscribers.list(SubscriberState.ACTIVE, 2, after_id=people[1].id)
    assert [one.id for one in active] == [people[3].id, people[4].id]
    assert store.subscribers.list(after_id=people[-1].id) == []


def test_deliveries_by_what_the_page_before_ended_with(store: Store) -> None:
    people = [store.subscribers.add(reader(f"reader{n}@example.org"), NOON) for n in range(3)]
    for days in (1, 0, 2):  # the order of the numbers is not that of the dates
        owed = [Owed(one.id, TODAY - days * DAY, NOON - days * DAY, NOTHING, NOON + DAY) for one in people]
        store.deliveries.enqueue(owed, NOON)
    whole = store.deliveries.list()
    assert len(whole) == 9
    pages, before = [], None
    while page := store.deliveries.list(limit=2, before=before):
        pages += page
        before = page[-1]
    assert pages == whole
    assert store.deliveries.list(address=people[0].address, before=whole[0]) == [
        one for one in whole[1:] if one.subscriber_id == people[0].id
    ]


def test_suppressions_by_how_many_were_read(store: Store) -> None:
    for number in range(5):
        store.suppressions.add(f"reader{number}@example.org", "bounce", "", NOON + number * DAY)
    whole = store.suppressions.list()
    assert [one.address[6] for one in whole] == list("01234")
    assert store.suppressions.list(2) + store.suppressions.list(2, 2) + store.suppressions.list(2, 4) == whole
