"""Renders a digest: subject, text and HTML, each written for its own reader, in their language.

In:    a digest, the site, the subscriber's own links: out, preferences, verdicts, and “I still read this”.
Out:   three strings; the same digest gives the same ones. What is shown is below 95,000 bytes whatever the papers are.
Never: a query, the clock, a link that does not exist, a tracking pixel, a script.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from digest.language import ENGLISH, Language, language
from digest.mail import account, inbox
from digest.mail.cards import Card, Cards
from digest.mail.layout import BRIEF, WHOLE, Place, places, smaller
from digest.mail.lines import wrapped
from digest.mail.order import section
from digest.mail.palette import palette
from digest.mail.rising import rising_views
from digest.mail.styling import stylist
from digest.mail.words import Reader, closed, names_of, topic_words
from digest.model import Abstracts, Digest, Pick, Site, Subscriber, Topic, TopicKind
from digest.names import parsed
from digest.taxonomy import CATEGORIES
from digest.templating import Templates
from digest.text import cut, markup, plain

LARGEST = 95_000  # bytes; Gmail clips at 102,400
LINK, FRAME = 220, 1_200  # bytes of a link, and of what a whole paper has around its words, about
LONGEST_NAME = 80  # characters of a section's


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
    papers: tuple[Card, ...]


class Renderer:
    """Renders the digests of one site. Keeps recent titles and abstracts as read and as wrapped: papers are shared."""

    def __init__(self, site: Site, templates: Templates) -> None:
        self._site = site
        self._reader = Reader(lru_cache(4096)(plain), lru_cache(4096)(markup), names=lru_cache(1024)(names_of))
        self._wrapped, self._day = lru_cache(2048)(wrapped), lru_cache(64)(Language.day)
        self._palette = palette(site.accent)
        self._templates = templates.changed(
            stylist(templates.render("email/digest/inline.css", light=self._palette.light))
        )
        self._cards = Cards(self._templates, self._reader)

    def render(self, digest: Digest, links: Links) -> Rendered:
        """The mail of `digest`, which asks “Still reading?” where there is a link for the answer.

        Too much to fit: papers at the end have shorter abstracts, then are in brief, then are on the web page only.
        """
        reader = self._reading(digest.subscriber)
        shown = places(digest.picks, digest.subscriber.abstracts)
        while True:
            values = self._values(digest, links, shown, reader)
            text, html = self._text(values, reader), ""
            if not digest.subscriber.text_only:
                html = self._html(values, reader)
            excess = max(len(html.encode()), len(text.encode())) - LARGEST + 1
            if excess <= 0 or not shown:
                break
            shown = smaller(shown, excess, self._weight)
        subject = self._templates.render("email/digest/subject.txt", reader.speaking, **values).strip()
        return Rendered(subject, text, html)

    def _reading(self, subscriber: Subscriber) -> Reader:
        follows = [topic.value for topic in subscriber.topics if topic.kind is TopicKind.AUTHOR and not topic.muted]
        speaking = language(subscriber.language or self._site.locale)
        return replace(self._reader, speaking=speaking, follows=tuple(map(parsed, follows)))

    def _text(self, values: Mapping[str, object], reader: Reader) -> str:
        return self._templates.render("email/digest/body.txt", reader.speaking, **values)

    def _html(self, values: Mapping[str, object], reader: Reader) -> str:
        return self._templates.render("email/digest/body.html", reader.speaking, **values)

    def _weight(self, pick: Pick, size: int) -> int:
        """Bytes of an abstract in the HTML; how many fewer there are of a paper in brief."""
        paper = pick.ranked.paper
        if size > 0:
            return len(self._reader.words(paper.abstract, size).html.encode())
        return -FRAME - LINK * max(len(paper.links) - 1, 0) if size == BRIEF else 0

    def _values(self, digest: Digest, links: Links, shown: list[Place], reader: Reader) -> dict[str, object]:
        speaking, subscriber = reader.speaking, digest.subscriber
        cards = self._cards.of(shown, reader, links.more, links.less)
        titles = [card.title for card in cards]
        return {
            "site": self._site,
            "links": links,
            "address": subscriber.address,
            "day": self._day(speaking, digest.local_date),
            "keep_by": speaking.day(subscriber.keep_by) if subscriber.keep_by else "",
            "summary": account.summary(digest, speaking),
            "subject": inbox.subject(titles, len(digest.picks), speaking),
            "preheader": inbox.preheader(titles, cards, speaking),
            "sections": _sections(shown, cards, speaking),
            "apart": [card for card, place in zip(cards, shown, strict=True) if place.apart],
            "rising": rising_views(digest.rising, speaking),
            "total": len(digest.picks),
            "left_out": len(digest.picks) - len(shown),
            "shortened": subscriber.abstracts is Abstracts.FULL and any(place.size < WHOLE for place in shown),
            "origin": account.origin(subscriber, self._site.name, speaking),
            "dark": self._palette.dark,
            "wrapped": self._wrapped,
        }


def _sections(shown: Sequence[Place], cards: Sequence[Card], speaking: Language) -> list[Section]:
    """Of what is not in the list at the end, which comes after all others."""
    placed = [place.pick for place in shown if not place.apart]
    groups = [list(group) for _, group in groupby(placed, key=section)]
    sections, done = [], 0
    for group in groups:
        name = _section_name(group[0], speaking) if len(groups) > 1 else ""
        sections.append(Section(name, tuple(cards[done : done + len(group)])))
        done += len(group)
    return sections


def _section_name(pick: Pick, speaking: Language) -> str:
    topic = pick.match.topic
    if topic and topic.kind is TopicKind.AUTHOR:
        return speaking.gettext("By %(author)s", author=closed(cut(topic.value, LONGEST_NAME)))
    if topic:
        return _headed(topic, speaking)
    if pick.match.liked:
        return speaking.gettext("More like what you liked")
    return speaking.gettext("More that is trending")


def _headed(topic: Topic, speaking: Language) -> str:
    """`Robotics · cs.RO`; arXiv's names are English, and stand in English mails only."""
    name = topic_words(topic, LONGEST_NAME, speaking)
    known = topic.kind is TopicKind.CATEGORY and speaking.code == ENGLISH and CATEGORIES.get(topic.value)
    return f"{known} · {name}" if known else name
