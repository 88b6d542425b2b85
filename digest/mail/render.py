"""Renders a digest: subject, text and HTML, each written for its own reader.

In:    a digest, the site, the subscriber's own links: out, and “I still read this”.
Out:   three strings; the same digest gives the same ones. HTML below 95,000 bytes whatever the papers are.
Never: a query, the clock, a link that does not exist, a tracking pixel, a script.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

import css_inline

from digest.due import offered_after
from digest.language import language
from digest.mail.lines import wrapped
from digest.mail.order import ordered
from digest.mail.palette import palette
from digest.mail.paper_view import PaperView, Reader, paper_names, paper_view
from digest.model import Digest, Pick, Site, Topic
from digest.templating import Templates
from digest.text import clean, cut, markup, plain
from digest.wording import topic_name

LARGEST = 95_000  # bytes; Gmail clips at 102,400
SUBJECT, PREHEADER = 100, 130
ABSTRACTS = (420, 160, 0)  # characters of an abstract: the usual, when space is short, when there is none
LEAD = 640


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail before it is a message. Lines end in LF."""

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
    """Renders the digests of one site. Keeps the readings of recent titles and abstracts: subscribers share papers."""

    def __init__(self, site: Site, templates: Templates) -> None:
        self._site, self._templates = site, templates
        self._reader = Reader(lru_cache(4096)(plain), lru_cache(4096)(markup))
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

        Too much to fit: abstracts at the end are shortened, then left out, then papers are.
        """
        picks = ordered(digest.picks)
        sizes = [LEAD, *[ABSTRACTS[0]] * (len(picks) - 1)][: len(picks)]
        while True:
            values = self._values(digest, picks, sizes) | {"unsubscribe_url": links.unsubscribe, "keep_url": links.keep}
            html = self._inliner.inline(self._templates.render("email/digest/body.html", **values))
            excess = len(html.encode()) - LARGEST + 1
            if excess <= 0 or not picks:
                break
            picks, sizes = self._smaller(picks, sizes, excess)
        subject = self._templates.render("email/digest/subject.txt", **values).strip()
        return Rendered(subject, self._templates.render("email/digest/body.txt", **values), html)

    def _smaller(self, picks: list[Pick], sizes: list[int], excess: int) -> tuple[list[Pick], list[int]]:
        """Shortens abstracts from the last paper up until `excess` bytes are saved; then there are fewer papers."""
        sizes = list(sizes)
        for size in ABSTRACTS[1:]:
            for i in reversed(range(len(picks))):
                if sizes[i] > size:
                    excess -= self._weight(picks[i], sizes[i]) - self._weight(picks[i], size)
                    sizes[i] = size
                if excess <= 0:
                    return picks, sizes
        fewer = len(picks) * 9 // 10
        return picks[:fewer], sizes[:fewer]

    def _weight(self, pick: Pick, size: int) -> int:
        """Bytes of an abstract in the HTML."""
        return len(self._reader.words(pick.ranked.paper.abstract, size).html.encode()) if size else 0

    def _values(self, digest: Digest, picks: list[Pick], sizes: list[int]) -> dict[str, object]:
        names = paper_names([pick.ranked.paper for pick in picks], self._reader)
        views = [
            paper_view(pick, number, name, self._reader, size)
            for number, (pick, name, size) in enumerate(zip(picks, names, sizes, strict=True), 1)
        ]
        titles = [view.title.text for view in views]
        return {
            "site": self._site,
            "lang": language(digest.subscriber.language or self._site.locale).tag,
            "day": _day(digest.local_date),
            "keep_by": _day(digest.subscriber.keep_by) if digest.subscriber.keep_by else "",
            "summary": _summary(digest),
            "subject": _subject(titles, len(digest.picks)),
            "preheader": _preheader(titles, views),
            "sections": _sections(picks, views),
            "left_out": len(digest.picks) - len(picks),
            "address": digest.subscriber.address,
            "follows": _follows(digest.subscriber.topics),
            "schedule": _schedule(digest),
            "dark": self._palette.dark,
            "wrapped": wrapped,
        }


def _sections(picks: list[Pick], views: list[PaperView]) -> list[Section]:
    groups = [(topic, len(list(group))) for topic, group in groupby(picks, key=lambda pick: pick.match.topic)]
    sections, done = [], 0
    for topic, count in groups:
        name = cut(topic_name(topic), 80) if topic else "More that is trending"
        sections.append(Section(name if len(groups) > 1 else "", tuple(views[done : done + count])))
        done += count
    return sections


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


def _papers(count: int) -> str:
    return f"{count:,} paper{'' if count == 1 else 's'}"


def _summary(digest: Digest) -> str:
    """One honest line about the day: offered, matched, chosen."""
    count, matched = len(digest.picks), digest.matched
    offered = f"{_papers(digest.considered)} {_when(digest)}".rstrip()
    if not digest.subscriber.topics:
        return f"{offered}; {'this one leads' if count == 1 else f'these {count} lead'}."
    own = sum(pick.match.topic is not None for pick in digest.picks)
    matching = f"{offered}, {matched:,} match{'es' if matched == 1 else ''} your topics"
    best = f"; {'the best is' if own == 1 else f'the best {own} are'} here" if 0 < own < matched else ""
    more = f"{', with' if best else '; here are'} {count - own} more that trend" if count > own else ""
    return f"{matching}{best}{more}."


def _when(digest: Digest) -> str:
    """What the papers are of: today's edition, an earlier one, or all since the last digest (`""`: there was none)."""
    subscriber, edition = digest.subscriber, digest.edition
    last = subscriber.last_edition
    after = offered_after(edition, subscriber.cadence, digest.local_date, last)
    if (edition - after).days > 1 or any(pick.ranked.edition != edition for pick in digest.picks):
        return "since your last digest" if last else ""
    return "today" if edition == digest.local_date else f"of {edition.day} {edition:%B}"


def _subject(titles: list[str], count: int) -> str:
    """`7 papers: Sparse routers that learn to forget`, at most 100 characters."""
    if not titles:
        return _papers(count)
    start = f"{_papers(count)}: "
    gist = clean(titles[0]).replace("=?", "= ?")  # never the start of an encoded word (RFC 2047)
    return start + _shortened(gist, SUBJECT - len(start)).rstrip(".")


def _preheader(titles: list[str], views: list[PaperView]) -> str:
    """What the subject does not say: the other titles, or why the only one is here. 35 to 130 characters."""
    others = "; ".join(clean(title) for title in titles[1:4])
    alone = f"{clean(views[0].why.text)}; {views[0].trending}" if views else ""
    line = f"Also: {others}" if others else alone
    return _shortened(line if len(line) >= 35 else f"{line}. Why it trends, and why it is for you.", PREHEADER)


def _shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut after a word."""
    if len(text) <= limit:
        return text
    at = text.rfind(" ", limit // 2, limit)
    return text[: at if at > 0 else limit - 1].rstrip(" ,;:–—-(") + "…"


def _follows(topics: tuple[Topic, ...]) -> str:
    """`“graph neural networks”, cs.LG and 3 more`; empty for none."""
    named = [cut(topic_name(topic), 60) for topic in topics if not topic.muted]
    if len(named) > 5:
        named = [*named[:4], f"{len(named) - 4} more"]
    return " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))


def _schedule(digest: Digest) -> str:
    """When it comes: `daily at 07:30, Europe/Berlin time`."""
    subscriber = digest.subscriber
    days = {"daily": "daily", "weekdays": "on weekdays", "weekly": "weekly"}.get(subscriber.cadence)
    return f"{days or 'on chosen days'} at {subscriber.at:%H:%M}, {clean(subscriber.zone).replace('_', ' ')} time"
