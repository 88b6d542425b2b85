"""One paper as a reader sees it.

In:    a pick: the frozen paper, its trend, its match; the reader: their language, whom they follow.
Out:   the words of its place in the mail, each as plain text and as HTML.
Never: an unbounded string, markup that is not ours.
"""

from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise

from digest.language import ENGLISH, Language
from digest.mail.authors import authors_line
from digest.mail.paper_links import Link, links_of, verdicts_on
from digest.mail.words import NOTHING, Reader, Words, closed
from digest.model import Match, Pick, Ranked, Topic, Trend
from digest.text import clean, cut
from digest.wording import label, spark, why_trending, why_you

LONGEST = {"title": 300, "liked": 120, "reason": 220, "part": 60}


@dataclass(frozen=True, slots=True)
class PaperView:
    """`followed` are those of its authors whom the reader follows, who are among `authors`, too.

    `verdicts` are the reader's own links for “more” and “less”; none where there is no reader to ask. `lang` is what
    title and abstract are in, where we know it and the words around them are in another language. `lead`: the first of
    all. `brief`: the title and the reasons are all there is to be said.
    """

    number: str
    title: Words
    url: str
    authors: Words
    followed: Words
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
    lead: bool = False
    brief: bool = False


def paper_view(
    pick: Pick, number: str, name: str, reader: Reader, abstract: int, *, more: str = "", less: str = ""
) -> PaperView:
    """The view of the `number`-th paper of a page, called `name` in its links, with at most `abstract` characters.

    `more` and `less` are the reader's own addresses for a verdict, to which the paper's id is added; empty: none.
    """
    paper, trend, speaking = pick.ranked.paper, pick.ranked.trend, reader.speaking
    links = links_of(paper.links, name, speaking)
    authors, followed = authors_line(paper.authors, reader)
    return PaperView(
        number=number,
        title=reader.words(paper.title, LONGEST["title"]) or _untitled(speaking),
        url=next((link.url for link in links), ""),
        authors=authors,
        followed=followed,
        field=closed(clean(paper.field)[:24]),
        why=why_for(pick.match, reader),
        label=label(trend, speaking),
        trending=_why_trending(pick.ranked, speaking),
        mark=spark(trend.history) if _moves(trend) else "",
        levels=_levels(trend, speaking) if _moves(trend) else "",
        abstract=reader.words(paper.abstract, abstract) if abstract else NOTHING,
        links=links,
        verdicts=verdicts_on(paper, number, more, less, speaking),
        lang=ENGLISH if paper.id.startswith("arxiv:") and speaking.code != ENGLISH else "",
    )


def in_brief(whole: PaperView) -> PaperView:
    """Of its links only the first, which its title leads to."""
    return replace(whole, abstract=NOTHING, links=whole.links[:1], brief=True)


def why_for(match: Match, reader: Reader) -> Words:
    """A topic's words, in whatever script; the title of what they liked, without its TeX."""
    told = replace(match, liked=reader.plain(cut(match.liked, LONGEST["liked"]))) if match.liked else match
    said = cut(why_you(told, reader.speaking), LONGEST["reason"])
    if closed(said) != said:
        said = why_you(_closed(told), reader.speaking)
    return Words(said, escape(said))


def _closed(match: Match) -> Match:
    """Each part of it closed in itself; of what may be many, the first few."""
    return replace(
        match,
        topic=_closed_topic(match.topic) if match.topic else None,
        words=tuple(closed(cut(word, LONGEST["part"])) for word in match.words[:3]),
        also=tuple(map(_closed_topic, match.also[:3])),
        liked=closed(match.liked),
    )


def _closed_topic(topic: Topic) -> Topic:
    return replace(topic, value=closed(cut(topic.value, LONGEST["part"])))


def _why_trending(ranked: Ranked, speaking: Language) -> str:
    said = cut(why_trending(ranked, speaking), LONGEST["reason"])
    if closed(said) == said:
        return said
    phrase, field = (closed(cut(part, LONGEST["part"])) for part in (ranked.trend.phrase, ranked.trend.field))
    trend = replace(ranked.trend, phrase=phrase, field=field)
    return why_trending(replace(ranked, trend=trend), speaking)


def _untitled(speaking: Language) -> Words:
    word = speaking.gettext("Untitled")
    return Words(word, escape(word))


def _moves(trend: Trend) -> bool:
    return any(round(a) != round(b) for a, b in pairwise(trend.history))


def _levels(trend: Trend, speaking: Language) -> str:
    return f"{speaking.number(round(trend.history[0]))} → {speaking.number(round(trend.history[-1]))}"
