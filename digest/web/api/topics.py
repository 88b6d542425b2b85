"""`/subscribers/ID/topics`: the topics of one subscriber.

In:    kinds and values.
Out:   the subscriber's topics with that changed.
Never: a topic that cannot match anything.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from typing_extensions import TypedDict

from digest import records
from digest.editorial.topics import parse_topic
from digest.model import Topic, TopicKind
from digest.records import TopicRecord
from digest.web.api.fields import Body, Line, SubscriberId
from digest.web.api.problems import missing, told
from digest.web.api.subscribers import known
from digest.web.context import Web
from digest.wishes import with_topics, without_topics


class NewTopic(Body):
    """A phrase, an arXiv category (`cs.LG`, `cs.*`) or an author; muted, it keeps papers away."""

    kind: Annotated[TopicKind, Field(strict=False, examples=["phrase"])]
    value: Line = Field(examples=["paper folding"])
    muted: bool = False

    def topic(self) -> Topic:
        return parse_topic(self.kind, self.value, self.muted)


class NewTopics(Body):
    """All of them, in their order."""

    topics: Annotated[list[NewTopic], Field(max_length=200, examples=[[{"kind": "phrase", "value": "paper folding"}]])]


class Topics(TypedDict):
    """What one subscriber follows, and what they do not want to see."""

    topics: list[TopicRecord]


def topics(web: Web) -> APIRouter:
    router = APIRouter(tags=["topics"], redirect_slashes=False)

    @router.get("/subscribers/{subscriber_id}/topics", responses=told(404))
    def list_topics(subscriber_id: SubscriberId) -> Topics:
        """Show their topics."""
        return _shown(known(web, subscriber_id).topics)

    @router.put("/subscribers/{subscriber_id}/topics", responses=told(404))
    def replace_topics(subscriber_id: SubscriberId, wanted: NewTopics) -> Topics:
        """These and no others."""
        return _changed(web, subscriber_id, with_topics((), [each.topic() for each in wanted.topics]))

    @router.post("/subscribers/{subscriber_id}/topics", responses=told(404))
    def add_topic(subscriber_id: SubscriberId, new: NewTopic) -> Topics:
        """Show papers of a topic, or mute it; the last word on it counts."""
        return _changed(web, subscriber_id, with_topics(known(web, subscriber_id).topics, [new.topic()]))

    @router.delete("/subscribers/{subscriber_id}/topics", responses=told(404))
    def remove_topic(subscriber_id: SubscriberId, kind: TopicKind, value: Annotated[Line, Query()]) -> Topics:
        """Forget a topic, muted or not."""
        before = known(web, subscriber_id).topics
        after = without_topics(before, [parse_topic(kind, value)])
        if after == before:
            raise missing(f"they have no such {kind.value}", "the list of their topics shows what they have")
        return _changed(web, subscriber_id, after)

    return router


def _changed(web: Web, subscriber_id: int, wanted: tuple[Topic, ...]) -> Topics:
    subscriber = known(web, subscriber_id)
    if wanted != subscriber.topics:
        web.store.subscribers.update(replace(subscriber, topics=wanted))
    return _shown(wanted)


def _shown(some: tuple[Topic, ...]) -> Topics:
    return {"topics": [records.topic(each) for each in some]}
