"""Renders a digest: subject, text and HTML, each written for its own reader, in their language.

In:    a digest, the site, the subscriber's own links: out, preferences, verdicts, and “I still read this”.
Out:   three strings; the same digest gives the same ones. What is shown is below 95,000 bytes whatever the papers are.
Never: a query, the clock, a link that does not exist, a tracking pixel, a script.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

import css_inline

from digest.language import Language, language
from digest.mail import account
from digest.mail.lines import wrapped
from digest.mail.order import ordered, section
from digest.mail.palette import palette
from digest.mail.paper_view import PaperView, Reader, paper_names, paper_view
from digest.model import Abstracts, Digest, Pick, Site
from digest.templating import Templates
from digest.text import cut, markup, plain
from digest.wording import topic_name

LARGEST = 95_000  # bytes; Gmail clips at 102,400
LEAD, USUAL, LITTLE, WHOLE = 640, 420, 160, 8_000  # characters of an abstract
BARE = -1  # no abstract, and of the links only the first
SMALLER = (LEAD, LITTLE, BARE)  # what papers are cut to where space is short, one after the other
LINK = 150  # bytes of one, about


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail before it is a message. Lines end in LF. `html` is empty for who wants text only."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The subscriber's own addresses. `more` and `less` want a paper's id, quoted, after them.

    `keep` is empty unless they are asked whether they still read this.
    """

    unsubscribe: str
    preferences: str
    view: str
    more: str
    less: str
    keep: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The papers that match one topic best. `name` is empty where one section is all there is."""

    name: str
    papers: tuple[PaperView, ...]


class Renderer:
    """Renders the digests of one site. Keeps recent titles and abstracts as read and as wrapped: papers are shared."""

    def __init__(self, site: Site, templates: Templates) -> None:
        self._site, self._templates = site, templates
        self._reader = Reader(lru_cache(4096)(plain), lru_cache(4096)(markup))
        self._wrapped = lru_cache(2048)(wrapped)
        self._palette = palette(site.accent)
        self._inliner = css_inline.CSSInliner(
            extra_css=templates.render("email/digest/inline.css", light=self._palette.light),
            inline_style_tags=False,  # the one in the head is for dark mode
            keep_style_tags=True,
            load_remote_stylesheets=False,
            minify_css=True,
        )

    def render(self, digest: Digest, links: Links) -> Rendered:
        """The mail of `digest`, which asks “Still reading?” where there is a link for the answer.

        Too much to fit: abstracts at the end are shortened, then left out with all links but one, then papers are.
        """
        reader = replace(self._reader, speaking=language(digest.subscriber.language or self._site.locale))
        picks = ordered(digest.picks)
        sizes = _sizes(digest.subscriber.abstracts, len(picks))
        while True:
            values = self._values(digest, links, picks, sizes, reader)
            text, html = self._text(values, reader), ""
            if not digest.subscriber.text_only:
                html = self._html(values, reader)
            excess = len((html or text).encode()) - LARGEST + 1
            if excess <= 0 or not picks:
                break
            picks, sizes = self._smaller(picks, sizes, excess)
        subject = self._templates.render("email/digest/subject.txt", reader.speaking, **values).strip()
        return Rendered(subject, text, html)

    def _text(self, values: Mapping[str, object], reader: Reader) -> str:
        return self._templates.render("email/digest/body.txt", reader.speaking, **values)

    def _html(self, values: Mapping[str, object], reader: Reader) -> str:
        return self._inliner.inline(self._templates.render("email/digest/body.html", reader.speaking, **values))

    def _smaller(self, picks: list[Pick], sizes: list[int], excess: int) -> tuple[list[Pick], list[int]]:
        """Cuts down the papers from the last one up until `excess` bytes are saved; then there are fewer."""
        sizes = list(sizes)
        for size in SMALLER:
            for i in reversed(range(len(picks))):
                if sizes[i] > size:
                    excess -= self._weight(picks[i], sizes[i]) - self._weight(picks[i], size)
                    sizes[i] = size
                if excess <= 0:
                    return picks, sizes
        fewer = len(picks) * 9 // 10
        return picks[:fewer], sizes[:fewer]

    def _weight(self, pick: Pick, size: int) -> int:
        """Bytes of an abstract in the HTML; how many fewer there are of a bare paper."""
        paper = pick.ranked.paper
        if size > 0:
            return len(self._reader.words(paper.abstract, size).html.encode())
        return size * LINK * max(len(paper.links) - 1, 0)

    def _values(
        self, digest: Digest, links: Links, picks: list[Pick], sizes: list[int], reader: Reader
    ) -> dict[str, object]:
        speaking, subscriber = reader.speaking, digest.subscriber
        names = paper_names([pick.ranked.paper for pick in picks], reader)
        views = [
            _view(paper_view(pick, number, name, reader, max(size, 0), more=links.more, less=links.less), size)
            for number, (pick, name, size) in enumerate(zip(picks, names, sizes, strict=True), 1)
        ]
        titles = [view.title.text for view in views]
        return {
            "site": self._site,
            "links": links,
            "address": subscriber.address,
            "day": speaking.day(digest.local_date),
            "keep_by": speaking.day(subscriber.keep_by) if subscriber.keep_by else "",
            "summary": account.summary(digest, speaking),
            "subject": account.subject(titles, len(digest.picks), speaking),
            "preheader": account.preheader(titles, views, speaking),
            "sections": _sections(picks, views, speaking),
            "total": len(digest.picks),
            "left_out": len(digest.picks) - len(picks),
            "origin": account.origin(subscriber, self._site.name, speaking),
            "dark": self._palette.dark,
            "wrapped": self._wrapped,
        }


def _sizes(wanted: Abstracts, count: int) -> list[int]:
    """How many characters of each abstract there are at most."""
    match wanted:
        case Abstracts.FULL:
            return [WHOLE] * count
        case Abstracts.NONE:
            return [0] * count
        case Abstracts.SHORT:
            return [LEAD, *[USUAL] * (count - 1)][:count]


def _view(whole: PaperView, size: int) -> PaperView:
    return replace(whole, links=whole.links[:1]) if size == BARE else whole


def _sections(picks: Sequence[Pick], views: Sequence[PaperView], speaking: Language) -> list[Section]:
    groups = [list(group) for _, group in groupby(picks, key=section)]
    sections, done = [], 0
    for group in groups:
        name = _section_name(group[0], speaking) if len(groups) > 1 else ""
        sections.append(Section(name, tuple(views[done : done + len(group)])))
        done += len(group)
    return sections


def _section_name(pick: Pick, speaking: Language) -> str:
    if pick.match.topic:
        return cut(topic_name(pick.match.topic, speaking), 80)
    if pick.match.liked:
        return speaking.gettext("More like what you liked")
    return speaking.gettext("More that is trending")
