"""The letters among the deliveries.

In:    a connection inside a transaction; whom to write to, and the moment.
Out:   a row of the ledger for each letter, frozen; the Letter from such a row; which went out lately.
Never: a second letter of a kind to a subscriber on one date, a word that somebody else typed.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import Connection, literal_column, select
from sqlmodel import col

from digest.errors import StoreError
from digest.model import Cause, DeliveryState, Letter, LetterKind, Subscriber
from digest.store.addresses import address_key
from digest.store.database import insert_new
from digest.store.tables import DeliveryRow

GOOD_FOR = timedelta(hours=48)  # the link of a letter
DAY = timedelta(days=1)
DATES = 3  # of a kind and subscriber on one day: a new address may have been misspelt
# As the index has it: SQLite does not use that for a bound value.
IS_LETTER = col(DeliveryRow.kind) != literal_column("'digest'")


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was queued; `key` is that of the address it goes to."""

    kind: LetterKind
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Out:
    """A letter whose link may be used: where it went, and when it was queued."""

    address: str
    at: datetime


def lately(conn: Connection, now: datetime) -> list[Sent]:
    """Those queued within a day, oldest first; what a clock wrote that was further ahead counts for nothing."""
    columns = select(col(DeliveryRow.kind), col(DeliveryRow.address), col(DeliveryRow.due_at))
    of_a_kind = IS_LETTER, col(DeliveryRow.kind).in_(list(LetterKind))  # both for the index
    rows = columns.where(*of_a_kind, col(DeliveryRow.due_at).between(now - DAY, now + DAY))
    found = conn.execute(rows.order_by(col(DeliveryRow.due_at)))
    return [Sent(LetterKind(kind), address_key(address), at) for kind, address, at in found]


def live(conn: Connection, subscriber_id: int, kind: LetterKind, day: date, now: datetime) -> Out | None:
    """The letter of that date, while its link is good."""
    the_one = col(DeliveryRow.subscriber_id) == subscriber_id, col(DeliveryRow.kind) == kind
    when = col(DeliveryRow.due_at)
    rows = select(col(DeliveryRow.address), when).where(*the_one, col(DeliveryRow.local_date) == day)
    found = conn.execute(rows.where(when > now - GOOD_FOR, when <= now + DAY)).one_or_none()
    return Out(found.address, found.due_at) if found else None


def queue(conn: Connection, kind: LetterKind, reader: Subscriber, now: datetime) -> bool:
    """Freezes a letter to `reader` ahead of every digest: a person waits for it. False where the day has had enough."""
    row = {
        "subscriber_id": reader.id,
        "kind": kind,
        "address": reader.address,
        "state": DeliveryState.QUEUED,
        "reason": "",
        "cause": Cause.NONE,
        "edition_date": None,
        "due_at": now,
        "next_attempt_at": now - DAY,
        "attempts": 0,
        "strikes": 0,
        "fence": 0,
        "owner": "",
        "lease_until": None,
        "papers": 0,
        "considered": 0,
        "matched": 0,
        "recipient": replace(reader, name="", topics=()),  # a stranger may have typed both
        "updated_at": now,
    }
    made = insert_new(conn, DeliveryRow).returning(col(DeliveryRow.id))
    for later in range(DATES if kind is LetterKind.MOVE else 1):
        day = now.date() + timedelta(days=later)
        if conn.execute(made, {**row, "local_date": day}).scalar_one_or_none() is not None:
            return True
    return False


def thaw(conn: Connection, delivery_id: int) -> Letter:
    """The letter that was frozen. Raises StoreError when the delivery carries none, or one that cannot be read."""
    try:
        row = conn.execute(select(DeliveryRow).where(col(DeliveryRow.id) == delivery_id)).one_or_none()
    except ValidationError as error:
        raise StoreError(f"the letter of delivery {delivery_id} cannot be read", "digest db check") from error
    if row is None or row.recipient is None or row.kind not in list(LetterKind):
        raise StoreError(f"delivery {delivery_id} carries no letter", "see: digest delivery list")
    reader = replace(row.recipient, address=row.address)
    return Letter(kind=LetterKind(row.kind), subscriber=reader, local_date=row.local_date, at=row.due_at)
