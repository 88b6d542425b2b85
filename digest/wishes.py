"""What a subscriber wants, as options, CSV cells, forms and the API give it.

In:    strings, None where nothing was said.
Out:   a Subscriber with exactly that changed; InputError for what cannot be.
Never: the store.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from digest.due import NAMED, WEEKDAYS, days
from digest.editorial.topics import parse_topic
from digest.errors import InputError
from digest.inputs import address, wall_time, zone
from digest.language import languages
from digest.model import Abstracts, Subscriber, Topic, TopicKind

KINDS = {"topics": TopicKind.PHRASE, "categories": TopicKind.CATEGORY, "authors": TopicKind.AUTHOR}


@dataclass(frozen=True, slots=True)
class Usual:
    """What subscribers get who say nothing."""

    zone: str = "UTC"
    at: time = time(7, 30)

    def subscriber(self, email: str) -> Subscriber:
        """One of whom only the address is known. Raises InputError."""
        return Subscriber(address=address(email), zone=self.zone, at=self.at)


@dataclass(frozen=True, slots=True)
class Wishes:
    """None leaves a field as it is; an empty list, or one with nothing but empty strings, empties it."""

    name: str | None = None
    topics: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    authors: Sequence[str] | None = None
    mutes: Sequence[str] | None = None
    tz: str | None = None
    at: str | None = None
    cadence: str | None = None
    papers: int | None = None
    language: str | None = None
    abstracts: str | None = None
    text_only: bool | None = None

    def applied_to(self, subscriber: Subscriber) -> Subscriber:
        """Raises InputError."""
        changes: dict[str, Any] = {"topics": self._topics(subscriber.topics)}
        if self.name is not None:
            changes["name"] = " ".join(self.name.split())
        if self.tz is not None:
            changes["zone"] = zone(self.tz)
        if self.at is not None:
            changes["at"] = wall_time(self.at)
        if self.cadence is not None:
            changes["cadence"] = cadence(self.cadence)
        if self.papers is not None:
            changes["papers"] = self.papers or None
        if self.language is not None:
            changes["language"] = known_language(self.language)
        if self.abstracts is not None:
            changes["abstracts"] = how_much(self.abstracts)
        if self.text_only is not None:
            changes["text_only"] = self.text_only
        return replace(subscriber, **changes)

    def _topics(self, before: Iterable[Topic]) -> tuple[Topic, ...]:
        """The old topics of each kind that nothing was said of, the new ones of the others."""
        kept = [topic for topic in before if getattr(self, _list_of(topic)) is None]
        wanted = [
            parse_topic(kind, value)
            for name, kind in KINDS.items()
            for value in getattr(self, name) or ()
            if value.strip()
        ]
        muted = [mute(value) for value in self.mutes or () if value.strip()]
        return tuple(dict.fromkeys((*kept, *wanted, *muted)))


def with_topics(topics: Iterable[Topic], new: Iterable[Topic]) -> tuple[Topic, ...]:
    """The new ones win: what was muted becomes wanted, what was wanted muted."""
    new = tuple(new)
    named = {_key(topic) for topic in new}
    return tuple(dict.fromkeys((*(topic for topic in topics if topic in new or _key(topic) not in named), *new)))


def without_topics(topics: Iterable[Topic], gone: Iterable[Topic]) -> tuple[Topic, ...]:
    """Whether those that go are muted or not."""
    named = {_key(topic) for topic in gone}
    return tuple(topic for topic in topics if _key(topic) not in named)


def _key(topic: Topic) -> tuple[TopicKind, str]:
    return topic.kind, topic.value.casefold()


def cadence(value: str) -> str:
    """`daily`, `weekdays`, `weekly`, or days in the order of the week: `mon,wed`."""
    tidy = value.strip().lower().replace(" ", "")
    days(tidy)
    return tidy


def known_language(value: str) -> str:
    """A code such as `de`; `""` for the site's own."""
    if value and value not in languages():
        raise InputError(f"there is no language “{value[:20]}”", f"there are {', '.join(languages())}")
    return value


def how_much(value: str) -> Abstracts:
    if value not in list(Abstracts):
        raise InputError(f"“{value[:20]}” is no way to show abstracts", f"say {', '.join(Abstracts)}")
    return Abstracts(value)


def fewer_days(cadence: str) -> str | None:
    """The next cadence with less mail, of days they have already; None for one day a week.

    Weekdays in place of daily; then every other of their days; of three and two the first.
    """
    have = sorted(days(cadence))
    if len(have) == 1:
        return None
    kept = have[:1] if len(have) <= 3 else have[::2] if len(have) < 7 else have[:5]
    known = {NAMED[name]: name for name in ("weekdays", "weekly")}
    return known.get(frozenset(kept)) or ",".join(WEEKDAYS[number] for number in kept)


def mute(value: str) -> Topic:
    """A muted phrase; `category:cs.CR` and `author:NAME` mute those."""
    kind, colon, rest = value.partition(":")
    if colon and kind in list(TopicKind):
        return parse_topic(TopicKind(kind), rest, muted=True)
    return parse_topic(TopicKind.PHRASE, value, muted=True)


def lists(topics: Iterable[Topic]) -> dict[str, list[str]]:
    """The four lists of which `Wishes` makes the same topics again."""
    found: dict[str, list[str]] = {name: [] for name in (*KINDS, "mutes")}
    for topic in topics:
        found[_list_of(topic)].append(_muted(topic) if topic.muted else topic.value)
    return found


def _muted(topic: Topic) -> str:
    plain = topic.kind is TopicKind.PHRASE and topic.value.partition(":")[0] not in list(TopicKind)
    return topic.value if plain else f"{topic.kind.value}:{topic.value}"


def _list_of(topic: Topic) -> str:
    return "mutes" if topic.muted else next(name for name, kind in KINDS.items() if kind is topic.kind)
