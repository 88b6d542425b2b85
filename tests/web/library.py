"""Editions for the pages to show, of papers that are all made up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from digest.model import Edition, Paper, Ranked, Rising, Trend, TrendLabel
from digest.store.engine import Store

TODAY = date(2026, 5, 28)
YESTERDAY = TODAY - timedelta(days=1)


def paper(number: int, title: str = "", abstract: str = "", **more: Any) -> Paper:
    name = f"2605.{number:05}"
    values = {
        "id": f"arxiv:{name}",
        "title": title or f"On folding a map {number} times",
        "abstract": abstract or f"We fold {number} invented maps. Nobody is lost.",
        "authors": ("Ada Inventada", "Bo Unreal"),
        "categories": ("cs.LG",),
        "published_at": datetime(2026, 5, 26, 17, tzinfo=UTC),
        "links": {"abstract": f"https://arxiv.org/abs/{name}", "pdf": f"https://arxiv.org/pdf/{name}"},
    }
    return Paper(**(values | more))


def cutoff(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


def publish(
    store: Store, day: date, papers: Sequence[Paper], notes: Sequence[str] = (), rising: tuple[Rising, ...] = ()
) -> Edition:
    """Saves the papers and freezes them, in their order, as the edition of the day."""
    if papers:
        store.papers.save(papers, [], source="arxiv", seen_at=cutoff(day) - timedelta(hours=2))
    known = [store.papers.get(one.id) for one in papers]
    entries = tuple(
        Ranked(paper=one, trend=_trend(rank), rank=rank, edition=day)
        for rank, one in enumerate((one for one in known if one), start=1)
    )
    edition = Edition(date=day, cutoff_at=cutoff(day), entries=entries, notes=tuple(notes), rising=rising)
    assert store.editions.save(edition)
    return edition


def _trend(rank: int) -> Trend:
    """A votes' one for the first; the others are new."""
    if rank > 1:
        return Trend(score=0.9 / rank, label=TrendLabel.NEW, signal="fresh", field="cs.LG")
    return Trend(
        score=0.9, label=TrendLabel.RISING, signal="hf_upvotes", value=48, gain=36, hours=20, history=(12, 30, 48)
    )
