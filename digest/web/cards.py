"""Papers as the pages show them.

In:    picks of a digest, ranked papers of an edition, papers that were found.
Out:   cards for the macro in `web/papers.html`: what the mail says of a paper, and where its page is.
Never: an address but our own that is not absolute http(s); unescaped words of others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import quote

from digest.language import Language
from digest.mail.paper_links import paper_names
from digest.mail.paper_view import PaperView, paper_view
from digest.mail.words import Reader
from digest.model import Match, Paper, Pick, Ranked, Trend, TrendLabel
from digest.text import cut, markup, plain

SHORT, WHOLE = 320, 8_000  # characters of an abstract
LONGEST = 220  # characters of the words that matched
NO_MATCH = Match(topic=None)
NOTHING_KNOWN = Trend(score=0.0, label=TrendLabel.STEADY, signal="fresh")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Card:
    """A paper in a list. `path` is that of its own page; `rank` is 0 where the list is in no order of rank.

    Said of it, where it is known: why it is for this reader (`for_you`: `view.why`), by which words it fits a topic
    (`words`), that it trends (`trends`: `view.trending`), or when we first saw it (`day`).
    """

    view: PaperView
    path: str
    rank: int = 0
    for_you: bool = False
    words: str = ""
    trends: bool = True
    day: date | None = None


READER = Reader(lru_cache(8192)(plain), lru_cache(8192)(markup))  # the same papers are shown again and again


def cards(picks: Sequence[Pick], speaking: Language, *, abstract: int = SHORT, ranks: bool = False) -> list[Card]:
    """One for each, in order, with at most `abstract` characters of each abstract (0: none)."""
    reader = replace(READER, speaking=speaking)
    names = paper_names([pick.ranked.paper for pick in picks], reader)
    return [
        Card(
            view=paper_view(pick, str(number), name, reader, abstract),
            path=paper_path(pick.ranked.paper.id),
            rank=pick.ranked.rank if ranks else 0,
            for_you=pick.match.topic is not None or bool(pick.match.liked),
        )
        for number, (pick, name) in enumerate(zip(picks, names, strict=True), 1)
    ]


def topic_cards(picks: Sequence[Pick], speaking: Language, *, abstract: int = SHORT) -> list[Card]:
    """Of a topic that is nobody's: by which words each fits it."""
    return [
        replace(card, for_you=False, words=_words(pick.match))
        for card, pick in zip(cards(picks, speaking, abstract=abstract), picks, strict=True)
    ]


def found_cards(papers: Sequence[Paper], speaking: Language, *, abstract: int = SHORT) -> list[Card]:
    """Of papers as they are now, whether an edition listed them or not."""
    ranked = [Ranked(paper=one, trend=NOTHING_KNOWN, rank=0, edition=seen(one)) for one in papers]
    return [
        replace(card, trends=False, day=one.edition)
        for card, one in zip(cards(as_picks(ranked), speaking, abstract=abstract), ranked, strict=True)
    ]


def as_picks(ranked: Sequence[Ranked]) -> list[Pick]:
    """Papers that were chosen for nobody in particular."""
    return [Pick(ranked=one, match=NO_MATCH, score=one.trend.score) for one in ranked]


def seen(paper: Paper) -> date:
    """When we first saw it: what is found is in that order, whenever it was published."""
    return (paper.first_seen_at or LONG_AGO).date()


def paper_path(paper_id: str) -> str:
    return f"/paper/{quote(paper_id, safe=':/', errors='replace')}"


def _words(match: Match) -> str:
    own = match.topic.value if match.topic else ""
    return "" if match.words == (own,) else cut(", ".join(match.words), LONGEST)
