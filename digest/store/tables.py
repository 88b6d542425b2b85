"""The tables, as SQLModel classes. `migrations/` builds the same ones; a test compares them.

In:    nothing.
Out:   classes for the other files of this room to build statements with.
Never: outside this room; there only the dataclasses of `model.py` go.
"""

from datetime import date, datetime, time

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from digest.model import Match, Paper, Rising, Subscriber, Trend
from digest.store.types import AsJson, UtcDateTime

WORDS = AsJson(tuple[str, ...])
RISING = AsJson(tuple[Rising, ...])
LONG_ID = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's INTEGER is 64 bits wide already
LETTERS = "kind <> 'digest'"  # of the ledger; a statement finds them by these very words only
NEVER_REUSED = {"sqlite_autoincrement": True}  # a signed link must not lead to whoever came after an erased one


class MetaRow(SQLModel, table=True):
    """What the database says about itself and of whom it serves: `product`, `instance`, `heartbeat` …"""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str


class SourceRow(SQLModel, table=True):
    """What is remembered of a source between fetches."""

    __tablename__ = "source"
    name: str = Field(primary_key=True)
    url: str
    etag: str
    last_modified: str
    fetched_at: datetime | None = Field(sa_type=UtcDateTime)
    succeeded_at: datetime | None = Field(sa_type=UtcDateTime)
    next_fetch_at: datetime | None = Field(sa_type=UtcDateTime)
    failures: int
    problem: str
    papers: int


class PaperRow(SQLModel, table=True):
    """One work. `same_as` names the work it was merged into, always a living one."""

    __tablename__ = "paper"
    __table_args__ = (
        UniqueConstraint("key", name="uq_paper_key"),
        Index("ix_paper_first_seen_at", "first_seen_at"),
        Index("ix_paper_same_as", "same_as"),
    )
    id: int = Field(primary_key=True)
    key: str
    title: str
    version: int
    abstract: str
    authors: tuple[str, ...] = Field(sa_type=WORDS)
    categories: tuple[str, ...] = Field(sa_type=WORDS)
    published_at: datetime | None = Field(sa_type=UtcDateTime)
    updated_at: datetime | None = Field(sa_type=UtcDateTime)
    announced: str
    links: dict[str, str] = Field(sa_type=AsJson(dict[str, str]))
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    same_as: int | None = Field(foreign_key="paper.id")


class PaperAliasRow(SQLModel, table=True):
    """Every identifier of a work, its own key among them, leads to the living row."""

    __tablename__ = "paper_alias"
    __table_args__ = (Index("ix_paper_alias_paper_id", "paper_id"),)
    alias: str = Field(primary_key=True)
    paper_id: int = Field(foreign_key="paper.id")


class PaperSourceRow(SQLModel, table=True):
    """Which service lists a work, and since when."""

    __tablename__ = "paper_source"
    paper_id: int = Field(primary_key=True, foreign_key="paper.id")
    source: str = Field(primary_key=True)
    first_listed_at: datetime = Field(sa_type=UtcDateTime)


class SignalRow(SQLModel, table=True):
    """One dated observation of a work's reach."""

    __tablename__ = "signal"
    __table_args__ = (Index("ix_signal_observed_at", "observed_at"),)
    paper_id: int = Field(primary_key=True, foreign_key="paper.id")
    kind: str = Field(primary_key=True)
    observed_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    value: float


class EditionRow(SQLModel, table=True):
    """The frozen list of a day. Before revision 0005 none had `rising`."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("date", name="uq_edition_date"), Index("ix_edition_cutoff_at", "cutoff_at"))
    id: int = Field(primary_key=True)
    date: date
    cutoff_at: datetime = Field(sa_type=UtcDateTime)
    notes: tuple[str, ...] = Field(sa_type=WORDS)
    rising: tuple[Rising, ...] | None = Field(sa_type=RISING)


class EditionEntryRow(SQLModel, table=True):
    """A paper in an edition, as it was then: later versions of the paper leave `snapshot` alone."""

    __tablename__ = "edition_entry"
    edition_id: int = Field(primary_key=True, foreign_key="edition.id")
    paper_id: int = Field(primary_key=True, foreign_key="paper.id")
    rank: int
    trend: Trend = Field(sa_type=AsJson(Trend))
    snapshot: Paper = Field(sa_type=AsJson(Paper))


class SubscriberRow(SQLModel, table=True):
    """One address and what it asked for. `address_key` is what addresses are compared by."""

    __tablename__ = "subscriber"
    __table_args__ = (
        UniqueConstraint("address_key", name="uq_subscriber_address_key"),
        Index("ix_subscriber_state_next_due_at", "state", "next_due_at"),
        NEVER_REUSED,
    )
    id: int = Field(primary_key=True)
    address: str
    address_key: str
    name: str
    zone: str
    at: time
    state: str
    cadence: str
    papers: int | None
    token_version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_due_at: datetime | None = Field(sa_type=UtcDateTime)
    last_edition: date | None
    paused_until: date | None
    heard_at: datetime | None = Field(sa_type=UtcDateTime)
    keep_by: date | None
    language: str = Field(sa_column_kwargs={"server_default": ""})
    abstracts: str = Field(sa_column_kwargs={"server_default": "short"})
    text_only: bool = Field(sa_column_kwargs={"server_default": false()})


class TopicRow(SQLModel, table=True):
    """A topic of a subscriber, in the order they gave."""

    __tablename__ = "topic"
    subscriber_id: int = Field(primary_key=True, foreign_key="subscriber.id")
    position: int = Field(primary_key=True)
    kind: str
    value: str
    muted: bool


class FeedbackRow(SQLModel, table=True):
    """What a subscriber said of a paper, the last time they did."""

    __tablename__ = "feedback"
    subscriber_id: int = Field(primary_key=True, foreign_key="subscriber.id")
    paper_id: int = Field(primary_key=True, foreign_key="paper.id")
    verdict: str
    at: datetime = Field(sa_type=UtcDateTime)


class RequestRow(SQLModel, table=True):
    """What was last asked for in the name of an address; `key` is the address's, or of a move the subscriber's id."""

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_subscriber_id", "subscriber_id"),
        Index("ix_request_asked_at", "asked_at"),
    )
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    address: str
    subscriber_id: int | None = Field(foreign_key="subscriber.id")
    wishes: Subscriber | None = Field(sa_type=AsJson(Subscriber))
    text: str
    network: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(sa_type=UtcDateTime)
    mailed_at: datetime | None = Field(sa_type=UtcDateTime)


class ConsentRow(SQLModel, table=True):
    """That a subscriber asked for this mail, and confirmed it."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_subscriber_id", "subscriber_id"),)
    id: int = Field(primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime = Field(sa_type=UtcDateTime)
    text: str
    asked_from: str
    confirmed_from: str


class SuppressionRow(SQLModel, table=True):
    """An address we must not mail. Of one who was erased only the keyed hash is left, as `address_key`."""

    __tablename__ = "suppression"
    address_key: str = Field(primary_key=True)
    address: str
    reason: str
    evidence: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class DeliveryRow(SQLModel, table=True):
    """The ledger: one message owed to one subscriber for one local date.

    `recipient` is the subscriber as they were when it was frozen; `lease_until` counts seconds by the database's clock;
    `next_attempt_at` orders the queue; `strikes` counts how often it could not be composed.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "kind", "local_date", name="uq_delivery_owed"),
        Index("ix_delivery_state_next_attempt_at", "state", "next_attempt_at", "id"),
        Index("ix_delivery_local_date", "local_date"),
        Index("ix_delivery_letter", "kind", "due_at", sqlite_where=text(LETTERS), postgresql_where=text(LETTERS)),
        NEVER_REUSED,
    )
    id: int = Field(primary_key=True, sa_type=LONG_ID)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    kind: str
    local_date: date
    address: str
    state: str
    reason: str
    cause: str = Field(sa_column_kwargs={"server_default": ""})
    edition_date: date | None
    due_at: datetime = Field(sa_type=UtcDateTime)
    next_attempt_at: datetime | None = Field(sa_type=UtcDateTime)
    attempts: int
    strikes: int = Field(sa_column_kwargs={"server_default": "0"})
    fence: int
    owner: str
    lease_until: int | None = Field(sa_type=BigInteger)
    papers: int
    considered: int
    matched: int
    recipient: Subscriber | None = Field(sa_type=AsJson(Subscriber))
    rising: tuple[Rising, ...] | None = Field(sa_type=RISING)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class DeliveryPaperRow(SQLModel, table=True):
    """A pick of a frozen digest: which entry of which edition, and why for this subscriber."""

    __tablename__ = "delivery_paper"
    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "paper_id"], ["edition_entry.edition_id", "edition_entry.paper_id"]),
    )
    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id", sa_type=LONG_ID)
    position: int = Field(primary_key=True)
    edition_id: int
    paper_id: int
    match: Match = Field(sa_type=AsJson(Match))
    score: float


class AttemptRow(SQLModel, table=True):
    """One dial of a delivery and what the server answered."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_at", "at"),)
    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id", sa_type=LONG_ID)
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    stage: str
    code: int
    enhanced: str
    text: str
    outcome: str


class EventRow(SQLModel, table=True):
    """What was done to a subscriber, when and why."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subscriber_id", "subscriber_id"), Index("ix_event_at", "at"))
    id: int = Field(primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    reason: str
