"""The form of a subscription: what is typed into `web/wishes.html`, and what it comes to.

In:    the fields of a form, a subscriber whose wishes are shown in one.
Out:   Wishes with what can be used, and for each field that cannot a sentence that says why; the form as it is shown.
Never: the address, the store.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from digest.due import NAMED, WEEKDAYS
from digest.editorial.topics import LONGEST, SHORTEST, parse_topic
from digest.errors import InputError
from digest.inputs import wall_time, zone
from digest.language import Language
from digest.model import Subscriber, TopicKind
from digest.web.forms import Fields
from digest.wishes import Wishes, how_much, known_language, lists, mute

MOST = 100  # lines of a field: each costs time whenever somebody's papers are chosen
MOST_PAPERS = 50
_PARTS = re.compile(r'\s*"([^"]*)"\s*|([^,;"]+)')

Problems = dict[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the fields, as it was typed or stored. `at` is `HH:MM`; `papers` `""` for the site's default."""

    topics: tuple[str, ...] = ()
    categories: frozenset[str] = field(default_factory=frozenset)
    authors: tuple[str, ...] = ()
    mutes: tuple[str, ...] = ()
    tz: str = "UTC"
    at: str = "07:30"
    days: frozenset[str] = frozenset(WEEKDAYS)
    papers: str = ""
    language: str = ""
    abstracts: str = "short"
    text_only: bool = False


def shown(subscriber: Subscriber) -> Form:
    """The form that asks for what they have."""
    listed = lists(subscriber.topics)
    return Form(
        topics=tuple(f'"{each}"' if set(each) & set(",;") else each for each in listed["topics"]),
        categories=frozenset(listed["categories"]),
        authors=tuple(listed["authors"]),
        mutes=tuple(listed["mutes"]),
        tz=subscriber.zone,
        at=f"{subscriber.at:%H:%M}",
        days=frozenset(_days(subscriber.cadence)),
        papers=str(subscriber.papers or ""),
        language=subscriber.language,
        abstracts=subscriber.abstracts.value,
        text_only=subscriber.text_only,
    )


def typed(fields: Fields, otherwise: Form) -> Form:
    """The form as it came; what was not in it as in `otherwise`."""

    def one(name: str, before: str) -> str:
        return fields.one(name) if name in fields else before

    def some(name: str, before: Iterable[str]) -> Iterable[str]:
        return fields.lines(name) if name in fields else before

    return Form(
        topics=tuple(some("topics", otherwise.topics)),
        categories=frozenset(some("categories", otherwise.categories)),
        authors=tuple(some("authors", otherwise.authors)),
        mutes=tuple(some("mutes", otherwise.mutes)),
        tz=one("tz", otherwise.tz),
        at=one("at", otherwise.at),
        days=frozenset(some("days", otherwise.days)),
        papers=one("papers", otherwise.papers),
        language=one("language", otherwise.language),
        abstracts=one("abstracts", otherwise.abstracts),
        text_only="yes" in fields.all("text_only") if "text_only" in fields else otherwise.text_only,
    )


def read(fields: Fields, speaking: Language) -> tuple[Wishes, Problems]:
    """What is asked for. A field that is not in the form is None; one with a problem holds what of it can be used."""
    problems: Problems = {}
    reading = _Reading(fields, speaking, problems)
    wishes = Wishes(
        topics=reading.topics(TopicKind.PHRASE, "topics", _split(fields.lines("topics"))),
        categories=reading.topics(TopicKind.CATEGORY, "categories", fields.lines("categories")),
        authors=reading.topics(TopicKind.AUTHOR, "authors", fields.lines("authors")),
        mutes=reading.listed("mutes", fields.lines("mutes"), mute, _no_topic),
        tz=reading.one("tz", zone, _no_zone),
        at=reading.one("at", _hour, _no_hour),
        cadence=reading.cadence(),
        papers=reading.papers(),
        language=reading.one("language", known_language, _not_offered),
        abstracts=reading.one("abstracts", how_much, _not_offered),
        text_only="yes" in fields.all("text_only") if "text_only" in fields else None,
    )
    return wishes, problems


class _Reading:
    """Reads field by field, and collects what is wrong."""

    def __init__(self, fields: Fields, speaking: Language, problems: Problems) -> None:
        self._fields, self._speaking, self._problems = fields, speaking, problems

    def topics(self, kind: TopicKind, name: str, values: Iterable[str]) -> list[str] | None:
        say = _no_category if kind is TopicKind.CATEGORY else _no_topic
        return self.listed(name, values, lambda value: parse_topic(kind, value), say)

    def listed(
        self, name: str, values: Iterable[str], parse: Callable[[str], Any], say: Callable[[Language, str], str]
    ) -> list[str] | None:
        """Those that `parse` takes; of the first one that it does not, `say` says what is wrong."""
        if name not in self._fields:
            return None
        good: list[str] = []
        for value in values:
            if len(good) == MOST:
                self._problems[name] = self._speaking.gettext("These are more than %(most)s.", most=MOST)
                break
            try:
                parse(value)
                good.append(value)
            except InputError:
                self._problems.setdefault(name, say(self._speaking, value[:LONGEST]))
        return good

    def one(self, name: str, parse: Callable[[str], Any], say: Callable[[Language, str], str]) -> str | None:
        if name not in self._fields:
            return None
        value = self._fields.one(name)
        try:
            parse(value)
        except InputError:
            self._problems[name] = say(self._speaking, value[:LONGEST])
            return None
        return value[:5] if parse is _hour else value

    def cadence(self) -> str | None:
        """The chosen days, by the name they have together."""
        if "days" not in self._fields:
            return None
        chosen = frozenset(WEEKDAYS.index(day) for day in self._fields.all("days") if day in WEEKDAYS)
        if not chosen:
            self._problems["days"] = self._speaking.gettext("Choose at least one day.")
            return None
        known = {numbers: name for name, numbers in NAMED.items()}
        return known.get(chosen) or ",".join(WEEKDAYS[number] for number in sorted(chosen))

    def papers(self) -> int | None:
        """0: the site's default."""
        if "papers" not in self._fields:
            return None
        value = self._fields.one("papers")
        if not value:
            return 0
        if not (value.isascii() and value.isdigit() and len(value) < 4 and int(value) <= MOST_PAPERS):
            self._problems["papers"] = self._speaking.gettext("Write a number up to %(most)s.", most=MOST_PAPERS)
            return None
        return int(value)


def _split(lines: Iterable[str]) -> Iterator[str]:
    """A line may name several, with commas or semicolons; what stands in quotes is one."""
    for line in lines:
        for quoted, plain in _PARTS.findall(line):
            if part := (quoted or plain).strip():
                yield part


def _hour(value: str) -> None:
    """A browser may add seconds."""
    wall_time(value[:5] if value.count(":") == 2 else value)


def _days(cadence: str) -> Iterable[str]:
    return [WEEKDAYS[number] for number in NAMED[cadence]] if cadence in NAMED else cadence.split(",")


def _no_topic(speaking: Language, value: str) -> str:
    return speaking.gettext(
        "“%(value)s” cannot be looked for. Write a subject or a name of %(shortest)s to %(longest)s characters,"
        " such as “graph neural networks”.",
        value=value,
        shortest=SHORTEST,
        longest=LONGEST,
    )


def _no_category(speaking: Language, value: str) -> str:
    return speaking.gettext("“%(value)s” is not an arXiv category.", value=value)


def _no_zone(speaking: Language, value: str) -> str:
    return speaking.gettext(
        "There is no time zone “%(value)s”. Choose the city whose clocks show your time.", value=value
    )


def _no_hour(speaking: Language, value: str) -> str:
    return speaking.gettext("“%(value)s” is no time of day. Write it as 07:30.", value=value)


def _not_offered(speaking: Language, value: str) -> str:
    return speaking.gettext("“%(value)s” is not on offer here.", value=value)
