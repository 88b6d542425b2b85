"""A program that keeps the real ledger and says aloud what is committed; the power fails while it works.

In:    the database file to make; a level of `synchronous` to write with in place of the program's own.
Out:   on standard output, after each transaction: its number, what the whole database then says, what was done.
Never: a second thread, two transactions without a word between them.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, timedelta

from sqlalchemy import text
from sqlmodel import SQLModel

from digest.model import Delivery, DeliveryState, Reply, Stage, SubscriberState
from digest.store import database
from digest.store.engine import Store, open_store
from tests.store.cast import DAY, NOON, TODAY, owed, paper, publish, reader

READERS = 24
DAYS = 4
BATCH = 8
CHECKPOINT = 60  # pages of the log: the real program's thousand would see few checkpoints in so short a life
ACCEPTED = Reply(Stage.DOT, 250, "2.0.0", "queued")
BUSY = Reply(Stage.RCPT, 450, "4.2.1", "busy")
UNKNOWN = Reply(Stage.RCPT, 550, "5.1.1", "nobody of that name")


def main(path: str, synchronous: str = "") -> None:
    worse = (f"synchronous={synchronous}",) if synchronous else ()
    database.PRAGMAS = (*database.PRAGMAS, *worse, f"wal_autocheckpoint={CHECKPOINT}")
    number = -1
    for day in range(DAYS):
        with open_store(f"sqlite:///{path}") as store:  # the program is started anew each day
            for what in _day(store, TODAY + day * DAY):
                number += 1
                os.write(1, f"{number} {fingerprint(store)} day {day}: {what}\n".encode())


def fingerprint(store: Store) -> str:
    """One word for all rows of all tables."""
    content = hashlib.sha256()
    with store.database.read() as conn:
        for table in SQLModel.metadata.sorted_tables:
            key = ", ".join(table.primary_key.columns.keys())
            rows = conn.execute(text(f"SELECT * FROM {table.name} ORDER BY {key}"))
            content.update(repr((table.name, [tuple(row) for row in rows])).encode())
    return content.hexdigest()


def _day(store: Store, today: date) -> Iterator[str]:
    yield from _edition(store, today)
    with store.seat() as seat:
        yield from _work(store)
        seat.renew()
        yield "the seat is renewed"


def _work(store: Store) -> Iterator[str]:
    while claimed := store.deliveries.claim("sender", BATCH, NOON):
        yield f"{len(claimed)} are claimed"
        # A look that lasts keeps the log from being used anew, so that it also grows.
        with store.database.read() if claimed[0].id % 3 == 0 else nullcontext() as conn:
            if conn is not None:
                conn.execute(text("SELECT count(*) FROM delivery")).scalar_one()
            for delivery in claimed:
                yield from _delivery(store, delivery)


def _edition(store: Store, today: date) -> Iterator[str]:
    if today == TODAY:
        yield "the database is made"
    for number in range(READERS if today == TODAY else 0):
        store.subscribers.add(reader(f"reader{number}@example.org"), NOON)
        yield f"subscriber {number} is added"
    first = 1 + 3 * (today - TODAY).days
    store.papers.save([paper(first + n) for n in range(3)], [], source="arxiv", seen_at=NOON - timedelta(hours=1))
    yield "papers are saved"
    edition = publish(store, today, first=first)
    yield "the edition is published"
    active = store.subscribers.list(SubscriberState.ACTIVE)
    store.deliveries.enqueue([owed(edition, each) for each in active], NOON)
    yield f"{len(active)} are enqueued"


def _delivery(store: Store, delivery: Delivery) -> Iterator[str]:
    """Most are sent; others are put off, dropped, refused, or wanted again after all."""
    name = f"delivery {delivery.id}"
    fate, first = delivery.id * 7 % 10, delivery.fence == 1
    if fate == 0 and first:
        store.deliveries.drop(delivery, DeliveryState.MISSED, "too late", NOON)
        yield f"{name} is missed"
        store.deliveries.retry(delivery.id, NOON)
        yield f"{name} is queued again"
        return
    assert store.deliveries.permit(delivery)
    yield f"{name} is transmitting"
    if fate == 1 and first:
        store.deliveries.settle(delivery, BUSY, DeliveryState.DEFERRED, now=NOON, next_attempt_at=NOON)
        yield f"{name} is deferred"
    elif fate == 2:
        store.suppressions.add(delivery.address, "no such mailbox", "550", NOON)
        yield f"{delivery.address} is suppressed"
        store.subscribers.set_state(delivery.subscriber_id, SubscriberState.SUPPRESSED, "no such mailbox", NOON)
        yield f"subscriber {delivery.subscriber_id} is suppressed"
        store.deliveries.settle(delivery, UNKNOWN, DeliveryState.FAILED, now=NOON, reason="no such mailbox")
        yield f"{name} is failed"
    else:
        store.deliveries.settle(delivery, ACCEPTED, DeliveryState.SENT, now=NOON)
        yield f"{name} is sent"


if __name__ == "__main__":
    main(*sys.argv[1:])
