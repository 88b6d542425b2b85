"""The table of moves is what the ledger does: each move from each state, on a real database."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection, text

from digest.model import Delivery, DeliveryState, Reply, Stage
from digest.store import ledger
from digest.store.addresses import unkeyed
from digest.store.engine import Store
from digest.store.transitions import FIRST, MOVES, OPEN, Move
from tests.store.cast import HOUR, NOON, owed, publish, reader

ENDS = (DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
Make = Callable[[Connection, Delivery], object]


# Each move, once for each state it may end in.
MADE: dict[Move, list[Make]] = {
    Move.CLAIM: [lambda conn, delivery: ledger.claim(conn, "me", 5, NOON, 900)],
    Move.PERMIT: [partial(ledger.permit, marks=unkeyed)],
    Move.SETTLE: [
        partial(ledger.settle, reply=Reply(Stage.DOT, 250), outcome=end, now=NOON, reason="", next_attempt_at=None)
        for end in ENDS
    ],
    Move.HAND_BACK: [partial(ledger.hand_back, reason="", now=NOON)],
    Move.POSTPONE: [partial(ledger.postpone, reason="", until=NOON, now=NOON, strikes=1)],
    Move.DROP: [partial(ledger.drop, state=end, reason="", now=NOON) for end in sorted(MOVES[Move.DROP].to)],
    Move.TAKE_BACK: [lambda conn, delivery: ledger.recover(conn, "resend", NOON, alone=True)],
    Move.DOUBT: [lambda conn, delivery: ledger.recover(conn, "hold", NOON, alone=True)],
    Move.MISS: [lambda conn, delivery: ledger.pass_over(conn, "", NOON)],
    Move.RETRY: [lambda conn, delivery: ledger.retry(conn, delivery.id, NOON)],
}


def in_state(store: Store, state: DeliveryState) -> Delivery:
    """A delivery that is due, held by "me" with fence 1 where it was put into `state` by force."""
    with store.database.write() as conn:
        conn.execute(
            text(
                "UPDATE delivery SET state = :state, fence = 1, owner = 'me', attempts = 0, next_attempt_at = :now,"
                " lease_until = 99999999999"
            ),
            {"state": state.value, "now": NOON.replace(tzinfo=None) - HOUR},
        )
        conn.execute(text("DELETE FROM attempt"))
    [delivery] = store.deliveries.list()
    return delivery


@pytest.fixture
def ledger_of_one(store: Store) -> Store:
    ada = store.subscribers.add(reader(), NOON)
    store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    return store


@pytest.mark.parametrize("move", list(Move))
def test_a_move_goes_from_where_the_table_says_to_where_it_says(ledger_of_one: Store, move: Move) -> None:
    reached = set()
    for make in MADE[move]:
        for since in DeliveryState:
            delivery = in_state(ledger_of_one, since)
            with ledger_of_one.database.write() as conn:
                make(conn, delivery)
            [after] = ledger_of_one.deliveries.list()
            if after.state is since and since not in MOVES[move].since:
                continue
            if move is Move.DOUBT and since is DeliveryState.CLAIMED:
                assert after.state is DeliveryState.QUEUED, "what never reached DATA is no doubt"
                continue
            assert since in MOVES[move].since, f"{move} moved {since} to {after.state}"
            assert after.state in MOVES[move].to, f"{move} left {since} in {after.state}"
            reached.add(after.state)
    assert reached == MOVES[move].to


@pytest.mark.parametrize("move", [move for move in Move if MOVES[move].fenced])
def test_a_sender_that_lost_its_fence_moves_nothing(ledger_of_one: Store, move: Move) -> None:
    for make in MADE[move]:
        for since in DeliveryState:
            delivery = in_state(ledger_of_one, since)
            with ledger_of_one.database.write() as conn:
                conn.execute(text("UPDATE delivery SET fence = 2, owner = 'another'"))
                make(conn, delivery)
            [after] = ledger_of_one.deliveries.list()
            assert after.state is since


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = FIRST | {state for move in MOVES.values() for state in move.to}
    assert reached == set(DeliveryState)
    assert {state for move in MOVES.values() for state in move.since} >= OPEN
    assert all(move.why for move in MOVES.values())
    assert set(MOVES) == set(Move)
