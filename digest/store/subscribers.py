"""The addresses and what each asked for.

In:    Subscriber values, ids, addresses in any spelling of case.
Out:   Subscriber values with their topics, from a fixed number of queries however many they are.
Never: a judgement of when somebody is due; `next_due_at` is set by whoever computes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from digest.due import FURTHEST, FURTHEST_OF_ANY
from digest.errors import InputError
from digest.model import Abstracts, DeliveryState, Subscriber, SubscriberState, Topic
from digest.store import comeback, freezing
from digest.store.addresses import address_key
from digest.store.database import Database, hit, insert_new
from digest.store.erasing import erase, forget_requests
from digest.store.tables import DeliveryRow, EventRow, SubscriberRow
from digest.store.topics import insert_topics, put_topics, topics_of
from digest.store.types import UtcDateTime

Found = list[Subscriber]  # inside the class `list` is the method
# Who has a row for each date that is due, a digest or the reason why there is none.
OWED = (SubscriberState.ACTIVE, SubscriberState.PAUSED, SubscriberState.SUPPRESSED)
LEFT = SubscriberState.UNSUBSCRIBED
UNSENT = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.CLAIMED)


class Subscribers:
    """One row per address, with topics in their order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, subscriber: Subscriber, now: datetime) -> Subscriber:
        """Stores a new subscriber and returns it with its id. Raises InputError when the address is there already."""
        key = address_key(subscriber.address)
        with self._database.write() as conn:
            stored = insert_subscribers(conn, {key: subscriber}, now)
        if key not in stored:
            raise InputError(f"{subscriber.address} is subscribed already", "edit it: digest subscriber edit")
        topics = tuple(dict.fromkeys(subscriber.topics))
        return replace(subscriber, id=stored[key], topics=topics, created_at=subscriber.created_at or now)

    def add_many(self, subscribers: Sequence[Subscriber], now: datetime) -> set[str]:
        """Stores the new ones in one transaction and returns the addresses that were there already, as given."""
        new: dict[str, Subscriber] = {}
        for one in subscribers:
            new.setdefault(address_key(one.address), one)
        with self._database.write() as conn:
            stored = insert_subscribers(conn, new, now) if new else {}
        return {
            one.address for one in subscribers if one is not new[key := address_key(one.address)] or key not in stored
        }

    def get(self, address: str) -> Subscriber | None:
        return self._one(col(SubscriberRow.address_key) == address_key(address))

    def by_id(self, subscriber_id: int) -> Subscriber | None:
        return self._one(col(SubscriberRow.id) == subscriber_id)

    def list(self, state: SubscriberState | None = None, limit: int | None = None, after_id: int = 0) -> Found:
        """By id, all of them or those in `state`, from the one after `after_id` on."""
        later = col(SubscriberRow.id) > after_id
        wanted = select(SubscriberRow).where(later).order_by(col(SubscriberRow.id)).limit(limit)
        return self._read(wanted if state is None else wanted.where(col(SubscriberRow.state) == state))

    def due(self, now: datetime, limit: int, after_id: int = 0) -> Found:
        """Up to `limit` of `OWED` with an id above `after_id`, by id, whose `next_due_at` is reached or not set.

        Or further ahead than their cadence reaches: the clock was ahead when it was set.
        """
        wanted = select(SubscriberRow).where(_due(now), col(SubscriberRow.id) > after_id)
        return self._read(wanted.order_by(col(SubscriberRow.id)).limit(limit))

    def count_due(self, now: datetime) -> int:
        """How many `due` would give in all."""
        with self._database.read() as conn:
            return conn.scalar(select(func.count()).select_from(SubscriberRow).where(_due(now))) or 0

    def next_due(self) -> datetime | None:
        """The earliest moment an active subscriber is due; None when nobody has one yet."""
        active = col(SubscriberRow.state) == SubscriberState.ACTIVE
        with self._database.read() as conn:
            return conn.scalar(select(func.min(col(SubscriberRow.next_due_at))).where(active))

    def update(self, subscriber: Subscriber) -> None:
        """Writes all but state, `created_at` and `last_edition`. A new zone, hour or cadence wants a new `next_due_at`.

        Unsent digests follow to a new address; one that a sender has composed for the old gets no permit. Raises
        InputError for an unknown id or somebody else's address.
        """
        with self._database.write() as conn:
            values = {
                name: value for name, value in _values(subscriber).items() if name not in ("state", "last_edition")
            }
            changed = update(SubscriberRow).where(col(SubscriberRow.id) == subscriber.id).values(values)
            try:
                known = hit(conn.execute(changed))
            except IntegrityError as error:
                raise InputError(
                    f"{subscriber.address} belongs to another subscriber", "erase that one first"
                ) from error
            if not known:
                raise InputError(f"there is no subscriber {subscriber.id}", "see: digest subscriber list")
            put_topics(conn, subscriber.id, subscriber.topics)
            follow(conn, subscriber.id, subscriber.address)

    def schedule(self, due: Mapping[int, datetime]) -> None:
        """Sets `next_due_at` of each subscriber id."""
        if due:
            rows = [{"number": number, "moment": moment} for number, moment in due.items()]
            at = update(SubscriberRow).where(col(SubscriberRow.id) == bindparam("number"))
            with self._database.write() as conn:
                conn.execute(at.values(next_due_at=bindparam("moment")), rows)

    def set_state(
        self, subscriber_id: int, state: SubscriberState, reason: str, now: datetime, *, address: str | None = None
    ) -> bool:
        """Moves a subscriber to `state` and notes it as an event; False when they are in it already or unknown.

        `address`: only while they are active at it. What became of mail to it says nothing of who moved or left since.
        """
        found = [col(SubscriberRow.id) == subscriber_id, col(SubscriberRow.state) != state]
        if address is not None:
            found += [col(SubscriberRow.address) == address, col(SubscriberRow.state) == SubscriberState.ACTIVE]
        event = {"subscriber_id": subscriber_id, "at": now, "kind": str(state), "reason": reason}
        with self._database.write() as conn:
            moved = hit(conn.execute(update(SubscriberRow).where(*found).values(state=state)))
            if moved:
                conn.execute(insert(EventRow), event)
            if state is LEFT:  # nor a letter, though one may be on its way
                forget_requests(conn, subscriber_id)
            return moved

    def undo(self, subscriber_id: int, since: datetime, now: datetime) -> bool:
        """Active again, if the last that happened to their state is that they unsubscribed, not before `since`."""
        the_one = col(SubscriberRow.id) == subscriber_id
        own = select(col(EventRow.kind), col(EventRow.at)).where(col(EventRow.subscriber_id) == subscriber_id)
        states = own.where(col(EventRow.kind).in_(list(SubscriberState))).order_by(col(EventRow.id).desc())
        event = {"subscriber_id": subscriber_id, "at": now, "kind": SubscriberState.ACTIVE, "reason": "took it back"}
        with self._database.write() as conn:
            row = conn.execute(select(SubscriberRow).where(the_one).with_for_update()).one_or_none()
            last = conn.execute(states.limit(1)).one_or_none()
            if row is None or last is None or not (row.state == last.kind == LEFT and since <= last.at):
                return False
            conn.execute(insert(EventRow), event)
            due = comeback.due_again(conn, subscriber_of(row), now)
            return hit(conn.execute(update(SubscriberRow).where(the_one).values(state=event["kind"], next_due_at=due)))

    def note(self, subscriber_id: int, kind: str, reason: str, now: datetime) -> bool:
        """Writes down what they told us, as an event; False: nobody is there."""
        there = select(col(SubscriberRow.id)).where(col(SubscriberRow.id) == subscriber_id)
        with self._database.write() as conn:
            known = conn.scalar(there.with_for_update(read=True, key_share=True)) is not None
            if known:
                event = {"subscriber_id": subscriber_id, "at": now, "kind": kind, "reason": reason}
                conn.execute(insert(EventRow), event)
            return known

    def heard(self, subscriber_id: int, now: datetime) -> bool:
        """Notes that they still read this, and ends the question and the pause that came of it; False: nobody is there.

        A pause with `keep_by` set is of the sunset's making; one that somebody asked for goes on.
        """
        the_one = col(SubscriberRow.id) == subscriber_id
        sunset = col(SubscriberRow.state) == SubscriberState.PAUSED, col(SubscriberRow.keep_by).is_not(None)
        woken = update(SubscriberRow).where(the_one, *sunset).values(state=SubscriberState.ACTIVE)
        event = {"subscriber_id": subscriber_id, "at": now, "kind": "active", "reason": "says they still read this"}
        with self._database.write() as conn:
            if hit(conn.execute(woken)):
                conn.execute(insert(EventRow), event)
            return hit(conn.execute(update(SubscriberRow).where(the_one).values(heard_at=now, keep_by=None)))

    def erase(self, subscriber_id: int) -> bool:
        """Removes them with all that is theirs, and every delivery with its picks and attempts; False: unknown.

        A suppression stays, as a mark that the address is recognised by. Whoever has a delivery of theirs in hand gets
        no permit and settles nothing.
        """
        with self._database.write() as conn:
            gone = erase(conn, self._database.marks, subscriber_id)
        self._database.truncate_wal()
        return gone

    def _one(self, condition: ColumnElement[bool]) -> Subscriber | None:
        found = self._read(select(SubscriberRow).where(condition))
        return found[0] if found else None

    def _read(self, wanted: Select[Any]) -> Found:
        with self._database.read() as conn:
            rows = conn.execute(wanted).all()
            topics = topics_of(conn, [row.id for row in rows])
        return [subscriber_of(row, topics[row.id]) for row in rows]


def _due(now: datetime) -> ColumnElement[bool]:
    """As one search of the index each: in one condition with OR, SQLite would look at every row of the three states."""
    when, soonest = col(SubscriberRow.next_due_at), min(FURTHEST.values())
    furthest = case(
        {cadence: literal(now + span, UtcDateTime()) for cadence, span in FURTHEST.items()},
        value=col(SubscriberRow.cadence),
        else_=literal(now + FURTHEST_OF_ANY, UtcDateTime()),
    )
    too_far = and_(when > now + soonest, when > furthest)  # the first part: for the index
    one = select(col(SubscriberRow.id)).where(col(SubscriberRow.state).in_(OWED))
    return col(SubscriberRow.id).in_(union_all(*(one.where(each) for each in (when.is_(None), when <= now, too_far))))


def follow(conn: Connection, subscriber_id: int, address: str) -> None:
    """Unsent digests go to the new address; letters were written for the one they go to."""
    digests = col(DeliveryRow.subscriber_id) == subscriber_id, col(DeliveryRow.kind) == freezing.KIND
    unsent = col(DeliveryRow.state).in_(UNSENT)
    conn.execute(update(DeliveryRow).where(*digests, unsent).values(address=address))


def insert_subscribers(conn: Connection, new: dict[str, Subscriber], now: datetime) -> dict[str, int]:
    """Inserts those whose address key is free and returns their ids."""
    rows = [{**_values(one), "created_at": one.created_at or now} for one in new.values()]
    made = insert_new(conn, SubscriberRow).returning(col(SubscriberRow.id), col(SubscriberRow.address_key))
    stored = {key: number for number, key in conn.execute(made, rows)}
    insert_topics(conn, [(number, new[key].topics) for key, number in stored.items()])
    events = [
        {"subscriber_id": number, "at": now, "kind": str(new[key].state), "reason": "added"}
        for key, number in stored.items()
    ]
    if events:
        conn.execute(insert(EventRow), events)
    return stored


def _values(subscriber: Subscriber) -> dict[str, Any]:
    plain = (
        "address",
        "name",
        "zone",
        "at",
        "state",
        "cadence",
        "papers",
        "token_version",
        "next_due_at",
        "last_edition",
        "paused_until",
        "heard_at",
        "keep_by",
        "language",
        "abstracts",
        "text_only",
    )
    return {"address_key": address_key(subscriber.address), **{name: getattr(subscriber, name) for name in plain}}


def subscriber_of(row: Row[Any], topics: Iterable[Topic] = ()) -> Subscriber:
    values = {name: value for name, value in row._mapping.items() if name not in ("address_key", "state", "abstracts")}
    told: dict[str, Any] = {"state": SubscriberState(row.state), "abstracts": Abstracts(row.abstracts)}
    return Subscriber(**values, **told, topics=tuple(topics))
