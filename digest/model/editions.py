"""What is chosen and why: trends, matches, editions, digests.

In:    papers and subscribers.
Out:   frozen values.
Never: wording, but the reason why there is no digest.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from digest.model.papers import Paper
from digest.model.people import Subscriber, Topic


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

    `topic` is None where no topic decided: the edition's top, then `also` is empty; or, where `liked` names it, the
    paper they liked that this one is most like.
    """

    topic: Topic | None
    score: float = 0.0
    words: tuple[str, ...] = ()
    also: tuple[Topic, ...] = ()  # further topics that match
    liked: str = ""  # the title of a paper they liked


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A paper in an edition: as it was when the edition was compiled. `rank` counts from 1 by trend score."""

    paper: Paper
    trend: Trend
    rank: int
    edition: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rising:
    """A phrase that many of a day's new papers use: how many, and how many times the usual share.

    `fields` are the categories that its papers are in, those with most of them first.
    """

    phrase: str
    papers: int
    times: float
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The frozen, ranked list of a day. `notes` says why it is empty or thin, one line each; `rising` phrases come
    with the one that stands out most first."""

    date: date
    cutoff_at: datetime
    entries: tuple[Ranked, ...] = ()
    notes: tuple[str, ...] = ()
    rising: tuple[Rising, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A paper chosen for one subscriber, with its two reasons."""

    ranked: Ranked
    match: Match
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """An edition cut for one subscriber. Frozen when enqueued.

    `considered` is how many papers the edition offered, `matched` how many of them matched a topic; `rising` are the
    phrases that rise in the subscriber's fields.
    """

    subscriber: Subscriber
    local_date: date
    edition: date
    edition_at: datetime  # the edition's cut-off; the message's Date
    picks: tuple[Pick, ...]
    considered: int
    matched: int
    rising: tuple[Rising, ...] = ()


class Cause(StrEnum):
    """Why there is no mail on a date, as what can be counted; the reason beside it is for people."""

    NONE = ""  # there is mail
    WEEKEND = "weekend"  # no source lists anything that day of the week
    HOLIDAY = "holiday"  # every source answered on a weekday, and none had anything new
    SOURCE_DOWN = "source-down"
    NOTHING_NEW = "nothing-new"  # what there is, they had
    BELOW_THRESHOLD = "below-threshold"  # nothing matched well enough
    MUTED = "muted"
    PAUSED = "paused"
    SUPPRESSED = "suppressed"
    LATE = "late"  # past the limit when its turn came
    NOT_RUNNING = "not-running"  # nothing ran at its hour
    RESTORED = "restored"  # an older state of the database cannot know whether it was sent

    @property
    def words(self) -> str:
        """For people: `source down`."""
        return self.value.replace("-", " ")


@dataclass(frozen=True, slots=True)
class NoDigest:
    """Why there is nothing to send today, as one clause: `no paper of 84 matched a topic`."""

    reason: str
    cause: Cause = Cause.NOTHING_NEW
