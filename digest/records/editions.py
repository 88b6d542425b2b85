"""Editions as JSON.

In:    editions, their papers.
Out:   dictionaries.
Never: a paper that is not in the edition.
"""

from datetime import date as day
from datetime import datetime

from typing_extensions import TypedDict

from digest.model import Edition, Ranked, Rising
from digest.store.editions import EditionSummary
from digest.wording import why_trending


class SummaryRecord(TypedDict):
    """An edition without its papers: `papers` is how many it has, `notes` why it is empty or thin."""

    date: day
    cutoff_at: datetime
    papers: int
    notes: list[str]


class RankedRecord(TypedDict):
    """A paper as it was when the edition was compiled; `links` by what they lead to, such as `abstract` or `pdf`."""

    rank: int
    id: str
    title: str
    authors: list[str]
    categories: list[str]
    trend_score: float
    trend_label: str
    why_trending: str
    links: dict[str, str]


class RisingRecord(TypedDict):
    """A phrase that many of the day's new papers use: how many, how many times the usual share, in which categories."""

    phrase: str
    papers: int
    times: float
    fields: list[str]


class EditionRecord(TypedDict):
    """The frozen, ranked list of a day, or its first papers; `total` is how many there are, `rising` the phrases that
    stand out."""

    date: day
    cutoff_at: datetime
    notes: list[str]
    total: int
    papers: list[RankedRecord]
    rising: list[RisingRecord]


def summary(one: EditionSummary) -> SummaryRecord:
    return {"date": one.date, "cutoff_at": one.cutoff_at, "papers": one.entries, "notes": list(one.notes)}


def edition(one: Edition, limit: int) -> EditionRecord:
    """With its first `limit` papers."""
    return {
        "date": one.date,
        "cutoff_at": one.cutoff_at,
        "notes": list(one.notes),
        "total": len(one.entries),
        "papers": [ranked(entry) for entry in one.entries[:limit]],
        "rising": [rising(phrase) for phrase in one.rising],
    }


def rising(one: Rising) -> RisingRecord:
    return {"phrase": one.phrase, "papers": one.papers, "times": one.times, "fields": list(one.fields)}


def ranked(one: Ranked) -> RankedRecord:
    return {
        "rank": one.rank,
        "id": one.paper.id,
        "title": one.paper.title,
        "authors": list(one.paper.authors),
        "categories": list(one.paper.categories),
        "trend_score": round(one.trend.score, 4),
        "trend_label": one.trend.label.value,
        "why_trending": why_trending(one),
        "links": dict(one.paper.links),
    }
