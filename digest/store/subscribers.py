"""The addresses and what each asked for.

In:    Subscriber values, ids, addresses in any spelling of case.
Out:   Subscriber values with their topics, from a fixed number of queries however many they are.
Never: a judgement of when somebody is due; `next_due_at` is set by whoever computes it.
"""

from collections import defaultdict
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
    delete,
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
from digest.model import Abstracts, DeliveryState, Subscriber, SubscriberState, Topic, TopicKind
from digest.store.addresses import address_key
from digest.store.database import Database, chunks, hit, insert_new
from digest.store.tables import AttemptRow, DeliveryPaperRow, DeliveryRow, EventRow, SubscriberRow, TopicRow
from digest.store.types import UtcDateTime

Found = list[Subscriber]  # inside the class `list` is the method
# Who has a row for each date that is due, a digest or the reason why there is none.
OWED = (SubscriberState.ACTIVE, SubscriberState.PAUSED, SubscriberState.SUPPRESSED)
UNSENT = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.CLAIMED)


class Subscribers:
    """One row per address, with topics in their order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, subscriber: Subscriber, now: datetime) -> Subscriber:
        """Stores a new subscriber and returns it with its id. Raises InputError when the address is there already."""
        key = address_key(subscriber.address)
        with self._database.write() as conn:
            stored = _insert(conn, {key: subscriber}, now)
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
            stored = _insert(conn, new, now) if new else {}
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

        Unsent deliveries follow to a new address; one that a sender has composed for the old gets no permit. Raises
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
            conn.execute(delete(TopicRow).where(col(TopicRow.subscriber_id) == subscriber.id))
            _insert_topics(conn, [(subscriber.id, subscriber.topics)])
            waiting = col(DeliveryRow.subscriber_id) == subscriber.id, col(DeliveryRow.state).in_(UNSENT)
            conn.execute(update(DeliveryRow).where(*waiting).values(address=subscriber.address))

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
            if not hit(conn.execute(update(SubscriberRow).where(*found).values(state=state))):
                return False
            conn.execute(insert(EventRow), event)
        return True

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
        """Removes them, and every delivery with its picks and attempts; False for an unknown id.

        A suppression of the address stays. Whoever has a delivery of theirs in hand gets no permit and settles nothing.
        """
        with self._database.write() as conn:
            return _erase(conn, subscriber_id)

    def _one(self, condition: ColumnElement[bool]) -> Subscriber | None:
        found = self._read(select(SubscriberRow).where(condition))
        return found[0] if found else None

    def _read(self, wanted: Select[Any]) -> Found:
        with self._database.read() as conn:
            rows = conn.execute(wanted).all()
            topics = _topics(conn, [row.id for row in rows])
        return [_subscriber(row, topics[row.id]) for row in rows]


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


def _erase(conn: Connection, subscriber_id: int) -> bool:
    the_one, owner = col(SubscriberRow.id) == subscriber_id, col(DeliveryRow.subscriber_id) == subscriber_id
    conn.execute(select(col(SubscriberRow.id)).where(the_one).with_for_update())  # nobody enqueues for them meanwhile
    owed = conn.scalars(select(col(DeliveryRow.id)).where(owner).with_for_update()).all()  # or settles
    for some in chunks(owed):
        for part in (DeliveryPaperRow, AttemptRow):
            conn.execute(delete(part).where(col(part.delivery_id).in_(some)))
    conn.execute(delete(DeliveryRow).where(owner))
    for table in (TopicRow, EventRow):
        conn.execute(delete(table).where(col(table.subscriber_id) == subscriber_id))
    return hit(conn.execute(delete(SubscriberRow).where(the_one)))


def _insert(conn: Connection, new: dict[str, Subscriber], now: datetime) -> dict[str, int]:
    """Inserts those whose address key is free and returns their ids."""
    rows = [{**_values(one), "created_at": one.created_at or now} for one in new.values()]
    made = insert_new(conn, SubscriberRow).returning(col(SubscriberRow.id), col(SubscriberRow.address_key))
    stored = {key: number for number, key in conn.execute(made, rows)}
    _insert_topics(conn, [(number, new[key].topics) for key, number in stored.items()])
    events = [
        {"subscriber_id": number, "at": now, "kind": str(new[key].state), "reason": "added"}
        for key, number in stored.items()
    ]
    if events:
        conn.execute(insert(EventRow), events)
    return stored


def _insert_topics(conn: Connection, topics: Iterable[tuple[int, Sequence[Topic]]]) -> None:
    rows = [
        {"subscriber_id": owner, "position": place, "kind": topic.kind, "value": topic.value, "muted": topic.muted}
        for owner, some in topics
        for place, topic in enumerate(dict.fromkeys(some))
    ]
    if rows:
        conn.execute(insert(TopicRow), rows)


def _topics(conn: Connection, ids: Sequence[int]) -> defaultdict[int, list[Topic]]:
    topics: defaultdict[int, list[Topic]] = defaultdict(list)
    for some in chunks(ids):
        rows = select(TopicRow).where(col(TopicRow.subscriber_id).in_(some))
        for row in conn.execute(rows.order_by(col(TopicRow.subscriber_id), col(TopicRow.position))):
            topics[row.subscriber_id].append(Topic(TopicKind(row.kind), row.value, row.muted))
    return topics


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


def _subscriber(row: Row[Any], topics: Iterable[Topic]) -> Subscriber:
    values = {name: value for name, value in row._mapping.items() if name not in ("address_key", "state", "abstracts")}
    told: dict[str, Any] = {"state": SubscriberState(row.state), "abstracts": Abstracts(row.abstracts)}
    return Subscriber(**values, **told, topics=tuple(topics))
