"""A store with a day's papers in it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.publish import publish
from digest.model import Paper, Subscriber, Topic, TopicKind
from digest.store.engine import Store

MORNING = datetime(2026, 5, 28, 9, 0, tzinfo=UTC)


def paper(number: int, title: str, seen: datetime = MORNING, **more: object) -> Paper:
    values = {
        "id": f"arxiv:9913.{number:05}",
        "title": title,
        "abstract": f"We describe {title.lower()} at length. It is fiction.",
        "authors": ("Ada Inventada", f"Bo Number {number}"),
        "categories": ("cs.LG",),
        "published_at": seen - timedelta(hours=5),
        "links": {"abstract": f"https://arxiv.org/abs/9913.{number:05}"},
    }
    return Paper(**(values | more))  # type: ignore[arg-type]


def reader(address: str = "ada@example.org", **more: object) -> Subscriber:
    values = {
        "address": address,
        "zone": "UTC",
        "at": time(7, 30),
        "topics": (Topic(TopicKind.PHRASE, "paper folding"),),
    }
    return Subscriber(**(values | more))  # type: ignore[arg-type]


def list_papers(store: Store, *papers: Paper, at: datetime = MORNING) -> None:
    store.papers.save(papers, (), source="test", seen_at=at)


FOLDING = tuple(
    paper(number, title)
    for number, title in enumerate(
        (
            "Paper folding by patient machines",
            "What paper folding owes to paper boats",
            "A lower bound for paper folding under rain",
        )
    )
)


@pytest.fixture
def queued(store: Store) -> Store:
    """Ada, Bo and Chi are owed a digest."""
    list_papers(store, *FOLDING, at=MORNING - timedelta(hours=1))
    publish(store, FixedClock(MORNING), 4, ())
    for name in ("ada", "bo", "chi"):
        store.subscribers.add(reader(f"{name}@example.org"), MORNING)
    enqueue(store, FixedClock(MORNING), Rules(), Terms(4, timedelta(hours=12)))
    return store
