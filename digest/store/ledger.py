"""How a delivery moves from state to state; MOVES says which moves there are.

In:    a connection inside a writing transaction; the delivery with the fence its sender got when claiming it.
Out:   whether the one row that was meant has moved, or how many have.
Never: a move by a sender that has lost its fence, or from a state that MOVES does not know. Where it ends is written
       here; the tests hold that, and which moves want a fence, to MOVES.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, exists, insert, literal, select, update
from sqlmodel import col

from digest.model import GETS_MAIL, Cause, Delivery, DeliveryState, LetterKind, Reply, Stage, SubscriberState
from digest.store.addresses import Marks, address_key
from digest.store.database import chunks, hit
from digest.store.suppressions import recognised
from digest.store.tables import AttemptRow, DeliveryRow, RequestRow, SubscriberRow
from digest.store.transitions import MOVES, Move
from digest.store.types import database_seconds

LEASE_SECONDS = 900  # longer than a transaction may take: 600 s for the final dot alone (RFC 5321 section 4.5.3.2.6)
FAR = timedelta(days=1)  # no wait is as long: a time further ahead was written by a clock that ran ahead
NOBODY: dict[str, Any] = {"owner": "", "lease_until": None}
ENOUGH = 5  # attempts of a message that no sender survives
GONE = "the sender stopped before the server answered"

State = col(DeliveryRow.state)
When = col(DeliveryRow.next_attempt_at)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of deliveries whose sender vanished: `requeued` go again, `uncertain` wait for the operator."""

    requeued: int
    uncertain: int


def claim(conn: Connection, owner: str, limit: int, now: datetime, lease_seconds: int) -> list[int]:
    """Gives `owner` up to `limit` deliveries, those to be tried again first, and returns their ids."""
    ids = _free(conn, (State == DeliveryState.DEFERRED) & is_due(now), limit)
    ids += _free(conn, State == DeliveryState.QUEUED, limit - len(ids))
    if ids:
        values = {
            "state": DeliveryState.CLAIMED,
            "fence": col(DeliveryRow.fence) + 1,
            "owner": owner,
            "lease_until": database_seconds() + lease_seconds,
            "updated_at": now,
        }
        conn.execute(_rows(Move.CLAIM, col(DeliveryRow.id).in_(ids)).values(values))
    return ids


def is_due(now: datetime) -> ColumnElement[bool]:
    """Whether the time to try again has come, or was written by a clock that ran ahead."""
    return (When <= now) | (When > now + FAR)


def permit(conn: Connection, delivery: Delivery, marks: Marks) -> bool:
    """Commits to sending: from here on a crash is ambiguous.

    Only with the fence, a live lease, and while it is wanted. `marks`: see Database.
    """
    live = col(DeliveryRow.lease_until) > database_seconds()
    there = col(DeliveryRow.address) == delivery.address  # PostgreSQL looks again if it was edited just now
    transmitting = {"state": DeliveryState.TRANSMITTING, "lease_until": database_seconds() + LEASE_SECONDS}
    return hit(
        conn.execute(_one(Move.PERMIT, delivery).where(live, _wanted(delivery, marks), there).values(transmitting))
    )


def is_wanted(conn: Connection, delivery: Delivery, marks: Marks) -> bool:
    """Whether a message of that kind is still wanted at that address."""
    return bool(conn.scalar(select(_wanted(delivery, marks))))


def _wanted(delivery: Delivery, marks: Marks) -> ColumnElement[bool]:
    """A digest, and a link, by one who gets mail; a question by whoever it is about, while it is still to be answered.

    Whether they want mail again is asked of those on the suppression list too: only their answer takes them off it.
    """
    key = address_key(delivery.address)
    one = [col(SubscriberRow.id) == delivery.subscriber_id]
    here = col(SubscriberRow.address) == delivery.address
    asked = [col(RequestRow.kind) == delivery.kind]
    refused = exists().where(recognised(marks, key))
    match delivery.kind:
        case LetterKind.CONFIRM:
            there = exists().where(*one, here, col(SubscriberRow.state).not_in(GETS_MAIL))
            return there & exists().where(*asked, col(RequestRow.key) == key)
        case LetterKind.MOVE:
            asked += [col(RequestRow.key) == str(delivery.subscriber_id)]
            there = exists().where(*one, col(SubscriberRow.state).in_(GETS_MAIL))
            return there & exists().where(*asked, col(RequestRow.address) == delivery.address) & ~refused
        case LetterKind.LINK:
            return exists().where(*one, here, col(SubscriberRow.state).in_(GETS_MAIL)) & ~refused
        case _:
            return exists().where(*one, here, col(SubscriberRow.state) == SubscriberState.ACTIVE) & ~refused


def settle(
    conn: Connection,
    delivery: Delivery,
    reply: Reply,
    outcome: DeliveryState,
    now: datetime,
    reason: str,
    next_attempt_at: datetime | None,
) -> bool:
    """Writes down what the server answered, and the state that follows from it."""
    values = {"state": outcome, "reason": reason, "next_attempt_at": next_attempt_at, "updated_at": now, **NOBODY}
    counted = _one(Move.SETTLE, delivery).values(attempts=col(DeliveryRow.attempts) + 1, **values)
    number = conn.execute(counted.returning(col(DeliveryRow.attempts))).scalar_one_or_none()
    if number is not None:
        attempt = {"delivery_id": delivery.id, "number": number, "at": now, "outcome": outcome, **asdict(reply)}
        conn.execute(insert(AttemptRow), attempt)
    return number is not None


def hand_back(conn: Connection, delivery: Delivery, reason: str, now: datetime) -> bool:
    """Puts it at the end of the queue: nothing of it was sent, and others get their turn first."""
    values = {"state": DeliveryState.QUEUED, "reason": reason, "next_attempt_at": now, "updated_at": now, **NOBODY}
    return hit(conn.execute(_one(Move.HAND_BACK, delivery).values(values)))


def postpone(conn: Connection, delivery: Delivery, reason: str, until: datetime, now: datetime, strikes: int) -> bool:
    """Keeps it until a moment, without an attempt; `strikes` are those it has now."""
    values = {"state": DeliveryState.DEFERRED, "reason": reason, "next_attempt_at": until, "updated_at": now}
    return hit(conn.execute(_one(Move.POSTPONE, delivery).values(strikes=strikes, **values, **NOBODY)))


def drop(conn: Connection, delivery: Delivery, state: DeliveryState, reason: str, now: datetime) -> bool:
    """Ends a delivery that nobody has dialled for."""
    cause = Cause.LATE if state is DeliveryState.MISSED else Cause.NONE
    values = {"state": state, "reason": reason, "cause": cause, "next_attempt_at": None, "updated_at": now, **NOBODY}
    return hit(conn.execute(_one(Move.DROP, delivery).values(values)))


def recover(conn: Connection, on_uncertain: str, now: datetime, *, alone: bool) -> Recovered:
    """Takes deliveries back whose lease ran out, or all that are held if no other sender can be alive.

    They go to the end of the queue: a message that brings its sender down must not do so again at once. What was in
    transmission gets an attempt without an answer, and goes again only on `resend`, and not once it has had ENOUGH
    attempts: it may be what brings each sender down, and a copy may leave each time.
    """
    lost = literal(True) if alone else col(DeliveryRow.lease_until) <= database_seconds()
    claimed = _rows(Move.TAKE_BACK, lost, State == DeliveryState.CLAIMED)
    again = {"state": DeliveryState.QUEUED, "next_attempt_at": now, "updated_at": now, **NOBODY}
    requeued = conn.execute(claimed.values(again)).rowcount
    doubts = _in_transmission(conn, lost)
    resent = [number for number, attempts in doubts.items() if on_uncertain == "resend" and attempts + 1 < ENOUGH]
    held = sorted(doubts.keys() - set(resent))
    _doubt(conn, Move.TAKE_BACK, resent, again)
    _doubt(conn, Move.DOUBT, held, {**again, "state": DeliveryState.UNCERTAIN, "next_attempt_at": None})
    _note_doubts(conn, {number: doubts[number] for number in resent}, DeliveryState.QUEUED, now)
    _note_doubts(conn, {number: doubts[number] for number in held}, DeliveryState.UNCERTAIN, now)
    return Recovered(requeued + len(resent), len(held))


def _in_transmission(conn: Connection, lost: ColumnElement[bool]) -> dict[int, int]:
    """The attempts of each; asked once, as leases go on running out. Not those somebody is just now settling."""
    rows = select(col(DeliveryRow.id), col(DeliveryRow.attempts)).where(State == DeliveryState.TRANSMITTING, lost)
    return dict(conn.execute(rows.order_by(col(DeliveryRow.id)).with_for_update(skip_locked=True)).all())


def _doubt(conn: Connection, move: Move, ids: Sequence[int], values: dict[str, Any]) -> None:
    for some in chunks(ids):
        moved = _rows(move, col(DeliveryRow.id).in_(some))
        conn.execute(moved.values(reason=GONE, attempts=col(DeliveryRow.attempts) + 1, **values))


def _note_doubts(conn: Connection, attempts: dict[int, int], outcome: DeliveryState, now: datetime) -> None:
    """An attempt without an answer for each."""
    what = {"at": now, "outcome": outcome, **asdict(Reply(Stage.DOT, text=GONE))}
    rows = [{"delivery_id": number, "number": before + 1, **what} for number, before in attempts.items()]
    if rows:
        conn.execute(insert(AttemptRow), rows)


def release(conn: Connection, owner: str) -> int:
    """Hands back what `owner` has claimed and not begun to transmit, to its place in the queue."""
    mine = _rows(Move.HAND_BACK, col(DeliveryRow.owner) == owner, State == DeliveryState.CLAIMED)
    return conn.execute(mine.values(state=DeliveryState.QUEUED, **NOBODY)).rowcount


def pass_over(conn: Connection, reason: str, now: datetime) -> int:
    """Ends all that is still open: it may have been sent by another copy of this database."""
    values = {"state": DeliveryState.MISSED, "reason": reason, "cause": Cause.RESTORED, "next_attempt_at": None}
    return conn.execute(_rows(Move.MISS).values(updated_at=now, **values, **NOBODY)).rowcount


def retry(conn: Connection, delivery_id: int, now: datetime) -> bool:
    """The operator wants it sent: a new fence, so that no late answer to an earlier attempt undoes that."""
    ended = _rows(Move.RETRY, col(DeliveryRow.id) == delivery_id, col(DeliveryRow.recipient).is_not(None))
    fresh = {"fence": col(DeliveryRow.fence) + 1, "strikes": 0, "due_at": now, "next_attempt_at": now}
    values = {"state": DeliveryState.QUEUED, "reason": "", "cause": Cause.NONE, "updated_at": now, **fresh, **NOBODY}
    return hit(conn.execute(ended.values(values)))


def _rows(move: Move, *conditions: ColumnElement[bool]) -> Update:
    return update(DeliveryRow).where(State.in_(sorted(MOVES[move].since)), *conditions)


def _one(move: Move, delivery: Delivery) -> Update:
    """The row of `delivery`, if it may make this move and its sender still holds the fence."""
    return _rows(move, col(DeliveryRow.id) == delivery.id, col(DeliveryRow.fence) == delivery.fence)


def _free(conn: Connection, condition: ColumnElement[bool], limit: int) -> list[int]:
    rows = select(col(DeliveryRow.id)).where(condition).order_by(When, col(DeliveryRow.id))
    return list(conn.scalars(rows.limit(limit).with_for_update(skip_locked=True))) if limit > 0 else []
