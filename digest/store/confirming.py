"""What the owner of an address confirms by the link of a letter.

In:    a connection inside a writing transaction, the subscriber and the date of the letter.
Out:   whether they are now as they asked to be; consent and event are written down with it.
Never: an address confirmed by a letter that went to another one, or a letter used twice.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from digest.errors import InputError
from digest.model import GETS_MAIL, LetterKind, Subscriber, SubscriberState
from digest.store import comeback, letters
from digest.store.addresses import Marks, address_key
from digest.store.erasing import erase
from digest.store.subscribers import follow, subscriber_of
from digest.store.suppressions import recognised
from digest.store.tables import ConsentRow, EventRow, RequestRow, SubscriberRow, SuppressionRow
from digest.store.topics import put_topics

BY_LETTER = "confirmed by the link in a letter"
MOVED = "moved"  # an event, beside those named after a state
PENDING, ACTIVE = SubscriberState.PENDING, SubscriberState.ACTIVE
WISHES = ("name", "zone", "at", "cadence", "papers", "language", "abstracts", "text_only")


def confirm(conn: Connection, marks: Marks, subscriber_id: int, day: date, network: str, now: datetime) -> bool:
    """See Requests.confirm. Who gets mail already has confirmed: what anybody asked for since is not theirs."""
    row = _locked(conn, subscriber_id)
    letter = letters.live(conn, subscriber_id, LetterKind.CONFIRM, day, now)
    if row is None or letter is None or address_key(letter.address) != row.address_key:
        return False
    if row.state in GETS_MAIL:
        return True
    asked = _asked(conn, LetterKind.CONFIRM, row.address_key)
    if asked is None or _used(conn, subscriber_id, letter.at):
        return False
    wishes = _wishes(conn, row, asked.wishes, now)
    fresh = {"state": ACTIVE, "heard_at": now, "keep_by": None, "paused_until": None}
    conn.execute(update(SubscriberRow).where(col(SubscriberRow.id) == row.id).values(**wishes, **fresh))
    conn.execute(delete(SuppressionRow).where(recognised(marks, row.address_key)))
    consent = {"subscriber_id": row.id, "asked_at": asked.asked_at, "confirmed_at": now, "text": asked.text}
    conn.execute(insert(ConsentRow), {**consent, "asked_from": asked.network, "confirmed_from": network})
    _note(conn, row.id, ACTIVE, now)
    _forget(conn, LetterKind.CONFIRM, row.address_key)
    return True


def move(conn: Connection, marks: Marks, subscriber_id: int, day: date, now: datetime) -> bool:
    """See Requests.move. One who only signed up with the new address, and did not confirm, makes room."""
    row = _locked(conn, subscriber_id)
    letter = letters.live(conn, subscriber_id, LetterKind.MOVE, day, now)
    if row is None or letter is None or row.state not in GETS_MAIL:
        return False
    key = address_key(letter.address)
    there = col(SubscriberRow.address_key) == key, col(SubscriberRow.state) == PENDING, col(SubscriberRow.id) != row.id
    # Before the request: who erases them takes what was asked about their address along.
    unconfirmed = conn.scalar(select(col(SubscriberRow.id)).where(*there).with_for_update())
    asked = _asked(conn, LetterKind.MOVE, str(subscriber_id))
    if asked is None or asked.address != letter.address:
        return bool(row.address == letter.address)
    if conn.scalar(select(exists().where(recognised(marks, key)))):
        raise InputError(f"{asked.address} is suppressed", "sign up with it")
    if unconfirmed is not None:
        erase(conn, marks, unconfirmed)
    moved = update(SubscriberRow).where(col(SubscriberRow.id) == row.id)
    try:
        conn.execute(moved.values(address=asked.address, address_key=key))
    except IntegrityError as error:
        raise InputError(f"{asked.address} belongs to another subscriber", "erase that one first") from error
    follow(conn, row.id, asked.address)
    _note(conn, row.id, MOVED, now)
    _forget(conn, LetterKind.MOVE, str(row.id))
    return True


def _wishes(conn: Connection, row: Row[Any], wishes: Subscriber | None, now: datetime) -> dict[str, Any]:
    """The columns; and their topics are stored."""
    who, values = subscriber_of(row), dict[str, Any]()
    if wishes:
        put_topics(conn, who.id, wishes.topics)
        values = {name: getattr(wishes, name) for name in WISHES}
        who = replace(who, **values)
    return {**values, "next_due_at": comeback.due_again(conn, who, now)}


def _locked(conn: Connection, subscriber_id: int) -> Row[Any] | None:
    """Nobody erases, moves or writes to them meanwhile. Before their requests: everybody does it in that order."""
    the_one = select(SubscriberRow).where(col(SubscriberRow.id) == subscriber_id)
    return conn.execute(the_one.with_for_update()).one_or_none()


def _asked(conn: Connection, kind: LetterKind, key: str) -> Row[Any] | None:
    the_one = col(RequestRow.kind) == kind, col(RequestRow.key) == key
    return conn.execute(select(RequestRow).where(*the_one).with_for_update()).one_or_none()


def _used(conn: Connection, subscriber_id: int, queued_at: datetime) -> bool:
    """Whether they confirmed since that letter was queued: who left after that comes back by a new one."""
    since = col(ConsentRow.subscriber_id) == subscriber_id, col(ConsentRow.confirmed_at) >= queued_at
    return bool(conn.scalar(select(exists().where(*since))))


def _note(conn: Connection, subscriber_id: int, kind: str, now: datetime) -> None:
    event = {"subscriber_id": subscriber_id, "at": now, "kind": str(kind), "reason": BY_LETTER}
    conn.execute(insert(EventRow), event)


def _forget(conn: Connection, kind: LetterKind, key: str) -> None:
    conn.execute(delete(RequestRow).where(col(RequestRow.kind) == kind, col(RequestRow.key) == key))
