"""Who is mailed, and what they asked for.

In:    nothing.
Out:   frozen values.
Never: what they were sent.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from digest.model.papers import Paper


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


class Abstracts(StrEnum):
    """How much of its abstract a mail shows of each paper."""

    SHORT = "short"  # cut at a sentence
    FULL = "full"
    NONE = "titles"


class SubscriberState(StrEnum):
    """Whether an address gets mail."""

    PENDING = "pending"  # has not confirmed yet
    ACTIVE = "active"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"  # bounced for good, or complained


GETS_MAIL = (SubscriberState.ACTIVE, SubscriberState.PAUSED)  # or will again, without being asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One address and what it asked for.

    `cadence` is `daily`, `weekdays`, `weekly` or days such as `mon,wed`; `zone` an IANA name; `at` the wall time there.
    `token_version` goes up to revoke every signed link sent so far. `next_due_at` is None until the first enqueue.
    `paused_until` is the local date that ends a pause (None: somebody has to). `heard_at` is when they last did
    anything we can see; `keep_by` is set once they were asked whether they still read this: the last date before a
    pause. `language` is a code such as `de`, or `""` for the site's own.
    """

    address: str
    zone: str
    at: time
    id: int = 0  # 0: not stored yet
    name: str = ""
    state: SubscriberState = SubscriberState.ACTIVE
    cadence: str = "daily"
    papers: int | None = None  # None: the site's default
    language: str = ""
    abstracts: Abstracts = Abstracts.SHORT
    text_only: bool = False  # no HTML
    topics: tuple[Topic, ...] = ()
    token_version: int = 1
    created_at: datetime | None = None
    next_due_at: datetime | None = None
    last_edition: date | None = None  # the newest edition they were given
    paused_until: date | None = None
    heard_at: datetime | None = None
    keep_by: date | None = None


class Verdict(StrEnum):
    """What a subscriber said of a paper they were sent."""

    MORE = "more"  # more like this
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A subscriber's verdict on a paper; the last one counts."""

    paper: Paper
    verdict: Verdict
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """That somebody asked for this mail and confirmed it: when, to which version of the text, and from where.

    The networks are keyed: equal ones can be told, none can be read.
    """

    asked_at: datetime
    confirmed_at: datetime
    text: str
    asked_from: str
    confirmed_from: str
