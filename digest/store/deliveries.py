"""The ledger: who is owed what, and how far that has come.

In:    what is owed, frozen; the transitions of its senders; questions of operators.
Out:   Delivery and Digest values.
Never: a second row for (subscriber, kind, local date), or a digest that changes after it was enqueued.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select, tuple_
from sqlmodel import col

from digest.model import Attempt, Cause, Delivery, DeliveryState, Digest, Letter, LetterKind, Pause, Reply, Stage
from digest.store import comeback, freezing, ledger, letters, pause
from digest.store.addresses import address_key
from digest.store.database import Database
from digest.store.freezing import Change, Missed, Owed
from digest.store.history import History
from digest.store.ledger import Recovered
from digest.store.tables import AttemptRow, DeliveryRow, SubscriberRow
from digest.store.transitions import HELD

__all__ = ["Change", "Deliveries", "Missed", "Owed", "Recovered"]

PATIENCE = 0.005  # seconds that an answer waits for a commit it could share with the next permit

FACTS = (
    "id", "subscriber_id", "address", "local_date", "kind", "reason", "due_at", "next_attempt_at", "attempts",
    "strikes", "fence", "papers", "updated_at",
)  # fmt: skip
# Not the frozen recipient: one that cannot be read must not keep the others from being listed and claimed.
_ROWS = select(*(col(getattr(DeliveryRow, name)) for name in (*FACTS, "state", "cause", "edition_date")))


class Deliveries:
    """One row per message owed. Each method is one transaction, or a part of a shared one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, owed: Sequence[Owed], now: datetime) -> int:
        """Freezes what is owed and sets each subscriber's `next_due_at` and `last_edition`; returns the rows made.

        A (subscriber, kind, local date) that has a row keeps it. Raises StoreError for a paper in no stored edition.
        """
        with self._database.write() as conn:
            return freezing.enqueue(conn, owed, now)

    def digest(self, delivery_id: int) -> Digest:
        """The digest as it was enqueued. Raises StoreError when the delivery carries none."""
        with self._database.read() as conn:
            return freezing.thaw(conn, delivery_id)

    def content(self, delivery_id: int) -> Digest | Letter:
        """What its message is made of, as it was enqueued. Raises StoreError when it carries nothing."""
        with self._database.read() as conn:
            kind = conn.scalar(select(col(DeliveryRow.kind)).where(col(DeliveryRow.id) == delivery_id))
            return (letters.thaw if kind in list(LetterKind) else freezing.thaw)(conn, delivery_id)

    def seen(self, subscriber_ids: Sequence[int], since: date | None = None) -> dict[int, frozenset[str]]:
        """Ids of the works each was sent or is about to be, under every id a merged work has had.

        `since` leaves out what was enqueued before the first of that date. What failed, was missed, suppressed or
        poisoned was not seen.
        """
        with self._database.read() as conn:
            return freezing.seen(conn, subscriber_ids, since)

    def claim(self, owner: str, limit: int, now: datetime, lease_seconds: int = ledger.LEASE_SECONDS) -> list[Delivery]:
        """Up to `limit` deliveries for `owner` alone until the lease ends by the database's clock."""

        def claimed(conn: Connection) -> list[Delivery]:
            ids = ledger.claim(conn, owner, limit, now, lease_seconds)
            rows = {row.id: row for row in conn.execute(_ROWS.where(col(DeliveryRow.id).in_(ids)))}
            return [_delivery(rows[number]) for number in ids]

        return self._database.together(claimed)

    def is_wanted(self, delivery: Delivery) -> bool:
        """Asked right before MAIL; `permit` asks again, and is the one that counts."""
        with self._database.read() as conn:
            return ledger.is_wanted(conn, delivery, self._database.marks)

    def permit(self, delivery: Delivery) -> bool:
        """Asked before DATA; False means the message must not be sent. See `ledger.permit`."""
        return self._database.together(lambda conn: ledger.permit(conn, delivery, self._database.marks))

    def settle(
        self,
        delivery: Delivery,
        reply: Reply,
        outcome: DeliveryState,
        *,
        now: datetime,
        reason: str = "",
        next_attempt_at: datetime | None = None,
    ) -> bool:
        """Stores the attempt and what came of it; False, and nothing, for a sender that has lost the delivery."""
        return self._database.together(
            lambda conn: ledger.settle(conn, delivery, reply, outcome, now, reason, next_attempt_at), PATIENCE
        )

    def hand_back(self, delivery: Delivery, reason: str, now: datetime) -> bool:
        """Puts it at the end of the queue, without an attempt."""
        return self._database.together(lambda conn: ledger.hand_back(conn, delivery, reason, now))

    def postpone(
        self, delivery: Delivery, reason: str, until: datetime, now: datetime, *, strike: bool = False
    ) -> bool:
        """Keeps it until a moment, without an attempt; `strike` if it could not be composed."""
        strikes = delivery.strikes + strike
        return self._database.together(lambda conn: ledger.postpone(conn, delivery, reason, until, now, strikes))

    def drop(self, delivery: Delivery, state: DeliveryState, reason: str, now: datetime) -> bool:
        """Ends it as suppressed, poisoned, missed or uncertain without an attempt."""
        return self._database.together(lambda conn: ledger.drop(conn, delivery, state, reason, now))

    def recover(self, on_uncertain: str, now: datetime, *, alone: bool = False) -> Recovered:
        """Takes back what senders with an expired lease held, or any sender if the caller is the only one alive.

        `hold` keeps the doubtful ones for the operator, and so are those kept that have had five attempts.
        """
        with self._database.write() as conn:
            return ledger.recover(conn, on_uncertain, now, alone=alone)

    def release(self, owner: str) -> int:
        """Hands back the claims of `owner`, and returns how many."""
        with self._database.write() as conn:
            return ledger.release(conn, owner)

    def retry(self, delivery_id: int, now: datetime) -> bool:
        """Queues a delivery again that ended without being sent, or waits, if it carries a digest."""
        with self._database.write() as conn:
            return ledger.retry(conn, delivery_id, now)

    def pass_over(self, reason: str, now: datetime) -> int:
        """Ends all that is open as missed, and returns how many: another copy of this database may have sent it."""
        with self._database.write() as conn:
            return ledger.pass_over(conn, reason, now)

    def pause(self, until: datetime, reason: str) -> None:
        """Nobody sends from this database until then."""
        with self._database.write() as conn:
            pause.begin(conn, Pause(until, reason))

    def resume(self) -> None:
        """Ends a pause."""
        with self._database.write() as conn:
            pause.end(conn)

    def paused(self, now: datetime) -> Pause | None:
        """The pause that is in force."""
        with self._database.read() as conn:
            found = pause.current(conn)
        return found if found and found.until - ledger.FAR <= now < found.until else None

    def get(self, delivery_id: int) -> Delivery | None:
        return self._newest(_ROWS.where(col(DeliveryRow.id) == delivery_id))

    def find(self, address: str, local_date: date | None = None) -> Delivery | None:
        """The newest digest of the address, or that of the date; or the row that says why there is none."""
        return self._newest(_matching(None, local_date, address).where(col(DeliveryRow.kind) == freezing.KIND))

    def had(self, subscriber_id: int, now: datetime) -> tuple[date, datetime] | None:
        """Their newest local date with a digest or a reason for none, and the instant it was due at.

        None for nothing up to now. What lies ahead was written by a clock that was ahead.
        """
        with self._database.read() as conn:
            return comeback.had(conn, subscriber_id, now)

    def attempts(self, delivery_id: int) -> list[Attempt]:
        """Every dial, oldest first."""
        return History(self._database).attempts([delivery_id]).get(delivery_id, [])

    def counts(self, day: date | None = None) -> dict[DeliveryState, int]:
        """How many deliveries are in each state that has any, of one local date or of all."""
        rows = select(col(DeliveryRow.state), func.count()).group_by(col(DeliveryRow.state))
        with self._database.read() as conn:
            found = conn.execute(rows if day is None else rows.where(col(DeliveryRow.local_date) == day))
            return {DeliveryState(state): number for state, number in found}

    def is_work(self, now: datetime) -> bool:
        """Whether a sender would find anything to do: to send, to try again or to take back."""
        waiting = select(exists().where(col(DeliveryRow.state).in_((DeliveryState.QUEUED, *sorted(HELD)))))
        again = select(exists().where(col(DeliveryRow.state) == DeliveryState.DEFERRED, ledger.is_due(now)))
        with self._database.read() as conn:
            return bool(conn.scalar(waiting) or conn.scalar(again))

    def handed_over(self, since: datetime, now: datetime) -> list[datetime]:
        """When a message was given to the server, each time between the two moments, oldest first."""
        at = col(AttemptRow.at)
        rows = select(at).where(at.between(since, now), col(AttemptRow.stage) == Stage.DOT).order_by(at)
        with self._database.read() as conn:
            return list(conn.scalars(rows))

    def deferred(self) -> int:
        """How many wait for their next try."""
        return self._in(DeliveryState.DEFERRED)

    def held(self) -> int:
        """How many a sender holds, at work or killed; `recover` frees those of a killed one."""
        return self._in(*sorted(HELD))

    def _in(self, *states: DeliveryState) -> int:
        wanted = select(func.count()).where(col(DeliveryRow.state).in_(states))
        with self._database.read() as conn:
            return conn.scalar(wanted) or 0

    def _newest(self, wanted: Select[Any]) -> Delivery | None:
        with self._database.read() as conn:
            row = conn.execute(wanted.order_by(*_NEWEST_FIRST).limit(1)).one_or_none()
        return _delivery(row) if row else None

    def list(
        self,
        state: DeliveryState | None = None,
        day: date | None = None,
        address: str | None = None,
        limit: int = 50,
        before: Delivery | None = None,
    ) -> list[Delivery]:
        """The newest of those in `state`, of the local date, of the address, after `before`; all when not said."""
        wanted = _matching(state, day, address).order_by(*_NEWEST_FIRST).limit(limit)
        if before is not None:
            wanted = wanted.where(
                tuple_(col(DeliveryRow.local_date), col(DeliveryRow.id)) < (before.local_date, before.id)
            )
        with self._database.read() as conn:
            return [_delivery(row) for row in conn.execute(wanted)]


_NEWEST_FIRST = (col(DeliveryRow.local_date).desc(), col(DeliveryRow.id).desc())


def _matching(state: DeliveryState | None, day: date | None, address: str | None) -> Select[Any]:
    wanted = _ROWS
    if state is not None:
        wanted = wanted.where(col(DeliveryRow.state) == state)
    if day is not None:
        wanted = wanted.where(col(DeliveryRow.local_date) == day)
    if address is not None:
        owner = select(col(SubscriberRow.id)).where(col(SubscriberRow.address_key) == address_key(address))
        wanted = wanted.where(col(DeliveryRow.subscriber_id).in_(owner))
    return wanted


def _delivery(row: Row[Any]) -> Delivery:
    values = {name: getattr(row, name) for name in FACTS}
    return Delivery(**values, state=DeliveryState(row.state), cause=Cause(row.cause), edition=row.edition_date)
