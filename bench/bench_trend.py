"""Does the trend score foresee which papers will gain votes?

In:    the real votes in the captures (`hf_votes`), DIGEST_CAPTURES or the folder beside the checkout.
Out:   NDCG@10 of the trend score, of raw votes and of level over age, by period, on stdout.
Never: an observation later than the moment that is judged.

At 09:00 UTC of each day the papers listed in the last 7 days are ranked by what they will gain until their last
observation (4 days later or more); gain log1p; mean over days with at least 20 papers.
"""

import gzip
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from digest.editorial.trend import Moment, trends
from digest.model import Paper, Signal, SignalKind

CAPTURES = Path(os.environ.get("DIGEST_CAPTURES", Path(__file__).parents[2] / "shared" / "captures"))
PERIODS = {
    "Feb 2025 - Feb 2026": (date(2025, 2, 1), date(2026, 2, 28)),
    "spring 2026": (date(2026, 3, 1), date(2026, 5, 31)),
}
KINDS = {
    "upvotes": SignalKind.HF_UPVOTES,
    "num_comments": SignalKind.HF_COMMENTS,
    "github_stars": SignalKind.GITHUB_STARS,
}
LISTED, LATER, LEAST, TOP = 7, timedelta(days=4), 20, 10


@dataclass
class Votes:
    """Papers by the day they were listed, and their observations in order of time."""

    listed: dict[date, list[Paper]]
    signals: dict[str, list[Signal]]


@dataclass
class Day:
    """What could be known at a moment, and what came of it."""

    now: datetime
    papers: list[Paper]
    known: dict[str, list[Signal]]
    gains: np.ndarray


def read(folder: Path) -> Votes:
    listed: dict[date, list[Paper]] = defaultdict(list)
    signals: dict[str, list[Signal]] = defaultdict(list)
    for row in _rows(folder / "papers_dev.jsonl.gz"):
        if row["list_date"]:
            day = date.fromisoformat(row["list_date"])
            seen = datetime.combine(day, time(), UTC)
            listed[day].append(Paper(id=row["id"], title=row["title"], first_seen_at=seen))
            # The archive looks in once a day; the daemon, each half hour, would see a paper start at about 0.
            signals[row["id"]].append(Signal(row["id"], SignalKind.HF_UPVOTES, 0, seen))
    for row in _rows(folder / "observations_dev.jsonl.gz"):
        at = datetime.fromisoformat(row["observed_at"])
        signals[row["id"]] += [
            Signal(row["id"], kind, row[key], at) for key, kind in KINDS.items() if row[key] is not None
        ]
    return Votes(listed, {one: sorted(of, key=lambda signal: signal.observed_at) for one, of in signals.items()})


def _rows(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def days(votes: Votes, first: date, last: date) -> Iterator[Day]:
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        judged = _day(votes, datetime.combine(day, time(9), UTC))
        if len(judged.papers) >= LEAST:
            yield judged


def _day(votes: Votes, now: datetime) -> Day:
    listed = [paper for back in range(LISTED) for paper in votes.listed.get(now.date() - timedelta(days=back), [])]
    papers, known, gains = [], {}, []
    for paper in sorted(listed, key=lambda paper: paper.id):
        signals = [signal for signal in votes.signals[paper.id] if signal.kind is SignalKind.HF_UPVOTES]
        past = [signal for signal in signals if signal.observed_at <= now and signal.observed_at > paper.first_seen_at]
        if past and signals[-1].observed_at >= now + LATER:
            papers.append(paper)
            known[paper.id] = [signal for signal in votes.signals[paper.id] if signal.observed_at <= now]
            gains.append(signals[-1].value - past[-1].value)
    return Day(now, papers, known, np.array(gains, float))


def ndcg(scores: np.ndarray, gains: np.ndarray) -> float:
    relevance = np.log1p(np.maximum(gains, 0))
    discount = 1 / np.log2(np.arange(2, TOP + 2))
    got = relevance[np.argsort(-scores, kind="stable")[:TOP]] @ discount
    best = np.sort(relevance)[::-1][:TOP] @ discount
    return float(got / best) if best else float("nan")


def by_trend(day: Day) -> np.ndarray:
    moment = Moment(day.now, day.now - timedelta(days=1))
    return np.array([trend.score for trend in trends(day.papers, day.known, (), moment, {})])


def by_votes(day: Day) -> np.ndarray:
    upvotes = ([s.value for s in day.known[paper.id] if s.kind is SignalKind.HF_UPVOTES] for paper in day.papers)
    return np.array([levels[-1] for levels in upvotes])


def by_level_over_age(day: Day) -> np.ndarray:
    ages = np.array([(day.now - paper.first_seen_at) / timedelta(hours=1) for paper in day.papers])
    return by_votes(day) / np.maximum(ages, 1)


RANKERS: dict[str, Callable[[Day], np.ndarray]] = {
    "raw votes": by_votes,
    "level / age": by_level_over_age,
    "trend score": by_trend,
}


def measure(votes: Votes) -> dict[str, dict[str, float]]:
    """Mean NDCG@10 by period and ranker."""
    figures = {}
    for name, (first, last) in PERIODS.items():
        judged = list(days(votes, first, last))
        figures[f"{name} ({len(judged)} days)"] = {
            ranker: float(np.nanmean([ndcg(rank(day), day.gains) for day in judged]))
            for ranker, rank in RANKERS.items()
        }
    return figures


def main() -> int:
    if not CAPTURES.is_dir():
        print("the captures are not here; set DIGEST_CAPTURES", file=sys.stderr)
        return 1
    for period, figures in measure(read(CAPTURES / "hf_votes")).items():
        print(period, *(f"  {ranker:12} {figure:.3f}" for ranker, figure in figures.items()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
