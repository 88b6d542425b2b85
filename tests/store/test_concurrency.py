"""Several threads, and several processes on one SQLite file, never hold the same delivery."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from threading import Barrier
from time import monotonic

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from digest.model import Delivery, DeliveryState, Reply, Stage
from digest.store.engine import Store, open_store
from tests.store.cast import NOON, owed, paper, publish, reader, rows

SENDERS, MESSAGES = 4, 60
CLAIMER = """
import sys
from datetime import datetime, UTC
from digest.store.engine import open_store
now = datetime(2026, 5, 28, 12, tzinfo=UTC)
with open_store(sys.argv[1]) as store:
    while got := store.deliveries.claim(sys.argv[2], 3, now):
        for one in got:
            print(one.id, store.deliveries.permit(one))
"""


@pytest.fixture
def full(store: Store) -> Store:
    """A store that owes MESSAGES messages."""
    store.subscribers.add_many([reader(f"r{n}@example.org") for n in range(MESSAGES)], NOON)
    edition = publish(store)
    store.deliveries.enqueue([owed(edition, one) for one in store.subscribers.list()], NOON)
    return store


def test_no_two_threads_claim_the_same(full: Store) -> None:
    start = Barrier(SENDERS)

    def claim_all(owner: int) -> list[int]:
        start.wait()
        return [one.id for got in iter(lambda: full.deliveries.claim(str(owner), 3, NOON), []) for one in got]

    with ThreadPoolExecutor(SENDERS) as threads:
        claimed = Counter(chain.from_iterable(threads.map(claim_all, range(SENDERS))))
    assert len(claimed) == MESSAGES
    assert set(claimed.values()) == {1}


@pytest.mark.slow
def test_no_two_processes_claim_the_same(full: Store) -> None:
    url = full.database.url.render_as_string(hide_password=False)
    senders = [
        subprocess.Popen([sys.executable, "-c", CLAIMER, url, str(n)], stdout=subprocess.PIPE, text=True)
        for n in range(2)
    ]
    lines = [line.split() for sender in senders for line in sender.communicate()[0].splitlines()]
    assert [sender.returncode for sender in senders] == [0, 0]
    assert sorted(int(number) for number, _ in lines) == sorted(one.id for one in full.deliveries.list(limit=MESSAGES))
    assert {permitted for _, permitted in lines} == {"True"}


def test_one_of_many_gets_the_permit_and_one_writes_the_answer(full: Store) -> None:
    [delivery] = full.deliveries.claim("me", 1, NOON)
    start = Barrier(SENDERS)

    def at_once(ask: str) -> bool:
        start.wait()
        if ask == "permit":
            return full.deliveries.permit(delivery)
        return full.deliveries.settle(delivery, Reply(Stage.DOT, 250), DeliveryState.SENT, now=NOON)

    with ThreadPoolExecutor(SENDERS) as threads:
        for ask in ("permit", "settle"):
            assert sorted(threads.map(at_once, [ask] * SENDERS)) == [False] * (SENDERS - 1) + [True]
    assert len(full.deliveries.attempts(delivery.id)) == 1


def test_two_who_enqueue_the_same_make_it_once(full: Store) -> None:
    bo = full.subscribers.add(reader("bo@example.org"), NOON)
    edition = full.editions.newest(NOON)
    assert edition is not None
    start = Barrier(SENDERS)

    def enqueue(_: int) -> int:
        start.wait()
        return full.deliveries.enqueue([owed(edition, bo)], NOON)

    with ThreadPoolExecutor(SENDERS) as threads:
        assert sum(threads.map(enqueue, range(SENDERS))) == 1
    assert rows(full, "delivery_paper") == 2 * (MESSAGES + 1)


def test_sources_that_are_saved_at_once_make_one_paper(store: Store) -> None:
    start = Barrier(SENDERS)

    def save(number: int) -> None:
        start.wait()
        listed = [paper(n, id=f"doi:10.{number}/{n}", aliases=(f"work:{n}",)) for n in range(20)]
        store.papers.save(listed, [], source=f"source {number}", seen_at=NOON)

    with ThreadPoolExecutor(SENDERS) as threads:
        list(threads.map(save, range(SENDERS)))
    assert rows(store, "paper") == 20
    assert rows(store, "paper_source") == 20 * SENDERS


def test_two_who_open_an_empty_database_both_get_a_store(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('new') / 'digest.db'}"
    start = Barrier(SENDERS)

    def opened(_: int) -> list[Delivery]:
        start.wait()
        with open_store(url) as store:
            return store.deliveries.list()

    with ThreadPoolExecutor(SENDERS) as threads:
        assert list(threads.map(opened, range(SENDERS))) == [[]] * SENDERS


@pytest.mark.parametrize(("keys", "commits"), [((0, 1, 2, 3, 4), 1), ((0, 1, 2, 3, 0), 4)])
def test_senders_that_wait_share_a_commit_and_not_a_failure(
    keys: tuple[int, ...], commits: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """While one transaction is open, all others line up; then they go in one, or each by itself where one fails."""
    url = f"sqlite:///{tmp_path_factory.mktemp('group') / 'digest.db'}"
    seen: list[object] = []

    def mark(conn: Connection, key: int) -> int:
        conn.execute(text("INSERT INTO meta (key, value) VALUES (:key, '')"), {"key": f"sender {key}"})
        return key

    with open_store(url) as store, ThreadPoolExecutor(len(keys)) as threads:
        with store.database.write():
            asked = [threads.submit(store.database.together, partial(mark, key=key)) for key in keys]
            ends = monotonic() + 30
            while len(store.database._waiting) < len(keys) and monotonic() < ends:
                pass
            event.listen(store.database.engine, "commit", seen.append)
        failed = [one for one in asked if isinstance(one.exception(), IntegrityError)]
        assert sorted(one.result() for one in asked if one not in failed) == sorted(set(keys))
        assert len(failed) == len(keys) - len(set(keys))
        assert len(seen) == 1 + commits
        assert rows(store, "meta WHERE key LIKE 'sender %'") == len(set(keys))
