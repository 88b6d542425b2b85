"""The papers of a mail, finished: kept without what is the reader's own, because many readers get the same ones.

In:    what is shown where, the reader, their own addresses.
Out:   cards: one paper's words for both parts of a mail.
Never: a reason or an address of one reader in what is kept for the others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from digest.language import Language
from digest.mail.layout import BRIEF, Place
from digest.mail.lines import wrapped
from digest.mail.paper_links import paper_names
from digest.mail.paper_view import in_brief, paper_view, why_for
from digest.mail.words import Reader, Words
from digest.model import Match, Paper, Pick, Ranked, Topic
from digest.names import Name
from digest.templating import Templates

KEPT = 2048  # cards, of some 10 KB each
WHY, MORE, LESS, DIGIT = "\x01", "\x02", "\x03", "\x04"  # stand where the reader's own goes; no word of others has such
_IN_TEXT = re.compile(f"(^.*{WHY}.*$|[{MORE}{LESS}]|{DIGIT}+)", re.MULTILINE)
_IN_HTML = re.compile(f"([{WHY}{MORE}{LESS}]|{DIGIT}+)")


@dataclass(frozen=True, slots=True)
class Card:
    """One paper in a mail. A template prints the part that suits it; `title` and `trending` are plain text."""

    title: str
    trending: str
    why: Words
    text: str
    html: str

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:  # what an autoescaping template asks for
        return self.html


@dataclass(frozen=True, slots=True)
class _Kept:
    """A card in pieces; some of them are marks, or lines of text with WHY in them."""

    title: str
    trending: str
    text: tuple[str, ...]
    html: tuple[str, ...]


class Cards:
    """Makes the cards of one site's mails."""

    def __init__(self, templates: Templates, reader: Reader) -> None:
        self._templates, self._reader = templates, reader
        self._wrapped = lru_cache(KEPT)(wrapped)
        self._why = lru_cache(KEPT)(self._why_for)
        self._kept = lru_cache(KEPT)(self._made)
        self._families = lru_cache(KEPT)(self._families_of)

    def of(self, shown: Sequence[Place], reader: Reader, more: str, less: str) -> list[Card]:
        """In order. `more` and `less` are the reader's own addresses for a verdict, without the paper."""
        return [self._card(place, number, reader, more, less) for number, place in enumerate(shown, 1)]

    def _card(self, place: Place, number: int, reader: Reader, more: str, less: str) -> Card:
        ranked, match = place.pick.ranked, place.pick.match
        mark = DIGIT * len(str(number))  # as wide as what it stands for
        kept = self._kept(ranked, mark, number == 1, place.size, reader.speaking, self._followed(ranked.paper, reader))
        why = self._why(match.topic, match.words, match.also, match.liked, reader.speaking)
        own = {WHY: why.html, MORE: more, LESS: less, mark: str(number)}
        text = [self._rewrapped(each, why.text) if WHY in each else own.get(each, each) for each in kept.text]
        html = [own.get(each, each) for each in kept.html]
        return Card(kept.title, kept.trending, why, "".join(text), "".join(html))

    def _followed(self, paper: Paper, reader: Reader) -> tuple[Name, ...]:
        """Whom of those that they follow it may be by."""
        if not reader.follows:
            return ()
        families = self._families(paper.authors)
        return tuple(name for name in reader.follows if name[-1:] in families)

    def _rewrapped(self, line: str, why: str) -> str:
        bare = line.lstrip(" ")
        return self._wrapped(bare.replace(WHY, why), len(line) - len(bare))

    def _made(
        self, ranked: Ranked, number: str, lead: bool, size: int, speaking: Language, follows: tuple[Name, ...]
    ) -> _Kept:
        reader = replace(self._reader, speaking=speaking, follows=follows)
        (name,) = paper_names([ranked.paper], reader)
        pick = Pick(ranked=ranked, match=Match(topic=None), score=0.0)
        view = paper_view(pick, number, name, reader, max(size, 0), more=MORE, less=LESS)
        view = replace(in_brief(view) if size == BRIEF else view, why=Words(WHY, WHY), lead=lead)
        template = f"email/digest/{'brief' if view.brief else 'paper'}"
        values = {"paper": view, "for_you": speaking.gettext("For you")}
        text = self._templates.render(f"{template}.txt", speaking, **values, wrapped=_unless_why)
        html = self._templates.render(f"{template}.html", speaking, **values)
        pieces = (tuple(mark.split(part.rstrip("\n"))) for mark, part in ((_IN_TEXT, text), (_IN_HTML, html)))
        return _Kept(view.title.text, view.trending, *pieces)

    def _why_for(
        self, topic: Topic | None, words: tuple[str, ...], also: tuple[Topic, ...], liked: str, speaking: Language
    ) -> Words:
        match = Match(topic=topic, words=words, also=also, liked=liked)
        return why_for(match, replace(self._reader, speaking=speaking))

    def _families_of(self, authors: tuple[str, ...]) -> frozenset[Name]:
        return frozenset(name[-1:] for name in self._reader.names(authors))


def _unless_why(text: str, indent: int = 0, first: str = "") -> str:
    """In lines; what the reader's reason is a part of in one, until that is known."""
    return f"{first or ' ' * indent}{text}" if WHY in text else wrapped(text, indent, first)
