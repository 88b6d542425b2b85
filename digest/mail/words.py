"""Words of others, ready for both parts of a mail.

In:    a title, a name, an abstract as a source gave it.
Out:   the same as plain text and as HTML, neither of which turns its neighbours round.
Never: markup that is not ours; an unbounded string.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from digest.language import ENGLISH, Language, language
from digest.model import Topic
from digest.names import Name, parsed
from digest.text import cut
from digest.wording import topic_name

_RTL = frozenset({"R", "AL", "AN"})

Reading = Callable[[str], str]
Names = Callable[[tuple[str, ...]], list[Name]]


@dataclass(frozen=True, slots=True)
class Words:
    """The same words twice: `text` without markup, `html` escaped. A template prints the one that suits it."""

    text: str
    html: str

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:  # what an autoescaping template asks for
        return self.html

    def __bool__(self) -> bool:
        return bool(self.text)


NOTHING = Words("", "")


def names_of(authors: tuple[str, ...]) -> list[Name]:
    return [parsed(author) for author in authors]


@dataclass(frozen=True, slots=True)
class Reader:
    """How TeX and names are read: `plain`, `markup` and `names`, or the same with a memory; and by whom: the language
    of our own words, and the authors they follow."""

    plain: Reading
    markup: Reading
    speaking: Language = field(default_factory=lambda: language(ENGLISH))
    follows: tuple[Name, ...] = ()
    names: Names = names_of

    def words(self, source: str, longest: int) -> Words:
        short = cut(source, longest)
        text, html = self.plain(short), self.markup(short)
        return isolated(text, html)


def isolated(text: str, html: str) -> Words:
    """Keeps right-to-left writing from turning its neighbours round (UAX 9): U+2068…2069, and `dir` in HTML.

    `dir` and not `<bdi>`, which most mail programs drop (caniemail: html-bdi).
    """
    if not _turns(text):
        return Words(text, html)
    strong = (unicodedata.bidirectional(c) for c in text)
    direction = next("ltr" if b == "L" else "rtl" for b in strong if b == "L" or b in _RTL)
    return Words(closed(text), f'<span dir="{direction}">{html}</span>')


@lru_cache(4096)  # many readers follow the same
def topic_words(topic: Topic, longest: int, speaking: Language) -> str:
    """A topic as it is named in a sentence or above a section, which it does not turn round."""
    return closed(cut(topic_name(topic, speaking), longest))


def closed(text: str) -> str:
    """The same for what is a part of a sentence of ours, which has no markup."""
    return f"\u2068{text}\u2069" if _turns(text) else text


def _turns(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(c) in _RTL for c in text)
