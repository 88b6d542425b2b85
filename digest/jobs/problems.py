"""What is wrong, if anything: rules over facts, for the operator.

In:    facts about a day that is over, and about now.
Out:   one line for each thing a person should look at, with the mend where there is one.
Never: the store, the clock, an address; a line about what mends itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from digest.model import Cause, DayCount, DeliveryState, Pause, SourceState
from digest.store.transitions import OPEN
from digest.sunset import in_words
from digest.tally import FAILED, tally

SILENT = timedelta(days=2)  # and twice its own pace, for a source that is read more seldom
TRIED = 3  # failures in a row: after a night without the network there is one
OVERDUE = timedelta(hours=2)
MANY = 20  # digests put off by their receivers: a few full mailboxes are nobody's trouble
ROUTINE = 50  # one in so many may fail: addresses die, and are suppressed when they do
SATURDAY = 5
# Causes that are trouble. On a holiday, or where nothing was good enough, nobody gets mail and nothing is wrong.
WORDS = {Cause.SOURCE_DOWN: "a source was down", Cause.LATE: "too late", Cause.NOT_RUNNING: "nothing ran"}
FATES = {
    DeliveryState.FAILED: "failed",
    DeliveryState.POISONED: "could not be composed",
    DeliveryState.UNCERTAIN: "may or may not have arrived",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`counts` are those of `day`, the last that is over everywhere; `ended` counts what came to a bad end in 24 hours.

    `overdue` counts by state what should have left more than OVERDUE ago, `oldest` says since when; `undecided` are
    subscribers whose hour is as long ago and for whom there is neither a digest nor a reason.
    """

    now: datetime
    day: date
    counts: Sequence[DayCount] = ()
    ended: Mapping[DeliveryState, int] = field(default_factory=dict)
    sources: Sequence[tuple[SourceState, timedelta]] = ()  # and how often each is read
    overdue: Mapping[DeliveryState, int] = field(default_factory=dict)
    oldest: datetime | None = None
    undecided: int = 0
    pause: Pause | None = None


def problems(facts: Facts) -> list[str]:
    """What is wrong, the worst first."""
    return [*_no_mail(facts), *_queue(facts), *_silent(facts), *_ended(facts)]


def _no_mail(facts: Facts) -> Iterator[str]:
    day = tally(facts.counts)
    blame = {WORDS[cause]: count for cause, count in day.causes.items() if cause in WORDS}
    blame |= {state.value: count for state, count in day.states.items() if state in (*OPEN, *FAILED)}
    if blame and not day.sent and facts.day.weekday() < SATURDAY:
        why = ", ".join(f"{what} ({count:,})" for what, count in blame.items())
        yield f"no mail went out on {facts.day:%A} {in_words(facts.day)}: {why}"


def _queue(facts: Facts) -> Iterator[str]:
    if facts.pause:
        yield f"sending is paused until {_moment(facts.pause.until)}: {facts.pause.reason}"
    put_off = facts.overdue.get(DeliveryState.DEFERRED, 0)
    stuck = sum(facts.overdue.values()) - (put_off if put_off <= MANY else 0)
    if stuck and facts.oldest:
        since = f"the oldest since {_moment(facts.oldest)}"
        yield f"{_many(stuck, 'digest')} should have left more than 2 hours ago, {since}; see: digest status"
    if facts.undecided:
        who = f"{_many(facts.undecided, 'subscriber')} whose hour was more than 2 hours ago"
        yield f"there is neither a digest nor a reason for {who}; see: digest publish, digest enqueue"


def _silent(facts: Facts) -> Iterator[str]:
    for state, every in facts.sources:
        read, limit = state.succeeded_at, max(SILENT, 2 * every)
        if state.failures >= TRIED and (read is None or facts.now - read > limit):
            when = f"was last read on {_moment(read)}" if read else "was never read"
            yield f"{state.name} {when}" + (f": {state.problem}" if state.problem else "")


def _ended(facts: Facts) -> Iterator[str]:
    routine = tally(facts.counts).sent // ROUTINE
    for state in FAILED:
        count = facts.ended.get(state, 0)
        if count > (routine if state is DeliveryState.FAILED else 0):
            yield f"{_many(count, 'digest')} {FATES[state]}; see: digest delivery list --state {state.value}"


def _moment(at: datetime) -> str:
    return f"{in_words(at)}, {at:%H:%M} UTC"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
