"""What somebody who wants less like a paper can mute for good.

In:    a subscriber, a paper.
Out:   what of it can be muted: phrases they follow that it has, its authors, its categories; and how that is worded.
Never: something to mute that would not have kept this paper away.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from digest.editorial.relevance import Relevance
from digest.editorial.topics import parse_topic
from digest.errors import InputError
from digest.language import Language
from digest.model import Paper, Subscriber, Topic, TopicKind
from digest.taxonomy import CATEGORIES
from digest.wording import topic_name

AUTHORS, SECTIONS = 6, 3  # that are offered; of more authors the first ones and the last


@dataclass(frozen=True, slots=True)
class Mute:
    """`value` is as `digest.wishes.mute` reads it; `words` say what is kept away. Who follows the topic stops that."""

    topic: Topic
    value: str
    words: str
    is_followed: bool
    is_muted: bool


def mutes(subscriber: Subscriber, paper: Paper, speaking: Language) -> list[Mute]:
    """Phrases first, then authors, then categories."""
    found = dict.fromkeys((*_phrases(subscriber.topics, paper), *_authors(paper), *_categories(paper)))
    return [_mute(topic, subscriber.topics, speaking) for topic in found]


def _mute(topic: Topic, topics: tuple[Topic, ...], speaking: Language) -> Mute:
    same = {known.muted for known in topics if _is(known, topic)}
    return Mute(topic, f"{topic.kind}:{topic.value}", _words(topic, speaking), False in same, True in same)


def _is(one: Topic, other: Topic) -> bool:
    return one.kind is other.kind and one.value.casefold() == other.value.casefold()


def _words(topic: Topic, speaking: Language) -> str:
    match topic.kind:
        case TopicKind.PHRASE:
            return speaking.gettext("Papers that say %(phrase)s", phrase=topic_name(topic, speaking))
        case TopicKind.AUTHOR:
            return speaking.gettext("Papers by %(name)s", name=topic.value)
        case TopicKind.CATEGORY:
            name = CATEGORIES.get(topic.value, "")
            return speaking.gettext("Papers listed in %(category)s (%(name)s)", category=topic.value, name=name)


def _phrases(topics: Iterable[Topic], paper: Paper) -> Iterator[Topic]:
    """Those that the paper has word for word."""
    relevance = Relevance([paper])
    for topic in topics:
        if topic.kind is TopicKind.PHRASE and relevance.muted(topic).size:
            yield replace(topic, muted=True)


def _authors(paper: Paper) -> Iterator[Topic]:
    names = paper.authors if len(paper.authors) <= AUTHORS else (*paper.authors[: AUTHORS - 1], paper.authors[-1])
    for name in names:
        with suppress(InputError):  # `et al.`
            yield parse_topic(TopicKind.AUTHOR, name, muted=True)


def _categories(paper: Paper) -> Iterator[Topic]:
    for name in paper.categories[:SECTIONS]:
        with suppress(InputError):  # of a source that is not arXiv
            yield parse_topic(TopicKind.CATEGORY, name, muted=True)
