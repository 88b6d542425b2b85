"""What is asked for on the web until it is done: sign-ups, links, new addresses.

In:    requests, and the links of the letters that answered them.
Out:   Request and Consent values; subscribers once the owner of an address has confirmed.
Never: a look at whose address it is when something is asked for; a change that nobody has confirmed.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, case, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from digest.model import Consent, LetterKind, Request, Subscriber
from digest.store import answering, confirming
from digest.store.addresses import address_key
from digest.store.answering import PLAIN, Answer, Decide, Newcomer, request_of
from digest.store.database import Database
from digest.store.subscribers import Subscribers
from digest.store.tables import ConsentRow, RequestRow, SubscriberRow

Found = list[Request]


class Requests:
    """One row for each kind and address; of a new address one for each subscriber."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, request: Request) -> None:
        """Keeps it in place of the one before, to be answered. The same work for whatever address.

        One of a subscriber who was erased meanwhile is dropped.
        """
        try:
            self.put_many([request])
        except IntegrityError:
            if not request.subscriber_id:
                raise

    def put_many(self, requests: Sequence[Request]) -> None:
        """In one transaction, for those who ask in the name of many."""
        if requests:
            with self._database.write() as conn:
                conn.execute(_upsert(conn), [_row(each) for each in requests])

    def find(self, kind: LetterKind, subscriber_id: int) -> Request | None:
        """What was last asked for in the name of a subscriber."""
        found = [each for each in self.of(subscriber_id) if each.kind is kind]
        return found[0] if found else None

    def of(self, subscriber_id: int) -> Found:
        """All that was asked for in the name of a subscriber, and is not done, by kind."""
        key = select(col(SubscriberRow.address_key)).where(col(SubscriberRow.id) == subscriber_id).scalar_subquery()
        by_address = (col(RequestRow.kind) != LetterKind.MOVE) & (col(RequestRow.key) == key)
        by_id = (col(RequestRow.kind) == LetterKind.MOVE) & (col(RequestRow.key) == str(subscriber_id))
        wanted = select(RequestRow).where(or_(by_address, by_id)).order_by(col(RequestRow.kind))
        with self._database.read() as conn:
            return [request_of(row) for row in conn.execute(wanted)]

    def waiting(self, limit: int) -> list[tuple[LetterKind, str]]:
        """The keys of up to `limit` that were not answered, oldest first; those of the operator's come last."""
        nobody = case((col(RequestRow.network) == "", 1), else_=0)
        keys = select(col(RequestRow.kind), col(RequestRow.key)).where(col(RequestRow.answered_at).is_(None))
        with self._database.read() as conn:
            rows = conn.execute(keys.order_by(nobody, col(RequestRow.asked_at), col(RequestRow.key)).limit(limit))
            return [(LetterKind(kind), key) for kind, key in rows]

    def answer(
        self, kind: LetterKind, key: str, newcomer: Newcomer, decide: Decide, now: datetime
    ) -> LetterKind | Answer | None:
        """Does what `decide` says of a request, with its letter, in one transaction; None: it was answered meanwhile.

        Several may try at once: each request is answered by one of them, and all see each other's letters.
        """
        with self._database.write() as conn:
            return answering.answer(conn, kind, key, newcomer, decide, now)

    def confirm(self, subscriber_id: int, day: date, network: str, now: datetime) -> Subscriber | None:
        """Makes them active with the wishes of their sign-up; `day` is that of the letter whose link was used.

        None: no such letter, or too old, or what it asked for is no more. One who is active stays as they are.
        """
        with self._database.write() as conn:
            if not confirming.confirm(conn, self._database.marks, subscriber_id, day, network, now):
                return None
        return self._subscriber(subscriber_id)

    def move(self, subscriber_id: int, day: date, now: datetime) -> Subscriber | None:
        """Moves them to the address that the letter of `day` went to; None as for `confirm`.

        One who has moved there already stays. Raises InputError when it is another subscriber's, or suppressed.
        """
        with self._database.write() as conn:
            if not confirming.move(conn, self._database.marks, subscriber_id, day, now):
                return None
        return self._subscriber(subscriber_id)

    def consents(self, subscriber_id: int) -> list[Consent]:
        """Oldest first."""
        wanted = select(ConsentRow).where(col(ConsentRow.subscriber_id) == subscriber_id).order_by(col(ConsentRow.id))
        names = ("asked_at", "confirmed_at", "text", "asked_from", "confirmed_from")
        with self._database.read() as conn:
            return [Consent(**{name: getattr(row, name) for name in names}) for row in conn.execute(wanted)]

    def _subscriber(self, subscriber_id: int) -> Subscriber | None:
        return Subscribers(self._database).by_id(subscriber_id)


def key_of(request: Request) -> str:
    return str(request.subscriber_id) if request.kind is LetterKind.MOVE else address_key(request.address)


def _row(request: Request) -> dict[str, Any]:
    return {
        "kind": request.kind,
        "key": key_of(request),
        "subscriber_id": request.subscriber_id or None,
        "answered_at": None,
        **{name: getattr(request, name) for name in PLAIN},
    }


def _upsert(conn: Connection) -> sqlite.Insert | postgresql.Insert:
    """A letter that is out for the same address still counts; one for another new address does not."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    new = insert(RequestRow)
    same = col(RequestRow.address) == new.excluded.address
    values: dict[str, Any] = {name: new.excluded[name] for name in (*PLAIN, "answered_at")}
    values["mailed_at"] = case(((col(RequestRow.kind) != LetterKind.MOVE) | same, col(RequestRow.mailed_at)))
    return new.on_conflict_do_update(index_elements=["kind", "key"], set_=values)
