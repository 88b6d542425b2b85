"""How strongly a paper trends, with the parts that say why.

In:    papers, observations of their reach, phrases that burst, papers of the weeks before, the moment and the last
       edition's.
Out:   one model.Trend for each paper; its score lies in [0, 1).
Never: a score that falls because a paper got more votes; a claim that the observations do not hold.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.editorial.bursts import Burst
from digest.editorial.growth import VOTES, Baselines, Growth, by_kind, gain_since, growth_of, levels
from digest.model import Announced, Paper, Signal, SignalKind, Trend, TrendLabel

# How much each part may say at most; they are combined as independent chances that a paper trends (noisy or).
WEIGHTS = {
    SignalKind.HF_UPVOTES: 1.0,
    SignalKind.GITHUB_STARS: 0.3,
    SignalKind.HF_COMMENTS: 0.1,
    SignalKind.SOURCES: 0.4,
    "burst": 0.2,
    "fresh": 0.1,
}
HALF = 3.0  # times the usual pace at which a vote says half of what it can
FRESH_HOURS = 48.0
OLD = timedelta(days=60)  # since publication: no longer new, whoever lists it
FEWEST = 3  # votes; fewer may be the author's friends, and are not told
QUIET = timedelta(days=3)  # without growth, after which a rising paper is returning

Observed = dict[SignalKind, list[Signal]]


@dataclass(frozen=True, slots=True)
class Moment:
    """When the edition is compiled and when the one before was (None: there was none)."""

    now: datetime
    since: datetime | None


def trends(
    papers: Sequence[Paper],
    signals: Mapping[str, Sequence[Signal]],
    background: Sequence[Paper],
    moment: Moment,
    bursts: Mapping[str, Burst],
) -> list[Trend]:
    """The trend of each paper, in order. `signals`, by paper id and in order of time, may cover the background as well,
    which makes the fields' baselines firmer. `bursts`, by paper id too, are those of the new papers."""
    observed = {paper_id: by_kind(rows) for paper_id, rows in signals.items() if rows}
    baselines = _baselines([*papers, *background], observed, moment.now)
    return [_trend(paper, observed.get(paper.id, {}), baselines, bursts.get(paper.id), moment) for paper in papers]


def _baselines(papers: Sequence[Paper], observed: Mapping[str, Observed], now: datetime) -> Baselines:
    rows: dict[SignalKind, list[tuple[str, Growth]]] = defaultdict(list)
    for paper in {paper.id: paper for paper in papers}.values():
        for kind, of_kind in observed.get(paper.id, {}).items():
            if kind in VOTES:
                rows[kind].append((paper.field, growth_of(paper, of_kind, now)))
    return Baselines(rows)


def is_new(paper: Paper, moment: Moment) -> bool:
    """First seen since the last edition, not as a replacement, and not published long ago."""
    if paper.announced is Announced.REPLACE or (paper.published_at and moment.now - paper.published_at > OLD):
        return False
    return moment.since is None or paper.first_seen_at is None or paper.first_seen_at > moment.since


def _trend(paper: Paper, observed: Observed, baselines: Baselines, burst: Burst | None, moment: Moment) -> Trend:
    growths = {kind: growth_of(paper, observed[kind], moment.now) for kind in VOTES if kind in observed}
    times = {kind: growth.pace / baselines.usual(kind, paper.field) for kind, growth in growths.items()}
    sources = observed[SignalKind.SOURCES][-1].value if SignalKind.SOURCES in observed else 1.0
    age = max((moment.now - (paper.first_seen_at or moment.now)) / timedelta(hours=1), 0.0)
    parts = _parts(times, sources, burst, age)
    label, rising = _label(paper, observed, baselines, moment)
    dull = {kind for kind, growth in growths.items() if not _worth_telling(growth, times[kind])}
    told: Sequence[str] = rising or [kind for kind in parts if kind not in dull]
    trend = Trend(
        score=1 - math.prod(1 - part for part in parts.values()),
        label=label,
        signal=max(told, key=lambda kind: parts[kind]),
        field=paper.field,
        age=max((moment.now - paper.published_at) / timedelta(hours=1), 0.0) if paper.published_at else 0.0,
    )
    if trend.signal in growths:
        return _with_votes(trend, growths, times, observed, baselines)
    if trend.signal == "burst" and burst:
        return replace(trend, value=burst.papers, phrase=burst.phrase, usual=burst.times)
    return replace(trend, value=sources) if trend.signal == SignalKind.SOURCES else replace(trend, hours=age)


def _parts(times: Mapping[SignalKind, float], sources: float, burst: Burst | None, age: float) -> dict[str, float]:
    parts: dict[str, float] = {kind: WEIGHTS[kind] * ratio / (ratio + HALF) for kind, ratio in times.items()}
    parts[SignalKind.SOURCES] = WEIGHTS[SignalKind.SOURCES] * max(sources - 1, 0) / (sources + 1)
    parts["burst"] = WEIGHTS["burst"] * burst.strength if burst else 0.0
    parts["fresh"] = WEIGHTS["fresh"] * math.exp(-age / FRESH_HOURS)
    return parts


def _worth_telling(growth: Growth, times: float) -> bool:
    return growth.level >= FEWEST and times > 0.999  # a lone paper of its kind is its own usual, but for rounding


def _with_votes(
    trend: Trend,
    growths: Mapping[SignalKind, Growth],
    times: Mapping[SignalKind, float],
    observed: Observed,
    baselines: Baselines,
) -> Trend:
    kind = SignalKind(trend.signal)
    growth = growths[kind]
    usual = times[kind] if baselines.known(kind, trend.field) else None
    history = levels(observed[kind])
    return replace(trend, value=growth.level, gain=growth.gain, hours=growth.hours, usual=usual, history=history)


def _label(
    paper: Paper, observed: Observed, baselines: Baselines, moment: Moment
) -> tuple[TrendLabel, list[SignalKind]]:
    """The label, and by which votes an older paper earned it.

    Rising: votes since the last edition came at least as fast as is usual for young papers of the field.
    """
    if is_new(paper, moment):
        return TrendLabel.NEW, []
    since = moment.since or moment.now - timedelta(days=1)
    hours = max((moment.now - since) / timedelta(hours=1), 1.0)
    rising = [
        kind
        for kind in VOTES
        if kind in observed
        and observed[kind][-1].value >= FEWEST
        and gain_since(observed[kind], since) >= max(1.0, hours * baselines.usual(kind, paper.field))
    ]
    if not rising:
        return TrendLabel.STEADY, []
    quiet = all(_was_quiet(observed[kind], since) for kind in rising)
    return (TrendLabel.RETURNING if quiet else TrendLabel.RISING), rising


def _was_quiet(observed: Sequence[Signal], since: datetime) -> bool:
    """Whether the days before `since` were observed and brought next to nothing."""
    before = [signal for signal in observed if signal.observed_at <= since]
    if not before or before[0].observed_at > since - QUIET:
        return False
    return gain_since(before, since - QUIET) < 0.1 * gain_since(observed, since)
