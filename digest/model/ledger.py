"""Mail and the ledger: who sends, what is owed, what the server said.

In:    nothing.
Out:   frozen values.
Never: a rule about what follows from a state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from digest.model.editions import Cause


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
    logo: str = ""  # https address of a picture; its alternative text is the name
    logo_width: int = 160  # pixels of CSS it is shown in
    footer: str = ""  # the operator's own words at the end of each mail
    locale: str = "en"  # of subscribers who chose none


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
    cause: Cause = Cause.NONE
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


# --- what the scheduler says of itself ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What the scheduler last said of itself, in the database, for all who ask.

    `ticks` names each tick and when it last came to its end (absent: not yet; none at all: a run by hand or by cron);
    `lag` is how late the event loop was, in seconds; `stuck` says what has not come to its end in time, or `""`;
    `sending` why no mail leaves, or `""`. The next is to come within `every` seconds.
    """

    at: datetime
    started_at: datetime
    ticks: Mapping[str, datetime] = field(default_factory=dict)
    lag: float = 0.0
    stuck: str = ""
    sending: str = ""
    every: float = 15.0


@dataclass(frozen=True, slots=True)
class Queue:
    """What is due to be sent and is not: how many, and since when the oldest (None: nothing waits)."""

    depth: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many rows of the ledger one local date has in one state, for one cause."""

    day: date
    state: DeliveryState
    cause: Cause
    count: int
