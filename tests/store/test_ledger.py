"""A delivery moves only as its one sender says, and only while that sender holds it."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, event, select, update
from sqlmodel import col

from digest.model import Attempt, Cause, Delivery, DeliveryState, Reply, Stage, Subscriber, SubscriberState
from digest.store import damage
from digest.store.deliveries import Recovered
from digest.store.engine import Store
from digest.store.tables import DeliveryRow
from digest.store.types import database_seconds
from tests.store.cast import DAY, HOUR, NOON, expire_leases, owed, publish, reader

TAKEN = Reply(Stage.DOT, 250, "2.0.0", "Ok: queued")
LATER = Reply(Stage.RCPT, 451, "4.7.1", "greylisted")
DOUBT = Reply(Stage.DOT)


@pytest.fixture
def ada(store: Store) -> Subscriber:
    ada = store.subscribers.add(reader(), NOON)
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    return ada


def claimed(store: Store, owner: str = "me", seconds: int = 900) -> Delivery:
    [delivery] = store.deliveries.claim(owner, 5, NOON, seconds)
    return delivery


def state(store: Store, delivery: Delivery) -> DeliveryState:
    found = store.deliveries.get(delivery.id)
    assert found is not None
    return found.state


def test_the_straight_way(store: Store, ada: Subscriber) -> None:
    delivery = claimed(store)
    assert (delivery.state, delivery.fence, delivery.address) == (DeliveryState.CLAIMED, 1, "Ada@Example.org")
    assert store.deliveries.permit(delivery)
    assert state(store, delivery) is DeliveryState.TRANSMITTING
    assert store.deliveries.settle(delivery, TAKEN, DeliveryState.SENT, now=NOON + HOUR, reason="accepted")
    found = store.deliveries.get(delivery.id)
    assert found == replace(
        delivery, state=DeliveryState.SENT, attempts=1, reason="accepted", updated_at=NOON + HOUR, next_attempt_at=None
    )
    assert store.deliveries.attempts(delivery.id) == [
        Attempt(delivery_id=delivery.id, number=1, at=NOON + HOUR, reply=TAKEN, outcome=DeliveryState.SENT)
    ]


def test_a_permit_is_given_once(store: Store, ada: Subscriber) -> None:
    delivery = claimed(store)
    assert [store.deliveries.permit(delivery) for _ in range(3)] == [True, False, False]


def test_a_permit_renews_the_lease(store: Store, ada: Subscriber) -> None:
    """The time until the claim was dialled must not be missing while the server thinks about the final dot."""
    delivery = claimed(store, seconds=5)
    assert store.deliveries.permit(delivery)
    left = col(DeliveryRow.lease_until) - database_seconds()
    with store.database.read() as conn:
        assert conn.scalar(select(left)) > 800


def test_no_permit_without_a_claim(store: Store, ada: Subscriber) -> None:
    [waiting] = store.deliveries.list()
    assert not store.deliveries.permit(waiting)


@pytest.mark.parametrize("now_is", [one for one in SubscriberState if one is not SubscriberState.ACTIVE])
def test_no_permit_for_who_is_not_active(store: Store, ada: Subscriber, now_is: SubscriberState) -> None:
    delivery = claimed(store)
    store.subscribers.set_state(ada.id, now_is, "meanwhile", NOON)
    assert not store.deliveries.permit(delivery)
    assert state(store, delivery) is DeliveryState.CLAIMED


def test_no_permit_for_a_suppressed_address(store: Store, ada: Subscriber) -> None:
    delivery = claimed(store)
    store.suppressions.add("ADA@EXAMPLE.ORG", "complaint", "", NOON)
    assert not store.deliveries.permit(delivery)
    assert store.deliveries.drop(delivery, DeliveryState.SUPPRESSED, "complaint", NOON)
    assert state(store, delivery) is DeliveryState.SUPPRESSED
    assert store.deliveries.attempts(delivery.id) == []


def test_no_permit_for_an_address_that_was_changed_after_the_claim(store: Store, ada: Subscriber) -> None:
    delivery = claimed(store)
    store.subscribers.update(replace(ada, address="ada@new.example"))
    assert not store.deliveries.is_wanted(delivery)
    assert not store.deliveries.permit(delivery)
    assert store.deliveries.drop(delivery, DeliveryState.SUPPRESSED, "not wanted", NOON)
    assert store.deliveries.retry(delivery.id, NOON)
    again = claimed(store)
    assert again.address == store.deliveries.digest(again.id).subscriber.address == "ada@new.example"
    assert store.deliveries.permit(again)


def test_a_permit_is_for_the_address_the_row_has(store: Store, ada: Subscriber) -> None:
    """PostgreSQL looks at the row again where an edit came between, and not at the subscriber."""
    delivery = claimed(store)
    with store.database.write() as conn:
        conn.execute(update(DeliveryRow).values(address="ada@new.example"))
    assert not store.deliveries.permit(delivery)


def test_what_was_suppressed_and_is_tried_again_is_still_not_sent_to_a_suppressed_address(
    store: Store, ada: Subscriber
) -> None:
    delivery = claimed(store)
    store.suppressions.add(ada.address, "complaint", "", NOON)
    assert store.deliveries.drop(delivery, DeliveryState.SUPPRESSED, "complaint", NOON)
    assert store.deliveries.retry(delivery.id, NOON)
    assert not store.deliveries.permit(claimed(store))


def test_no_permit_when_the_lease_ran_out(store: Store, ada: Subscriber) -> None:
    assert not store.deliveries.permit(claimed(store, seconds=0))


def test_who_lost_the_fence_changes_nothing(store: Store, ada: Subscriber) -> None:
    lost = claimed(store)
    expire_leases(store)
    assert store.deliveries.recover("resend", NOON) == Recovered(requeued=1, uncertain=0)
    held = claimed(store, "another")
    before = store.deliveries.get(held.id)
    assert held.fence == lost.fence + 1
    assert not store.deliveries.permit(lost)
    assert not store.deliveries.settle(lost, TAKEN, DeliveryState.SENT, now=NOON)
    assert not store.deliveries.drop(lost, DeliveryState.POISONED, "cannot be composed", NOON)
    assert store.deliveries.release("me") == 0
    assert store.deliveries.get(held.id) == before
    assert store.deliveries.attempts(held.id) == []
    assert store.deliveries.permit(held)


@pytest.mark.parametrize(
    ("policy", "recovered", "ends"),
    [
        ("resend", Recovered(requeued=1, uncertain=0), DeliveryState.QUEUED),
        ("hold", Recovered(requeued=0, uncertain=1), DeliveryState.UNCERTAIN),
    ],
)
def test_a_sender_that_vanished_while_transmitting(
    store: Store, ada: Subscriber, policy: str, recovered: Recovered, ends: DeliveryState
) -> None:
    delivery = claimed(store)
    assert store.deliveries.permit(delivery)
    assert store.deliveries.recover(policy, NOON) == Recovered(0, 0)
    expire_leases(store)
    assert store.deliveries.recover(policy, NOON) == recovered
    assert state(store, delivery) is ends
    assert store.deliveries.recover(policy, NOON) == Recovered(0, 0)


def test_a_message_that_no_sender_survives_is_left_to_the_operator(store: Store, ada: Subscriber) -> None:
    """Each copy may have left."""
    found = []
    for _ in range(5):
        delivery = claimed(store)
        assert store.deliveries.permit(delivery)
        found.append(store.deliveries.recover("resend", NOON, alone=True))
    assert found == [Recovered(requeued=1, uncertain=0)] * 4 + [Recovered(requeued=0, uncertain=1)]
    assert state(store, delivery) is DeliveryState.UNCERTAIN
    assert [one.outcome for one in store.deliveries.attempts(delivery.id)] == [
        *[DeliveryState.QUEUED] * 4,
        DeliveryState.UNCERTAIN,
    ]
    assert damage.found(store.database) == []


@pytest.mark.parametrize("policy", ["resend", "hold"])
@pytest.mark.parametrize("after", range(1, 5))
def test_a_lease_that_ends_while_others_are_taken_back(store: Store, ada: Subscriber, policy: str, after: int) -> None:
    """After whichever statement it ends: what is counted is written down."""
    assert store.deliveries.permit(claimed(store))
    seen = 0

    def end_the_lease(conn: Connection, *_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == after:
            conn.exec_driver_sql("UPDATE delivery SET lease_until = 1 WHERE lease_until IS NOT NULL")

    event.listen(store.database.engine, "after_cursor_execute", end_the_lease)
    try:
        store.deliveries.recover(policy, NOON)
    finally:
        event.remove(store.database.engine, "after_cursor_execute", end_the_lease)
    assert damage.found(store.database) == []


@pytest.mark.parametrize("policy", ["resend", "hold"])
def test_a_sender_that_vanished_before_data_costs_nothing(store: Store, ada: Subscriber, policy: str) -> None:
    delivery = claimed(store, seconds=0)
    assert store.deliveries.recover(policy, NOON) == Recovered(requeued=1, uncertain=0)
    assert claimed(store).id == delivery.id


@pytest.mark.parametrize("policy", ["resend", "hold"])
def test_an_answer_that_comes_late_counts_until_somebody_else_claims(
    store: Store, ada: Subscriber, policy: str
) -> None:
    delivery = claimed(store)
    assert store.deliveries.permit(delivery)
    expire_leases(store)
    store.deliveries.recover(policy, NOON)
    assert store.deliveries.settle(delivery, TAKEN, DeliveryState.SENT, now=NOON)
    assert state(store, delivery) is DeliveryState.SENT
    assert store.deliveries.claim("another", 5, NOON) == []


def test_an_answer_is_written_down_once(store: Store, ada: Subscriber) -> None:
    delivery = claimed(store)
    assert store.deliveries.permit(delivery)
    assert store.deliveries.settle(delivery, TAKEN, DeliveryState.SENT, now=NOON)
    assert not store.deliveries.settle(delivery, LATER, DeliveryState.DEFERRED, now=NOON)
    assert state(store, delivery) is DeliveryState.SENT


def test_what_is_deferred_waits_for_its_time_and_keeps_its_attempts(store: Store, ada: Subscriber) -> None:
    for number in (1, 2):
        delivery = claimed(store) if number == 1 else store.deliveries.claim("me", 5, NOON + HOUR)[0]
        assert store.deliveries.settle(
            delivery, LATER, DeliveryState.DEFERRED, now=NOON, reason="greylisted", next_attempt_at=NOON + HOUR
        )
        assert store.deliveries.deferred() == 1
        assert store.deliveries.claim("me", 5, NOON) == []
    assert [one.number for one in store.deliveries.attempts(delivery.id)] == [1, 2]
    assert [one.reply for one in store.deliveries.attempts(delivery.id)] == [LATER, LATER]


def test_what_waits_longest_goes_first_and_the_limit_holds(store: Store, ada: Subscriber) -> None:
    first = claimed(store)
    store.deliveries.settle(first, LATER, DeliveryState.DEFERRED, now=NOON, next_attempt_at=NOON + HOUR)
    many = [store.subscribers.add(reader(f"r{n}@example.org"), NOON) for n in range(4)]
    edition = store.editions.newest(NOON)
    assert edition is not None
    store.deliveries.enqueue([owed(edition, one) for one in many], NOON)
    got = store.deliveries.claim("me", 3, NOON + DAY)
    assert [one.subscriber_id for one in got] == [ada.id, many[0].id, many[1].id]
    assert len(store.deliveries.claim("me", 3, NOON + DAY)) == 2


def test_claims_are_handed_back_but_not_what_is_in_transmission(store: Store, ada: Subscriber) -> None:
    bo = store.subscribers.add(reader("bo@example.org"), NOON)
    edition = store.editions.newest(NOON)
    assert edition is not None
    store.deliveries.enqueue([owed(edition, bo)], NOON)
    one, other = store.deliveries.claim("me", 5, NOON)
    assert store.deliveries.permit(one)
    assert store.deliveries.release("me") == 1
    assert state(store, one) is DeliveryState.TRANSMITTING
    assert state(store, other) is DeliveryState.QUEUED


@pytest.mark.parametrize("ended", list(DeliveryState))
def test_what_the_operator_may_retry(store: Store, ada: Subscriber, ended: DeliveryState) -> None:
    retryable = {
        DeliveryState.FAILED,
        DeliveryState.UNCERTAIN,
        DeliveryState.POISONED,
        DeliveryState.MISSED,
        DeliveryState.DEFERRED,
        DeliveryState.SUPPRESSED,
    }
    delivery = claimed(store)
    assert store.deliveries.settle(delivery, DOUBT, ended, now=NOON)
    assert store.deliveries.retry(delivery.id, NOON) is (ended in retryable)
    if ended in retryable:
        assert not store.deliveries.settle(delivery, TAKEN, DeliveryState.SENT, now=NOON), "a late answer"
        assert claimed(store).id == delivery.id


def test_nothing_to_retry(store: Store) -> None:
    assert not store.deliveries.retry(-1, NOON)
    assert store.deliveries.deferred() == 0


def test_the_cause_is_that_of_the_state_it_is_in(store: Store, ada: Subscriber) -> None:
    def cause(delivery: Delivery) -> Cause | None:
        found = store.deliveries.get(delivery.id)
        return found.cause if found else None

    delivery = claimed(store)
    assert store.deliveries.drop(delivery, DeliveryState.MISSED, "too late", NOON)
    assert cause(delivery) is Cause.LATE
    assert store.deliveries.retry(delivery.id, NOON)
    assert cause(delivery) is Cause.NONE
    assert store.deliveries.pass_over("the database was restored", NOON) == 1
    assert cause(delivery) is Cause.RESTORED
