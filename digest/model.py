"""The vocabulary: frozen values that the rooms exchange.

In:    nothing; every other module imports from here.
Out:   dataclasses and enums. All moments are aware UTC datetimes.
Never: I/O, table classes, wording.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

# --- papers and signals -------------------------------------------------------------------------------------------


class Announced(StrEnum):
    """How a source announced a paper (arXiv's announce types)."""

    NEW = "new"
    CROSS = "cross"  # an existing paper listed in one more category
    REPLACE = "replace"  # a new version of a paper announced earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One work, whatever its versions, cross-lists and sources.

    `id` is canonical: `arxiv:2605.28293`, `doi:10.1000/xyz` (lower case) or `url:<sha256/16>`. `aliases` are further
    identifiers of the same work, `work:<sha256/16 of normalised title and first author>` among them. `links` maps a
    kind (`abstract`, `pdf`, `html`, `code`, `page`) to an absolute http(s) URL.
    """

    id: str
    title: str
    version: int = 1
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # primary first
    published_at: datetime | None = None
    updated_at: datetime | None = None
    announced: Announced = Announced.NEW
    links: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    first_seen_at: datetime | None = None  # set by the store

    @property
    def field(self) -> str:
        """The primary category (`cs.LG`), or `""` where a source gives none."""
        return self.categories[0] if self.categories else ""


class SignalKind(StrEnum):
    """What an observation counts. The value is a level at a moment, not a change."""

    HF_UPVOTES = "hf_upvotes"
    HF_COMMENTS = "hf_comments"
    GITHUB_STARS = "github_stars"
    SOURCES = "sources"  # how many services list the paper, arXiv not counted


@dataclass(frozen=True, slots=True)
class Signal:
    """One dated observation of a paper's reach."""

    paper_id: str
    kind: SignalKind
    value: float
    observed_at: datetime


# --- sources ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source between fetches. `problem` is one line, `""` when the last fetch was good."""

    name: str
    url: str = ""  # what was asked when `etag` and `last_modified` were answered
    etag: str = ""
    last_modified: str = ""
    fetched_at: datetime | None = None  # last fetch that was tried
    succeeded_at: datetime | None = None  # last fetch that was good (304 included)
    next_fetch_at: datetime | None = None
    failures: int = 0  # in a row
    problem: str = ""
    papers: int = 0  # in the last answer that was not a 304

    def is_due(self, now: datetime) -> bool:
        """True when the time to read it has come, or the clock went back behind the last fetch."""
        if self.next_fetch_at is None or self.fetched_at is None:
            return True
        return now >= self.next_fetch_at or now < self.fetched_at


# --- topics and subscribers ---------------------------------------------------------------------------------------


class TopicKind(StrEnum):
    """What a topic matches."""

    PHRASE = "phrase"
    CATEGORY = "category"  # `cs.LG`, or `cs.*` for all of an archive
    AUTHOR = "author"


@dataclass(frozen=True, slots=True, order=True)
class Topic:
    """A named matcher. A muted topic keeps every paper it matches away."""

    kind: TopicKind
    value: str
    muted: bool = False


class SubscriberState(StrEnum):
    """Whether an address gets mail."""

    PENDING = "pending"  # has not confirmed yet
    ACTIVE = "active"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"  # bounced for good, or complained


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One address and what it asked for.

    `cadence` is `daily`, `weekdays`, `weekly` or days such as `mon,wed`; `zone` an IANA name; `at` the wall time there.
    `token_version` goes up to revoke every signed link sent so far. `next_due_at` is None until the first enqueue.
    """

    address: str
    zone: str
    at: time
    id: int = 0  # 0: not stored yet
    name: str = ""
    state: SubscriberState = SubscriberState.ACTIVE
    cadence: str = "daily"
    papers: int | None = None  # None: the site's default
    topics: tuple[Topic, ...] = ()
    token_version: int = 1
    created_at: datetime | None = None
    next_due_at: datetime | None = None
    last_edition: date | None = None  # the newest edition they were given


# --- why ----------------------------------------------------------------------------------------------------------


class TrendLabel(StrEnum):
    """How a paper stands in its life."""

    NEW = "new"  # first seen since the last edition
    RISING = "rising"  # gaining faster than its field's usual
    RETURNING = "returning"  # quiet for a while, rising again
    STEADY = "steady"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Why a paper trends: the score and the parts it was made of.

    `signal` names the part that speaks loudest: a SignalKind value, `burst` (a phrase that suddenly many new papers
    use, in `phrase`) or `fresh` (nothing but its age). `value` is the level; `gain` the growth over `hours`; `usual`
    how many times the field's baseline that is (None: too few papers to say). `age` counts the hours since the paper
    was published (0: unknown). `history` holds up to 8 levels, oldest first.
    """

    score: float
    label: TrendLabel
    signal: str
    value: float = 0.0
    gain: float = 0.0
    hours: float = 0.0
    age: float = 0.0
    usual: float | None = None
    field: str = ""
    phrase: str = ""
    history: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Why a paper is for this subscriber: the topic that matched best and the words it matched by.

    `topic` is None for a subscriber without topics (the edition's top), then `also` is empty.
    """

    topic: Topic | None
    score: float = 0.0
    words: tuple[str, ...] = ()
    also: tuple[Topic, ...] = ()  # further topics that match


# --- editions and digests -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A paper in an edition: as it was when the edition was compiled. `rank` counts from 1 by trend score."""

    paper: Paper
    trend: Trend
    rank: int
    edition: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The frozen, ranked list of a day. `notes` says why it is empty or thin, one line each."""

    date: date
    cutoff_at: datetime
    entries: tuple[Ranked, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A paper chosen for one subscriber, with its two reasons."""

    ranked: Ranked
    match: Match
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """An edition cut for one subscriber. Frozen when enqueued.

    `considered` is how many papers the edition offered, `matched` how many of them matched a topic.
    """

    subscriber: Subscriber
    local_date: date
    edition: date
    edition_at: datetime  # the edition's cut-off; the message's Date
    picks: tuple[Pick, ...]
    considered: int
    matched: int


@dataclass(frozen=True, slots=True)
class NoDigest:
    """Why there is nothing to send today, as one clause: `no paper of 84 matched a topic`."""

    reason: str


# --- mail and the ledger ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Envelope:
    """RFC 5321 MAIL FROM and RCPT TO. One recipient, always."""

    sender: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who sends: what a message and a page need to know of the operator."""

    name: str
    base_url: str  # https://…, no trailing slash
    sender_name: str
    sender_address: str
    reply_to: str = ""
    postal_address: str = ""
    accent: str = "#7a1f3d"
    locale: str = "en"


class DeliveryState(StrEnum):
    """Where an owed message stands. Queued, claimed, transmitting and deferred ones move on by themselves; the others
    are ends, unless the operator says retry."""

    QUEUED = "queued"
    CLAIMED = "claimed"  # a sender has it; DATA not reached: safe to retry
    TRANSMITTING = "transmitting"  # committed before DATA: from here on a crash is ambiguous
    SENT = "sent"  # the next hop answered 250
    DEFERRED = "deferred"  # will be tried again
    FAILED = "failed"
    UNCERTAIN = "uncertain"  # DATA began and no answer came; held for the operator
    SUPPRESSED = "suppressed"
    SKIPPED = "skipped"  # no mail that day, with the reason
    MISSED = "missed"  # too late to be of use
    POISONED = "poisoned"  # could not be composed, three times


class Stage(StrEnum):
    """Where in the SMTP dialogue something happened."""

    CONNECT = "connect"
    HELLO = "hello"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # the command, before the content
    DOT = "dot"  # after the final dot


BEFORE_RECIPIENT = frozenset({Stage.CONNECT, Stage.HELLO, Stage.AUTH, Stage.MAIL})  # nothing was said of the recipient


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said, or did not say.

    `code` is 0 where no reply came (connection lost, time-out); `enhanced` is RFC 3463 `x.y.z` or `""`.
    """

    stage: Stage
    code: int = 0
    enhanced: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The ledger row of one message owed to one subscriber."""

    id: int
    subscriber_id: int
    address: str
    local_date: date
    state: DeliveryState
    kind: str = "digest"
    reason: str = ""
    edition: date | None = None
    due_at: datetime | None = None
    next_attempt_at: datetime | None = None
    attempts: int = 0
    strikes: int = 0  # how often it could not be composed
    fence: int = 0  # goes up with each claim; a sender that lost it changes nothing
    papers: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One dial of a delivery and what the server answered."""

    delivery_id: int
    number: int
    at: datetime
    reply: Reply
    outcome: DeliveryState


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent until then, and why."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address we must not mail."""

    address: str
    reason: str
    evidence: str = ""
    created_at: datetime | None = None
