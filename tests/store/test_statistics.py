"""What the ledger holds is counted by date, state and cause, and by what waits."""

from datetime import timedelta

from digest.model import Cause, DayCount, DeliveryState, NoDigest, Queue, Reply, Stage
from digest.store.deliveries import Missed, Owed
from digest.store.engine import Store
from tests.store.cast import DAY, HOUR, NOON, TODAY, owed, publish, reader

TAKEN = Reply(Stage.DOT, 250, "2.0.0", "Ok: queued")


def test_days_are_counted_by_state_and_cause_oldest_first(store: Store) -> None:
    edition = publish(store)
    ada, bo, cy, di = (store.subscribers.add(reader(f"{name}@example.org"), NOON) for name in "abcd")
    quiet = NoDigest("arXiv announces nothing at weekends", Cause.WEEKEND)
    before = [Owed(one.id, TODAY - DAY, NOON - DAY, quiet, NOON) for one in (ada, bo)]
    long_ago = [Owed(ada.id, TODAY - 8 * DAY, NOON - 8 * DAY, quiet, NOON)]
    late = Owed(di.id, TODAY, NOON, Missed("it was 14 h late", Cause.LATE), NOON + DAY)
    paused = Owed(cy.id, TODAY, NOON, NoDigest("paused", Cause.PAUSED), NOON + DAY)
    store.deliveries.enqueue([*long_ago, *before, owed(edition, ada), owed(edition, bo), paused, late], NOON)
    [one] = store.deliveries.claim("sender", 1, NOON)
    assert store.deliveries.permit(one)
    assert store.deliveries.settle(one, TAKEN, DeliveryState.SENT, now=NOON)
    assert store.statistics.days(TODAY - DAY) == [
        DayCount(TODAY - DAY, DeliveryState.SKIPPED, Cause.WEEKEND, 2),
        DayCount(TODAY, DeliveryState.MISSED, Cause.LATE, 1),
        DayCount(TODAY, DeliveryState.QUEUED, Cause.NONE, 1),
        DayCount(TODAY, DeliveryState.SENT, Cause.NONE, 1),
        DayCount(TODAY, DeliveryState.SKIPPED, Cause.PAUSED, 1),
    ]
    assert store.statistics.days(TODAY + DAY) == []


def test_the_queue_is_what_is_due_and_not_sent_yet(store: Store) -> None:
    assert store.statistics.queue(NOON) == Queue(0, None)
    edition = publish(store)
    for name in ("ada@example.org", "bo@example.org"):
        store.deliveries.enqueue([owed(edition, store.subscribers.add(reader(name), NOON))], NOON)
    [one] = store.deliveries.claim("sender", 1, NOON)
    assert store.deliveries.postpone(one, "greylisted", NOON + HOUR, NOON)
    assert store.statistics.queue(NOON) == Queue(1, NOON)
    assert store.statistics.queue(NOON + timedelta(hours=2)) == Queue(2, NOON)
