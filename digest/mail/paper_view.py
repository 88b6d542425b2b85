"""One paper as a reader sees it.

In:    a pick: the frozen paper, its trend, its match.
Out:   the words of its place in the mail, each as plain text and as HTML.
Never: an address that is not absolute http(s), an unbounded string, markup that is not ours.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from urllib.parse import urlsplit

from digest.model import Paper, Pick, Trend
from digest.text import clean, cut
from digest.wording import label, spark, why_trending, why_you

LONGEST = {"title": 300, "name": 60, "reason": 220, "address": 600}
_ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?")
_KINDS = {"abstract": "Abstract", "pdf": "PDF", "html": "HTML", "code": "Code", "page": "Page"}
_RTL = frozenset({"R", "AL", "AN"})

Reading = Callable[[str], str]


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


@dataclass(frozen=True, slots=True)
class Link:
    """`label` says what it is (`PDF`), `text` what of (`PDF of 2411.03359`): no two of a mail are equal."""

    label: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class PaperView:
    number: int
    title: Words
    url: str
    authors: Words
    field: str
    why: Words
    label: str
    trending: str
    mark: str
    levels: str
    abstract: Words
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """How TeX is read: `plain` and `markup`, or the same with a memory."""

    plain: Reading
    markup: Reading

    def words(self, source: str, longest: int) -> Words:
        short = cut(source, longest)
        text, html = self.plain(short), self.markup(short)
        return isolated(text, html)


def paper_view(pick: Pick, number: int, name: str, reader: Reader, abstract: int) -> PaperView:
    """The view of the `number`-th paper of a mail, called `name` in its links, with at most `abstract` characters."""
    paper, trend = pick.ranked.paper, pick.ranked.trend
    links = _links(paper.links, name)
    why = cut(why_you(pick.match), LONGEST["reason"])  # a topic's words, in whatever script
    return PaperView(
        number=number,
        title=reader.words(paper.title, LONGEST["title"]) or Words("Untitled", "Untitled"),
        url=next((link.url for link in links), ""),
        authors=_authors(paper.authors, reader),
        field=clean(paper.field)[:24],
        why=isolated(why, escape(why)),
        label=label(trend),
        trending=cut(why_trending(pick.ranked), LONGEST["reason"]),
        mark=spark(trend.history) if _moves(trend) else "",
        levels=f"{trend.history[0]:,.0f} → {trend.history[-1]:,.0f}" if _moves(trend) else "",
        abstract=reader.words(paper.abstract, abstract) if abstract else Words("", ""),
        links=links,
    )


def paper_names(papers: list[Paper], plain: Reading) -> list[str]:
    """A short name for each, no two equal: the arXiv id, the DOI, or the first words of the title."""
    names: list[str] = []
    for number, paper in enumerate(papers, 1):
        scheme, _, rest = clean(paper.id).partition(":")
        title = plain(cut(paper.title, 60))
        name = rest[:60] if scheme in ("arxiv", "doi") and rest else f"“{title}”" if title else f"paper {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return names


def isolated(text: str, html: str) -> Words:
    """Keeps right-to-left writing from turning its neighbours round (UAX 9): U+2068…2069, and `dir` in HTML.

    `dir` and not `<bdi>`, which most mail programs drop (caniemail: html-bdi).
    """
    strong = [unicodedata.bidirectional(c) for c in text] if not text.isascii() else []
    if not _RTL.intersection(strong):
        return Words(text, html)
    direction = next("ltr" if b == "L" else "rtl" for b in strong if b == "L" or b in _RTL)
    return Words(f"\u2068{text}\u2069", f'<span dir="{direction}">{html}</span>')


def is_address(url: str) -> bool:
    """Whether `url` may stand in an attribute: absolute http(s), plain ASCII, no quotes, no user name."""
    return len(url) <= LONGEST["address"] and _ADDRESS.fullmatch(url) is not None


def _moves(trend: Trend) -> bool:
    return any(round(a) != round(b) for a, b in pairwise(trend.history))


def _authors(names: tuple[str, ...], reader: Reader) -> Words:
    """`A, B, C and 14 more`: up to four are named, more than four by their first three."""
    shown = [reader.words(name, LONGEST["name"]) for name in names[: 4 if len(names) <= 4 else 3]]
    shown = [words for words in shown if words]
    rest = len(names) - len(shown)
    if len(names) > 4:
        shown.append(Words(f"{rest:,} more", f"{rest:,} more"))
    return Words(_listed([words.text for words in shown]), _listed([words.html for words in shown]))


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _links(links: Mapping[str, str], name: str) -> tuple[Link, ...]:
    wanted = [(_label(kind, links[kind]), links[kind]) for kind in _KINDS if is_address(links.get(kind, ""))]
    return tuple(Link(label, f"{label} of {name}", url) for label, url in wanted)


def _label(kind: str, url: str) -> str:
    host = urlsplit(url).hostname or ""
    return "Hugging Face page" if kind == "page" and f".{host}".endswith(".huggingface.co") else _KINDS[kind]
