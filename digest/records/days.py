"""What became of the last days, as JSON.

In:    the tallies of the days, the subscribers by state, the sources.
Out:   dictionaries of counts.
Never: an address.
"""

from collections.abc import Mapping, Sequence
from datetime import date as day
from datetime import datetime

from typing_extensions import TypedDict

from digest.model import Cause, DeliveryState, SourceState, SubscriberState
from digest.tally import Tally


class StatsTotal(TypedDict):
    """How many digests came to which end; what has a cause by its causes."""

    sent: int
    skipped: dict[str, int]
    missed: dict[str, int]
    failed: int
    poisoned: int
    uncertain: int
    suppressed: int
    waiting: int


class StatsDay(StatsTotal):
    """The same of one local date."""

    date: day


class SourceRecord(TypedDict):
    """How a source does; `problem` is empty where it does well."""

    name: str
    succeeded_at: datetime | None
    papers: int
    problem: str


class Stats(TypedDict):
    """What became of the days from `since` on, who is subscribed, and how the sources do."""

    since: day
    days: list[StatsDay]
    total: StatsTotal
    subscribers: dict[str, int]
    sources: list[SourceRecord]


def stats(
    since: day,
    days: Mapping[day, Tally],
    total: Tally,
    subscribers: Mapping[SubscriberState, int],
    sources: Sequence[SourceState],
) -> Stats:
    return {
        "since": since,
        "days": [{"date": each, **_ends(counts)} for each, counts in days.items()],
        "total": _ends(total),
        "subscribers": {state.value: subscribers.get(state, 0) for state in SubscriberState},
        "sources": [_source(each) for each in sources],
    }


def _ends(counts: Tally) -> StatsTotal:
    return {
        "sent": counts.sent,
        "skipped": _named(counts.skipped),
        "missed": _named(counts.missed),
        "failed": counts.states[DeliveryState.FAILED],
        "poisoned": counts.states[DeliveryState.POISONED],
        "uncertain": counts.states[DeliveryState.UNCERTAIN],
        "suppressed": counts.states[DeliveryState.SUPPRESSED],
        "waiting": counts.waiting,
    }


def _named(causes: Mapping[Cause, int]) -> dict[str, int]:
    return {cause.value or "unknown": count for cause, count in causes.items()}


def _source(one: SourceState) -> SourceRecord:
    return {"name": one.name, "succeeded_at": one.succeeded_at, "papers": one.papers, "problem": one.problem}
