"""Papers as the pages show them.

In:    picks of a digest, or ranked papers of an edition.
Out:   cards for the macro in `web/papers.html`: what the mail says of a paper, and where its page is.
Never: an address but our own that is not absolute http(s); unescaped words of others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote

from digest.language import Language
from digest.mail.paper_view import PaperView, Reader, paper_names, paper_view
from digest.model import Match, Pick, Ranked
from digest.text import markup, plain

SHORT, WHOLE = 320, 8_000  # characters of an abstract
NO_MATCH = Match(topic=None)


@dataclass(frozen=True, slots=True)
class Card:
    """A paper in a list. `path` is that of its own page; `rank` is 0 where the list has no order of rank;
    `for_you` says whether `view.why` has anything to say."""

    view: PaperView
    path: str
    rank: int = 0
    for_you: bool = False


READER = Reader(lru_cache(8192)(plain), lru_cache(8192)(markup))  # the same papers are shown again and again


def cards(
    picks: Sequence[Pick],
    speaking: Language,
    *,
    abstract: int = SHORT,
    ranks: bool = False,
) -> list[Card]:
    """One for each, in order, with at most `abstract` characters of each abstract (0: none)."""
    reader = replace(READER, speaking=speaking)
    names = paper_names([pick.ranked.paper for pick in picks], reader)
    return [
        Card(
            view=paper_view(pick, number, name, reader, abstract),
            path=paper_path(pick.ranked.paper.id),
            rank=pick.ranked.rank if ranks else 0,
            for_you=pick.match.topic is not None or bool(pick.match.liked),
        )
        for number, (pick, name) in enumerate(zip(picks, names, strict=True), 1)
    ]


def as_picks(ranked: Sequence[Ranked]) -> list[Pick]:
    """Papers that were chosen for nobody in particular."""
    return [Pick(ranked=one, match=NO_MATCH, score=one.trend.score) for one in ranked]


def paper_path(paper_id: str) -> str:
    return f"/paper/{quote(paper_id, safe=':/')}"
