"""People ask, confirm, move, leave and are erased while two schedulers answer: nobody waits for ever for another."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import text

from digest.errors import InputError
from digest.jobs.letters import decided
from digest.model import LetterKind, Request, Subscriber, SubscriberState
from digest.store import damage
from digest.store.answering import Answer
from digest.store.engine import Store, open_store
from digest.store.erasing import erase
from digest.store.letters import Sent
from tests.store.cast import NOON, TODAY, newcomer, owed, publish, reader

CONFIRM, LINK, MOVE = LetterKind.CONFIRM, LetterKind.LINK, LetterKind.MOVE
ADDRESSES = ["a@example.org", "b@example.org", "c@example.org"]
THREADS, ACTIONS, SECONDS = 6, 60, 30
Acting = Callable[[Store, random.Random], int | None]


def put(store: Store, chance: random.Random) -> None:
    address = chance.choice(ADDRESSES)
    store.requests.put(Request(kind=chance.choice([CONFIRM, LINK]), address=address, asked_at=NOON, wishes=reader()))


def put_move(store: Store, chance: random.Random) -> None:
    if some := store.subscribers.list():
        who, address = chance.choice(some), chance.choice([*ADDRESSES, "d@example.org"])
        store.requests.put(Request(kind=MOVE, address=address, asked_at=NOON, subscriber_id=who.id))


def answer_all(store: Store, _: random.Random) -> int:
    """How many letters that made."""

    def decide(request: Request, who: Subscriber | None, sent: Sequence[Sent]) -> LetterKind | Answer:
        return decided(request, who, sent, 10**6, NOON)

    answered = [store.requests.answer(*asked, newcomer, decide, NOON) for asked in store.requests.waiting(100)]
    return sum(isinstance(each, LetterKind) for each in answered)


def use_a_link(store: Store, chance: random.Random) -> None:
    if some := store.subscribers.list():
        who, day = chance.choice(some).id, TODAY + timedelta(days=chance.randrange(3))
        store.requests.confirm(who, TODAY, "", NOON)
        try:
            store.requests.move(who, day, NOON)
        except InputError:  # taken, or suppressed
            return


def leave(store: Store, chance: random.Random) -> None:
    if some := store.subscribers.list():
        who = chance.choice(some).id
        chance.choice(
            [
                partial(store.subscribers.erase, who),
                partial(store.subscribers.set_state, who, SubscriberState.UNSUBSCRIBED, "", NOON),
                partial(store.subscribers.undo, who, NOON - timedelta(days=1), NOON),
            ]
        )()


def owe(store: Store, _: random.Random) -> None:
    edition = store.editions.get(TODAY)
    assert edition
    store.deliveries.enqueue([owed(edition, one) for one in store.subscribers.list()], NOON)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_at_once(store: Store, seed: int) -> None:
    publish(store)
    start, began = Barrier(THREADS), time.monotonic()
    doing: list[Acting] = [put, put, put_move, answer_all, answer_all, use_a_link, use_a_link, leave, owe]

    def act(number: int) -> int:
        chance = random.Random(1000 * seed + number)
        start.wait()
        return sum(chance.choice(doing)(store, chance) or 0 for _ in range(ACTIONS))

    with ThreadPoolExecutor(THREADS) as threads:
        assert sum(threads.map(act, range(THREADS))) > 3
    assert time.monotonic() - began < SECONDS
    assert damage.found(store.database) == []
    owners = {one.id for one in store.subscribers.list()}
    assert {row.subscriber_id for row in store.deliveries.list(limit=10**4)} <= owners


def test_who_moves_and_who_is_erased_at_that_address_do_not_wait_for_each_other(postgresql_url: str) -> None:
    """Erased goes what others asked about the address; moved to it, somebody who never confirmed makes room."""
    with open_store(postgresql_url) as store:
        mover = store.subscribers.add(reader("mover@example.org"), NOON)
        room = store.subscribers.add(reader("new@example.org", state=SubscriberState.PENDING), NOON)
        store.requests.put(Request(kind=MOVE, address=room.address, asked_at=NOON, subscriber_id=mover.id))
        assert store.requests.answer(MOVE, str(mover.id), newcomer, lambda *_: MOVE, NOON) is MOVE
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        with ThreadPoolExecutor(1) as threads:
            with store.database.write() as conn:
                conn.execute(text("SELECT FROM subscriber WHERE id = :id FOR UPDATE"), {"id": room.id})
                moved = threads.submit(store.requests.move, mover.id, TODAY, NOON)
                while not conn.scalar(waits):
                    assert not moved.done()
                assert erase(conn, store.database.marks, room.id)
            assert moved.result() is None
        assert [one.address for one in store.subscribers.list()] == [mover.address]


def test_two_answer_and_one_letter_goes_out(store: Store) -> None:
    for round_ in range(10):
        address = f"r{round_}@example.org"
        store.requests.put(Request(kind=CONFIRM, address=address, asked_at=NOON))
        start = Barrier(2)

        def at_once(_: int, start: Barrier = start, address: str = address) -> object:
            start.wait()
            return store.requests.answer(CONFIRM, address, newcomer, lambda *_: CONFIRM, NOON)

        with ThreadPoolExecutor(2) as threads:
            assert sorted(map(str, threads.map(at_once, range(2)))) == ["None", "confirm"]
    assert len(store.deliveries.list()) == 10


def test_nobody_decides_without_the_others_letters(store: Store) -> None:
    """Two schedulers, an hour that has room for one letter more, and two people who ask."""
    addresses = ADDRESSES[:2]
    for address in addresses:
        store.requests.put(Request(kind=CONFIRM, address=address, asked_at=NOON))
    start = Barrier(2)

    def decide(request: Request, who: Subscriber | None, sent: Sequence[Sent]) -> LetterKind | Answer:
        return decided(request, who, sent, 1, NOON)

    def at_once(address: str) -> object:
        start.wait()
        return store.requests.answer(CONFIRM, address, newcomer, decide, NOON)

    with ThreadPoolExecutor(2) as threads:
        assert sorted(map(str, threads.map(at_once, addresses))) == sorted([Answer.FULL, CONFIRM])
