"""Answers a request: decided and done in one transaction, so that whatever stops it stops all of it.

In:    a connection inside a writing transaction, the key of a request, somebody who decides.
Out:   a letter in the ledger, and what is left of the request.
Never: a change to a subscriber who is there already; a letter to an address that two decide about at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update
from sqlmodel import col

from digest.model import GETS_MAIL, LetterKind, Request, Subscriber, SubscriberState
from digest.store import letters
from digest.store.addresses import address_key
from digest.store.database import one_at_a_time
from digest.store.letters import Sent
from digest.store.subscribers import insert_subscribers, subscriber_of
from digest.store.tables import RequestRow, SubscriberRow

LETTERS_LOCK = 0x64696704
PLAIN = ("address", "asked_at", "wishes", "text", "network", "mailed_at")


class Answer(StrEnum):
    """What else than a letter can be the answer."""

    NOTHING = "nothing"  # it is over
    LATER = "later"  # the address had such a letter a moment ago
    FULL = "full"  # so had too many addresses


Decide = Callable[[Request, Subscriber | None, Sequence[Sent]], LetterKind | Answer]
Newcomer = Callable[[str], Subscriber]  # of whom only the address is known


def answer(
    conn: Connection, kind: LetterKind, key: str, newcomer: Newcomer, decide: Decide, now: datetime
) -> LetterKind | Answer | None:
    """See Requests.answer. Everybody locks a subscriber before their requests."""
    one_at_a_time(conn, LETTERS_LOCK)
    the_owner = col(SubscriberRow.id) == int(key) if kind is LetterKind.MOVE else col(SubscriberRow.address_key) == key
    row = conn.execute(select(SubscriberRow).where(the_owner).with_for_update(key_share=True)).one_or_none()
    the_request = col(RequestRow.kind) == kind, col(RequestRow.key) == key
    waits = select(RequestRow).where(*the_request, col(RequestRow.answered_at).is_(None)).with_for_update()
    asked = conn.execute(waits).one_or_none()
    if asked is None:
        return None
    who, request = subscriber_of(row) if row else None, request_of(asked)
    answered = decide(request, who, letters.lately(conn, now))
    if isinstance(answered, LetterKind):
        who = who or _added(conn, newcomer(request.address), now)
        if not (who and letters.queue(conn, answered, _reader(who, request, answered), now)):
            return Answer.LATER
    _leave(conn, the_request, request, who, answered, now)
    return answered


def request_of(row: Row[Any]) -> Request:
    values = {name: getattr(row, name) for name in PLAIN}
    return Request(kind=LetterKind(row.kind), subscriber_id=row.subscriber_id or 0, **values)


def _added(conn: Connection, newcomer: Subscriber, now: datetime) -> Subscriber | None:
    """None where somebody was quicker."""
    pending = replace(newcomer, state=SubscriberState.PENDING, created_at=now)
    stored = insert_subscribers(conn, {address_key(pending.address): pending}, now)
    return replace(pending, id=next(iter(stored.values()))) if stored else None


def _reader(who: Subscriber, request: Request, kind: LetterKind) -> Subscriber:
    """Of what was asked for, only the language and a new address go into a letter."""
    if kind is LetterKind.MOVE:
        return replace(who, address=request.address)
    wished = request.wishes.language if kind is LetterKind.CONFIRM and request.wishes else ""
    return replace(who, language=wished or who.language)


def _leave(
    conn: Connection,
    the_request: Sequence[ColumnElement[bool]],
    request: Request,
    who: Subscriber | None,
    answered: LetterKind | Answer,
    now: datetime,
) -> None:
    """What can still be confirmed stays: a sign-up and a new address that a letter has gone out for."""
    if answered in (Answer.LATER, Answer.FULL):
        return
    done = answered is LetterKind.LINK or (request.kind is LetterKind.CONFIRM and who and who.state in GETS_MAIL)
    if done or (answered is Answer.NOTHING and request.mailed_at is None):
        conn.execute(delete(RequestRow).where(*the_request))
        return
    mailed_at = now if isinstance(answered, LetterKind) else request.mailed_at
    values = {"answered_at": now, "mailed_at": mailed_at, "subscriber_id": who.id if who else None}
    conn.execute(update(RequestRow).where(*the_request).values(values))
