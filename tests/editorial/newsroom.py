"""Fictional papers, signals and subscribers for the tests of this room."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from digest.model import (
    Edition,
    Paper,
    Ranked,
    Signal,
    SignalKind,
    Subscriber,
    Topic,
    TopicKind,
    Trend,
    TrendLabel,
)

NOW = datetime(2026, 5, 28, 4, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)
DAY = date(2026, 5, 28)


def paper(key: str, title: str = "", abstract: str = "", **more: object) -> Paper:
    known = {"first_seen_at": NOW - timedelta(hours=6), "published_at": NOW - timedelta(hours=20), **more}
    return Paper(id=f"arxiv:{key}", title=title or f"On matter {key}", abstract=abstract, **known)  # type: ignore[arg-type]


def observed(of: Paper, *levels: tuple[float, float], kind: SignalKind = SignalKind.HF_UPVOTES) -> list[Signal]:
    """Signals from (hours before NOW, level), oldest first."""
    return [Signal(of.id, kind, level, NOW - timedelta(hours=hours)) for hours, level in levels]


def edition_of(papers: Sequence[Paper], scores: Sequence[float] | None = None) -> Edition:
    given = scores or [0.5] * len(papers)
    entries = tuple(
        Ranked(paper=one, trend=Trend(score=score, label=TrendLabel.NEW, signal="fresh"), rank=rank, edition=DAY)
        for rank, (one, score) in enumerate(zip(papers, given, strict=True), start=1)
    )
    return Edition(date=DAY, cutoff_at=NOW, entries=entries)


def phrase(value: str, *, muted: bool = False) -> Topic:
    return Topic(TopicKind.PHRASE, value, muted)


def category(value: str, *, muted: bool = False) -> Topic:
    return Topic(TopicKind.CATEGORY, value, muted)


def author(value: str, *, muted: bool = False) -> Topic:
    return Topic(TopicKind.AUTHOR, value, muted)


def reader(*topics: Topic, papers: int | None = None) -> Subscriber:
    return Subscriber(id=1, address="ada@example.org", zone="UTC", at=time(7), topics=topics, papers=papers)
