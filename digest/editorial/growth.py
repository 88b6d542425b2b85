"""How fast a paper gathers votes, and how fast is usual in its field.

In:    observations of one paper and one kind, in order of time; the moment.
Out:   a Growth: level, gain over a window, pace; baselines of pace by kind and field.
Never: a growth read out of a single observation.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from digest.model import Paper, Signal, SignalKind

VOTES = (SignalKind.HF_UPVOTES, SignalKind.HF_COMMENTS, SignalKind.GITHUB_STARS)

# Expected further growth ≈ (level + LEAD) / (age + LAG) + VELOCITY · recent growth per hour. Chosen on a
# year of public votes (bench/bench_trend.py); anything near these values does as well.
LEAD, LAG, VELOCITY = 2.0, 24.0, 0.5
WINDOW, APART = timedelta(hours=24), timedelta(hours=6)
LISTED_WITHIN = timedelta(days=3)  # of its publication a paper starts to gather votes
STARS_BELIEVED = 50.0  # a day, beside a doubling: what jumps further is more often bought than earned
BASELINE_AGE = 168.0  # hours; older papers have stopped growing and would lower what is usual
BORROWED = 10.0  # papers of all fields that a field's median is mixed with
ENOUGH = 5  # papers a field needs before we speak of its usual
LEVELS = 8


@dataclass(frozen=True, slots=True)
class Growth:
    """Of one kind of vote. `gain` over `hours` lies between two observations (0, 0: there is only one); `pace` is the
    expected further growth per hour, comparable between papers of any age."""

    kind: SignalKind
    level: float
    gain: float
    hours: float
    pace: float
    age: float  # hours since the paper could gather votes


def by_kind(signals: Iterable[Signal]) -> dict[SignalKind, list[Signal]]:
    kinds: dict[SignalKind, list[Signal]] = defaultdict(list)
    for signal in signals:
        kinds[signal.kind].append(signal)
    return kinds


def growth_of(paper: Paper, observed: Sequence[Signal], now: datetime) -> Growth:
    """The growth of one kind; `observed` holds at least one observation, none after `now`."""
    last = observed[-1]
    gain, hours = _recent(observed)
    age = _hours(now - _born(paper, observed))
    stale = max(1.0, (now - last.observed_at) / WINDOW)
    velocity = max(gain, 0.0) / hours / stale if hours else 0.0
    if last.kind is SignalKind.GITHUB_STARS:  # a repository may be older than its paper: only what it gains counts
        pace = min(velocity, _believable(last.value - gain) / stale)
        return Growth(last.kind, last.value, gain, hours, pace, age)
    pace = (last.value + LEAD) / (age + LAG) + VELOCITY * velocity
    return Growth(last.kind, last.value, gain, hours, pace, age)


def _recent(observed: Sequence[Signal]) -> tuple[float, float]:
    """Gain and hours since the oldest observation of the window, or the newest before it."""
    last = observed[-1]
    apart = observed[: bisect_right(observed, last.observed_at - APART, key=_when)]
    if not apart:
        return 0.0, 0.0
    within = bisect_right(apart, last.observed_at - WINDOW, key=_when)
    reference = apart[min(within, len(apart) - 1)]
    return last.value - reference.value, _hours(last.observed_at - reference.observed_at)


def _believable(level: float) -> float:
    """Stars per hour, beyond which a jump is held back."""
    return (level + STARS_BELIEVED) / 24


def _born(paper: Paper, observed: Sequence[Signal]) -> datetime:
    first = observed[0].observed_at
    return min(first, paper.published_at + LISTED_WITHIN) if paper.published_at else first


def gain_since(observed: Sequence[Signal], moment: datetime) -> float:
    """How much the level rose since `moment`; 0 where no earlier observation says."""
    before = bisect_right(observed, moment, key=_when)
    return observed[-1].value - observed[max(before - 1, 0)].value


def levels(observed: Sequence[Signal]) -> tuple[float, ...]:
    """At most 8 levels, evenly spaced in time, oldest first."""
    if len(observed) <= LEVELS:
        return tuple(signal.value for signal in observed)
    first, last = observed[0].observed_at, observed[-1].observed_at
    moments = (first + (last - first) * step / (LEVELS - 1) for step in range(LEVELS))
    return tuple(observed[bisect_right(observed, moment, key=_when) - 1].value for moment in moments)


class Baselines:
    """The usual pace by kind and field: the field's median, shrunk to that of all fields when it has few papers."""

    def __init__(self, growths: Mapping[SignalKind, Sequence[tuple[str, Growth]]]) -> None:
        self._usual: dict[tuple[SignalKind, str], float] = {}
        self._counts: dict[tuple[SignalKind, str], int] = {}
        for kind, rows in growths.items():
            self._learn(kind, [(field, row.pace) for field, row in rows if row.age <= BASELINE_AGE and row.pace > 0])

    def _learn(self, kind: SignalKind, paces: Sequence[tuple[str, float]]) -> None:
        fields: dict[str, list[float]] = defaultdict(list)
        for field, pace in paces:
            fields[field].append(math.log(pace))
        everywhere = median(pace for of in fields.values() for pace in of) if fields else 0.0
        fields.setdefault("", [])
        for field, of in fields.items():
            own = len(of) * median(of) if of and field else 0.0
            count = len(of) if field else 0
            self._usual[kind, field] = math.exp((own + BORROWED * everywhere) / (count + BORROWED))
            self._counts[kind, field] = len(paces) if not field else len(of)

    def usual(self, kind: SignalKind, field: str) -> float:
        """Votes per hour."""
        return self._usual.get((kind, field), self._usual.get((kind, ""), 1.0))

    def known(self, kind: SignalKind, field: str) -> bool:
        """Whether there are papers enough to call it usual."""
        return self._counts.get((kind, field), 0) >= ENOUGH


def _when(signal: Signal) -> datetime:
    return signal.observed_at


def _hours(span: timedelta) -> float:
    return max(span / timedelta(hours=1), 0.0)
