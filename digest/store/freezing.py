"""Freezes digests into the ledger and thaws them again.

In:    what is owed to subscribers; a connection inside a transaction.
Out:   rows that hold all a message is made of; the Digest from such rows, equal each time; who has seen what.
Never: the paper or the subscriber as they are now: an edition's snapshot, and the recipient as they were then.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update
from sqlmodel import col

from digest.errors import StoreError
from digest.model import Cause, DeliveryState, Digest, NoDigest, Pick, Subscriber
from digest.store.database import chunks, hit, insert_new
from digest.store.editions import ranked
from digest.store.tables import (
    DeliveryPaperRow,
    DeliveryRow,
    EditionEntryRow,
    EditionRow,
    EventRow,
    PaperRow,
    SubscriberRow,
)

KIND = "digest"
UNSEEN = (DeliveryState.FAILED, DeliveryState.MISSED, DeliveryState.SUPPRESSED, DeliveryState.POISONED)


@dataclass(frozen=True, slots=True)
class Missed:
    """Why a digest that was due is not worth sending any more, as one clause."""

    reason: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a subscriber's state and question with a row, if they are still as they `was`.

    `event`: why the state changes, or `""`.
    """

    was: Subscriber
    becomes: Subscriber
    event: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """What one subscriber is owed for one local date, and when they are due again."""

    subscriber_id: int
    local_date: date
    due_at: datetime
    result: Digest | NoDigest | Missed
    next_due_at: datetime | None
    change: Change | None = None


def enqueue(conn: Connection, owed: Sequence[Owed], now: datetime) -> int:
    """Inserts what has no row yet, with its picks, moves the subscribers on, and changes those with a new row."""
    addresses = _addresses(conn, [one.subscriber_id for one in owed])
    owed = [one for one in owed if one.subscriber_id in addresses]  # the others were erased meanwhile
    if not owed:
        return 0
    entries = _entries(conn, {pick.ranked.edition for one in owed for pick in _picks(one)})
    owner, day = col(DeliveryRow.subscriber_id), col(DeliveryRow.local_date)
    _forget_the_future(conn, owed, now)
    made = insert_new(conn, DeliveryRow).returning(col(DeliveryRow.id), owner, day)
    rows = [_row(one, addresses[one.subscriber_id], now) for one in owed]
    numbers = {(subscriber, local_date): number for number, subscriber, local_date in conn.execute(made, rows)}
    new = [
        (number, one) for one in owed if (number := numbers.pop((one.subscriber_id, one.local_date), None)) is not None
    ]
    picks = [row for number, one in new for row in _pick_rows(number, one, entries)]
    if picks:
        conn.execute(insert(DeliveryPaperRow), picks)
    _move_on(conn, owed, [one for _, one in new])
    for _, one in new:
        if one.change:
            _apply(conn, one.change, now)
    return len(new)


def thaw(conn: Connection, delivery_id: int) -> Digest:
    """The Digest that was frozen. Raises StoreError when the delivery carries none, or one that cannot be read."""
    try:
        return _thawed(conn, delivery_id)
    except ValidationError as error:
        raise StoreError(f"the digest of delivery {delivery_id} cannot be read", "digest db check") from error


def _thawed(conn: Connection, delivery_id: int) -> Digest:
    wanted = select(DeliveryRow, col(EditionRow.cutoff_at)).join(
        EditionRow, col(EditionRow.date) == col(DeliveryRow.edition_date)
    )
    row = conn.execute(wanted.where(col(DeliveryRow.id) == delivery_id)).one_or_none()
    if row is None or row.recipient is None:
        raise StoreError(f"delivery {delivery_id} carries no digest", "see: digest delivery list")
    return Digest(
        subscriber=replace(row.recipient, address=row.address),
        local_date=row.local_date,
        edition=row.edition_date,
        edition_at=row.cutoff_at,
        picks=_thawed_picks(conn, delivery_id),
        considered=row.considered,
        matched=row.matched,
        rising=row.rising or (),
    )


def seen(conn: Connection, subscriber_ids: Sequence[int], since: date | None) -> dict[int, frozenset[str]]:
    """Per subscriber the ids of the works in their deliveries that may have reached them.

    `since` leaves out what was enqueued before the first delivery of that local date or a later one, if there is one:
    what came after that counts, whatever date a wrong clock gave it.
    """
    numbers: defaultdict[int, set[int]] = defaultdict(set)
    owner = col(DeliveryRow.subscriber_id)
    wanted = select(owner, col(DeliveryPaperRow.paper_id)).join(
        DeliveryPaperRow, col(DeliveryPaperRow.delivery_id) == col(DeliveryRow.id)
    )
    wanted = wanted.where(col(DeliveryRow.kind) == KIND, col(DeliveryRow.state).not_in(UNSEEN))
    for some in chunks(subscriber_ids):
        of_some = wanted.where(owner.in_(some))
        if since is not None:
            recent = owner.in_(some), col(DeliveryRow.kind) == KIND, col(DeliveryRow.local_date) >= since
            first = conn.scalar(select(func.min(col(DeliveryRow.id))).where(*recent))
            of_some = of_some.where(col(DeliveryRow.id) >= (first or 0))
        for subscriber, paper in conn.execute(of_some):
            numbers[subscriber].add(paper)
    names = _names(conn, set().union(*numbers.values()))
    return {
        subscriber: frozenset(name for paper in numbers.get(subscriber, ()) for name in names[paper])
        for subscriber in subscriber_ids
    }


def _names(conn: Connection, numbers: set[int]) -> dict[int, tuple[str, ...]]:
    """Per row the ids of its work: its own, and those of all rows that were merged with it."""
    roots: dict[int, int] = {}
    for some in chunks(sorted(numbers)):
        rows = select(col(PaperRow.id), col(PaperRow.same_as)).where(col(PaperRow.id).in_(some))
        roots.update((number, same_as or number) for number, same_as in conn.execute(rows))
    names: defaultdict[int, list[str]] = defaultdict(list)
    for some in chunks(sorted(set(roots.values()))):
        of_work = or_(col(PaperRow.id).in_(some), col(PaperRow.same_as).in_(some))
        for row in conn.execute(select(col(PaperRow.id), col(PaperRow.key), col(PaperRow.same_as)).where(of_work)):
            names[row.same_as or row.id].append(row.key)
    return {number: tuple(names[root]) for number, root in roots.items()}


def _thawed_picks(conn: Connection, delivery_id: int) -> tuple[Pick, ...]:
    of_entry = (col(EditionEntryRow.edition_id) == col(DeliveryPaperRow.edition_id)) & (
        col(EditionEntryRow.paper_id) == col(DeliveryPaperRow.paper_id)
    )
    wanted = (
        select(col(DeliveryPaperRow.match), col(DeliveryPaperRow.score), EditionEntryRow, col(EditionRow.date))
        .join(EditionEntryRow, of_entry)
        .join(EditionRow, col(EditionRow.id) == col(EditionEntryRow.edition_id))
        .where(col(DeliveryPaperRow.delivery_id) == delivery_id)
        .order_by(col(DeliveryPaperRow.position))
    )
    return tuple(Pick(ranked=ranked(row, row.date), match=row.match, score=row.score) for row in conn.execute(wanted))


Entries = dict[tuple[date, str], tuple[int, int]]  # (edition, paper id) → (edition row, paper row)


def _entries(conn: Connection, dates: Iterable[date]) -> Entries:
    wanted = (
        select(col(EditionRow.date), col(PaperRow.key), col(EditionRow.id), col(PaperRow.id))
        .join(EditionEntryRow, col(EditionEntryRow.edition_id) == col(EditionRow.id))
        .join(PaperRow, col(PaperRow.id) == col(EditionEntryRow.paper_id))
        .where(col(EditionRow.date).in_(sorted(dates)))
    )
    return {(day, key): (edition, paper) for day, key, edition, paper in conn.execute(wanted)}


def _addresses(conn: Connection, subscriber_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in chunks(subscriber_ids):
        rows = select(col(SubscriberRow.id), col(SubscriberRow.address)).where(col(SubscriberRow.id).in_(some))
        rows = rows.with_for_update(read=True, key_share=True)  # nobody is erased before the rows are there
        found.update((number, address) for number, address in conn.execute(rows))
    return found


def _forget_the_future(conn: Connection, owed: Sequence[Owed], now: datetime) -> None:
    """What a clock that was ahead wrote of these dates, unless it sent: that there was no mail is not true yet."""
    later = col(DeliveryRow.updated_at) > now, col(DeliveryRow.papers) == 0
    one = col(DeliveryRow.subscriber_id) == bindparam("owner"), col(DeliveryRow.local_date) == bindparam("day")
    gone = delete(DeliveryRow).where(*one, col(DeliveryRow.kind) == KIND, *later)
    conn.execute(gone, [{"owner": each.subscriber_id, "day": each.local_date} for each in owed])


def _apply(conn: Connection, change: Change, now: datetime) -> None:
    was, becomes = change.was, change.becomes
    same = [
        col(SubscriberRow.state) == was.state,
        col(SubscriberRow.paused_until).is_not_distinct_from(was.paused_until),
        col(SubscriberRow.keep_by).is_not_distinct_from(was.keep_by),
    ]
    changed = update(SubscriberRow).where(col(SubscriberRow.id) == was.id, *same)
    values = {"state": becomes.state, "paused_until": becomes.paused_until, "keep_by": becomes.keep_by}
    if hit(conn.execute(changed.values(values))) and change.event:
        event = {"subscriber_id": was.id, "at": now, "kind": str(becomes.state), "reason": change.event}
        conn.execute(insert(EventRow), event)


def _row(owed: Owed, address: str, now: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": owed.subscriber_id,
        "kind": KIND,
        "local_date": owed.local_date,
        "address": address,
        "due_at": owed.due_at,
        "next_attempt_at": owed.due_at if isinstance(owed.result, Digest) else None,
        "attempts": 0,
        "strikes": 0,
        "fence": 0,
        "owner": "",
        "lease_until": None,
        "updated_at": now,
        **_outcome(owed.result),
    }


def _outcome(result: Digest | NoDigest | Missed) -> dict[str, Any]:
    if isinstance(result, Digest):
        return {
            "state": DeliveryState.QUEUED,
            "reason": "",
            "cause": Cause.NONE,
            "edition_date": result.edition,
            "papers": len(result.picks),
            "considered": result.considered,
            "matched": result.matched,
            "recipient": result.subscriber,
            "rising": result.rising or None,
        }
    state = DeliveryState.MISSED if isinstance(result, Missed) else DeliveryState.SKIPPED
    nothing = {"edition_date": None, "papers": 0, "considered": 0, "matched": 0, "recipient": None, "rising": None}
    return {"state": state, "reason": result.reason, "cause": result.cause, **nothing}


def _pick_rows(number: int, owed: Owed, entries: Entries) -> Iterable[dict[str, Any]]:
    for position, pick in enumerate(_picks(owed)):
        entry = entries.get((pick.ranked.edition, pick.ranked.paper.id))
        if entry is None:
            what = f"{pick.ranked.paper.id} is in no stored edition of {pick.ranked.edition}"
            raise StoreError(what, "save the edition before enqueuing")
        edition, paper = entry
        yield {
            "delivery_id": number,
            "position": position,
            "edition_id": edition,
            "paper_id": paper,
            "match": pick.match,
            "score": pick.score,
        }


def _move_on(conn: Connection, owed: Sequence[Owed], new: Sequence[Owed]) -> None:
    the_one = col(SubscriberRow.id) == bindparam("number")
    last = {one.subscriber_id: one.next_due_at for one in owed}
    due = [{"number": number, "due": moment} for number, moment in last.items()]
    conn.execute(update(SubscriberRow).where(the_one).values(next_due_at=bindparam("due")), due)
    given = [
        {"number": one.subscriber_id, "edition": one.result.edition} for one in new if isinstance(one.result, Digest)
    ]
    if given:
        conn.execute(update(SubscriberRow).where(the_one).values(last_edition=bindparam("edition")), given)


def _picks(owed: Owed) -> tuple[Pick, ...]:
    return owed.result.picks if isinstance(owed.result, Digest) else ()
