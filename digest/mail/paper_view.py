"""One paper as a reader sees it.

In:    a pick: the frozen paper, its trend, its match; the reader's language.
Out:   the words of its place in the mail, each as plain text and as HTML.
Never: an address that is not absolute http(s), an unbounded string, markup that is not ours.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import pairwise
from urllib.parse import quote, urlsplit

from digest.language import ENGLISH, Language, language
from digest.model import Match, Paper, Pick, Trend
from digest.text import clean, cut
from digest.wording import label, quoted, spark, why_trending, why_you

LONGEST = {"title": 300, "name": 60, "liked": 120, "reason": 220, "address": 600}
_ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?")
_KINDS = ("abstract", "pdf", "html", "code", "page")
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
    """`verdicts` are the reader's own links for “more” and “less”; none where there is no reader to ask.

    `lang` is what title and abstract are in, where we know it and the words around them are in another language.
    """

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
    verdicts: tuple[Link, ...] = ()
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """How TeX is read: `plain` and `markup`, or the same with a memory; and the language of our own words."""

    plain: Reading
    markup: Reading
    speaking: Language = field(default_factory=lambda: language(ENGLISH))

    def words(self, source: str, longest: int) -> Words:
        short = cut(source, longest)
        text, html = self.plain(short), self.markup(short)
        return isolated(text, html)


def paper_view(
    pick: Pick, number: int, name: str, reader: Reader, abstract: int, *, more: str = "", less: str = ""
) -> PaperView:
    """The view of the `number`-th paper of a mail, called `name` in its links, with at most `abstract` characters.

    `more` and `less` are the reader's own addresses for a verdict, to which the paper's id is added; empty: none.
    """
    paper, trend, speaking = pick.ranked.paper, pick.ranked.trend, reader.speaking
    links = _links(paper.links, name, speaking)
    why = _why(pick.match, reader)
    return PaperView(
        number=number,
        title=reader.words(paper.title, LONGEST["title"]) or _untitled(speaking),
        url=next((link.url for link in links), ""),
        authors=_authors(paper.authors, reader),
        field=clean(paper.field)[:24],
        why=isolated(why, escape(why)),
        label=label(trend, speaking),
        trending=cut(why_trending(pick.ranked, speaking), LONGEST["reason"]),
        mark=spark(trend.history) if _moves(trend) else "",
        levels=_levels(trend, speaking) if _moves(trend) else "",
        abstract=reader.words(paper.abstract, abstract) if abstract else Words("", ""),
        links=links,
        verdicts=_verdicts(more, less, paper, name, speaking),
        lang=ENGLISH if paper.id.startswith("arxiv:") and speaking.code != ENGLISH else "",
    )


def paper_names(papers: Sequence[Paper], reader: Reader) -> list[str]:
    """A short name for each, no two equal: the arXiv id, the DOI, or the first words of the title."""
    names: list[str] = []
    for number, paper in enumerate(papers, 1):
        name = _name(paper, number, reader)
        names.append(name if name not in names else f"{name} ({number})")
    return names


def _name(paper: Paper, number: int, reader: Reader) -> str:
    scheme, _, rest = clean(paper.id).partition(":")
    if scheme in ("arxiv", "doi") and rest:
        return rest[:60]
    title = reader.plain(cut(paper.title, 60))
    return quoted(title, reader.speaking) if title else reader.speaking.gettext("paper %(number)s", number=number)


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


def _why(match: Match, reader: Reader) -> str:
    """A topic's words, in whatever script; the title of what they liked, without its TeX."""
    told = replace(match, liked=reader.plain(cut(match.liked, LONGEST["liked"]))) if match.liked else match
    return cut(why_you(told, reader.speaking), LONGEST["reason"])


def _untitled(speaking: Language) -> Words:
    word = speaking.gettext("Untitled")
    return Words(word, escape(word))


def _moves(trend: Trend) -> bool:
    return any(round(a) != round(b) for a, b in pairwise(trend.history))


def _levels(trend: Trend, speaking: Language) -> str:
    return f"{speaking.number(round(trend.history[0]))} → {speaking.number(round(trend.history[-1]))}"


def _authors(names: tuple[str, ...], reader: Reader) -> Words:
    """`A, B, C and 14 others`: up to four are named, more than four by their first three."""
    shown = [reader.words(name, LONGEST["name"]) for name in names[: 4 if len(names) <= 4 else 3]]
    shown = [words for words in shown if words]
    if len(names) > 4:
        rest = len(names) - len(shown)
        more = reader.speaking.ngettext("%(num)s other", "%(num)s others", rest)
        shown.append(Words(more, escape(more)))
    listed = reader.speaking.listed
    return Words(listed([words.text for words in shown]), listed([words.html for words in shown]))


# --- links --------------------------------------------------------------------------------------------------------


def _links(links: Mapping[str, str], name: str, speaking: Language) -> tuple[Link, ...]:
    return tuple(_link(kind, links[kind], name, speaking) for kind in _KINDS if is_address(links.get(kind, "")))


def _link(kind: str, url: str, name: str, speaking: Language) -> Link:
    match kind:
        case "abstract":
            return Link(speaking.gettext("Abstract"), speaking.gettext("Abstract of %(paper)s", paper=name), url)
        case "pdf":
            return Link(speaking.gettext("PDF"), speaking.gettext("PDF of %(paper)s", paper=name), url)
        case "html":
            return Link(speaking.gettext("HTML"), speaking.gettext("HTML of %(paper)s", paper=name), url)
        case "code":
            return Link(speaking.gettext("Code"), speaking.gettext("Code of %(paper)s", paper=name), url)
    if f".{urlsplit(url).hostname or ''}".endswith(".huggingface.co"):
        return Link(
            speaking.gettext("Hugging Face page"), speaking.gettext("Hugging Face page of %(paper)s", paper=name), url
        )
    return Link(speaking.gettext("Page"), speaking.gettext("Page of %(paper)s", paper=name), url)


def _verdicts(more: str, less: str, paper: Paper, name: str, speaking: Language) -> tuple[Link, ...]:
    last = quote(paper.id, safe=":/", errors="replace")
    both = (
        (more, speaking.gettext("More like this"), speaking.gettext("More like %(paper)s", paper=name)),
        (less, speaking.gettext("Less like this"), speaking.gettext("Less like %(paper)s", paper=name)),
    )
    return tuple(Link(label, text, start + last) for start, label, text in both if start and is_address(start + last))
