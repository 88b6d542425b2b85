"""Subscribers as JSON.

In:    subscribers, their topics.
Out:   dictionaries with the keys of the CSV file, and what only the store knows.
Never: a link that acts in their name.
"""

from datetime import date, datetime

from typing_extensions import TypedDict  # that of `typing` cannot be read by pydantic before Python 3.12

from digest.model import Subscriber, SubscriberState, Topic
from digest.wishes import lists


class SubscriberRecord(TypedDict):
    """An address and what it asked for."""

    id: int
    email: str
    name: str
    state: str
    topics: list[str]
    categories: list[str]
    authors: list[str]
    mutes: list[str]
    tz: str
    at: str
    cadence: str
    papers: int | None
    language: str
    abstracts: str
    text_only: bool
    created_at: datetime | None
    next_due_at: datetime | None
    last_edition: date | None
    paused_until: date | None
    heard_at: datetime | None
    keep_by: date | None


class TopicRecord(TypedDict):
    """A named matcher; muted, it keeps every paper it matches away."""

    kind: str
    value: str
    muted: bool


def subscriber(one: Subscriber) -> SubscriberRecord:
    asked = lists(one.topics)
    return {
        "id": one.id,
        "email": one.address,
        "name": one.name,
        "state": one.state.value,
        "topics": asked["topics"],
        "categories": asked["categories"],
        "authors": asked["authors"],
        "mutes": asked["mutes"],
        "tz": one.zone,
        "at": f"{one.at:%H:%M}",
        "cadence": one.cadence,
        "papers": one.papers,
        "language": one.language,
        "abstracts": one.abstracts.value,
        "text_only": one.text_only,
        "created_at": one.created_at,
        "next_due_at": one.next_due_at if one.state is SubscriberState.ACTIVE else None,
        "last_edition": one.last_edition,
        "paused_until": one.paused_until if one.state is SubscriberState.PAUSED else None,
        "heard_at": one.heard_at,
        "keep_by": one.keep_by,
    }


def topic(one: Topic) -> TopicRecord:
    return {"kind": one.kind.value, "value": one.value, "muted": one.muted}
