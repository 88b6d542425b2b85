"""Forgets a subscriber, so that their address stands nowhere any more.

In:    a connection inside a writing transaction, a subscriber's id.
Out:   all that was theirs is gone; of a suppression is left what the address is recognised by, and why.
Never: an address that we must not mail forgotten as such.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select
from sqlmodel import col

from digest.model import LetterKind
from digest.store.addresses import Marks, address_key
from digest.store.database import chunks, hit, insert_new
from digest.store.letters import IS_LETTER
from digest.store.tables import (
    AttemptRow,
    ConsentRow,
    DeliveryPaperRow,
    DeliveryRow,
    EventRow,
    FeedbackRow,
    RequestRow,
    SubscriberRow,
    SuppressionRow,
    TopicRow,
)

OWN = (TopicRow, EventRow, FeedbackRow, ConsentRow)


def erase(conn: Connection, marks: Marks, subscriber_id: int) -> bool:
    """False for an unknown id. Whoever has a delivery of theirs in hand gets no permit and settles nothing."""
    the_one = col(SubscriberRow.id) == subscriber_id
    own_key = select(col(SubscriberRow.address_key)).where(the_one)
    key = conn.scalar(own_key.with_for_update())  # nobody enqueues for them meanwhile
    if key is None:
        return False
    keys = {key, *_former(conn, subscriber_id)}
    _forget_deliveries(conn, subscriber_id, keys)
    forget_requests(conn, subscriber_id)
    _forget_requests_about(conn, keys)
    for each in sorted(keys):
        _keep_mark(conn, marks, each)
    for table in OWN:
        conn.execute(delete(table).where(col(table.subscriber_id) == subscriber_id))
    return hit(conn.execute(delete(SubscriberRow).where(the_one)))


def forget_requests(conn: Connection, subscriber_id: int) -> None:
    """What was asked for in their name, and is not done, never will be."""
    kind, key = col(RequestRow.kind), col(RequestRow.key)
    address = select(col(SubscriberRow.address_key)).where(col(SubscriberRow.id) == subscriber_id).scalar_subquery()
    own = (kind == LetterKind.MOVE) & (key == str(subscriber_id))
    conn.execute(delete(RequestRow).where(own | ((kind != LetterKind.MOVE) & (key == address))))


def _former(conn: Connection, subscriber_id: int) -> set[str]:
    """Addresses they had before, as far as the ledger knows, that are nobody's now."""
    sent = select(col(DeliveryRow.address)).where(col(DeliveryRow.subscriber_id) == subscriber_id).distinct()
    keys = {address_key(address) for address in conn.scalars(sent.where(col(DeliveryRow.kind) != LetterKind.MOVE))}
    others = select(col(SubscriberRow.address_key)).where(col(SubscriberRow.address_key).in_(sorted(keys)))
    return keys - set(conn.scalars(others))


def _forget_deliveries(conn: Connection, subscriber_id: int, keys: set[str]) -> None:
    """Theirs, and letters that asked somebody else whether an address of theirs was the new one."""
    rows = select(col(DeliveryRow.id)).where(col(DeliveryRow.subscriber_id) == subscriber_id)
    ids = list(conn.scalars(rows.with_for_update()))  # nobody settles them meanwhile
    moves = select(col(DeliveryRow.id), col(DeliveryRow.address)).where(
        IS_LETTER, col(DeliveryRow.kind) == LetterKind.MOVE
    )
    ids += [number for number, address in conn.execute(moves) if address_key(address) in keys]
    delete_deliveries(conn, ids)


def delete_deliveries(conn: Connection, ids: Sequence[int]) -> int:
    """With their picks and attempts; returns how many there were."""
    went = 0
    for some in chunks(ids):
        for part in (DeliveryPaperRow, AttemptRow):
            conn.execute(delete(part).where(col(part.delivery_id).in_(some)))
        went += conn.execute(delete(DeliveryRow).where(col(DeliveryRow.id).in_(some))).rowcount
    return went


def _forget_requests_about(conn: Connection, keys: set[str]) -> None:
    kind, key = col(RequestRow.kind), col(RequestRow.key)
    moves = select(key, col(RequestRow.address)).where(kind == LetterKind.MOVE)
    found = [owner for owner, address in conn.execute(moves) if address_key(address) in keys]
    conn.execute(delete(RequestRow).where(kind == LetterKind.MOVE, key.in_(found)))
    conn.execute(delete(RequestRow).where(kind != LetterKind.MOVE, key.in_(sorted(keys))))


def _keep_mark(conn: Connection, marks: Marks, key: str) -> None:
    """A suppression is recognised as before; it no longer says whose it is."""
    plain = col(SuppressionRow.address_key) == key
    row = conn.execute(select(SuppressionRow).where(plain)).one_or_none()
    if row is None:
        return
    conn.execute(delete(SuppressionRow).where(plain))
    reason = "" if key in row.reason.lower() else row.reason
    blank = {"address_key": marks(key)[0], "address": "", "reason": reason, "evidence": ""}
    conn.execute(insert_new(conn, SuppressionRow), {**blank, "created_at": row.created_at})
