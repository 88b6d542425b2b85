"""A paper's own page, for good.

In:    a paper's id, or another name of the same work.
Out:   what is known of it, and the editions that listed it with the reason each gave.
Never: a change; a paper from elsewhere, however its id is spelled.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from digest.mail.authors import LONGEST
from digest.mail.words import Words
from digest.model import Paper
from digest.taxonomy import CATEGORIES
from digest.web.cards import READER, WHOLE, as_picks, cards, found_cards, paper_path
from digest.web.context import Web
from digest.web.freshness import HOUR, fresh

LONGEST_ID = 300  # characters
MOST_AUTHORS = 60  # some papers have thousands
FOR_GOOD = 301


def paper_pages(web: Web) -> APIRouter:
    """`/paper/arxiv:2605.28293`; ids may hold slashes."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/paper/{paper_id:path}", methods=["GET", "HEAD"])
    def look(request: Request, paper_id: str) -> Response:
        paper = web.store.papers.get(paper_id) if _may_be_one(paper_id) else None
        if paper is None:
            raise HTTPException(404)
        if paper.id != paper_id:
            return RedirectResponse(paper_path(paper.id), FOR_GOOD)
        return _page(web, request, paper)

    return router


def _may_be_one(paper_id: str) -> bool:
    return paper_id.isprintable() and len(paper_id) <= LONGEST_ID


def _page(web: Web, request: Request, paper: Paper) -> Response:
    speaking = web.speaking(request)
    [card] = found_cards([paper], speaking, abstract=WHOLE)
    listed = web.store.editions.listing(paper, web.now)
    values = {
        "card": card,
        "path": card.path,
        "authors": _authors(paper),
        "others": max(len(paper.authors) - MOST_AUTHORS, 0),
        "categories": [(name, CATEGORIES.get(name, "")) for name in dict.fromkeys(paper.categories)][:20],
        "appeared": (paper.published_at or paper.first_seen_at or web.now).date(),
        "version": paper.version,
        "updated": paper.updated_at if paper.version > 1 else None,
        "listed": list(zip(listed, cards(as_picks(listed), speaking, abstract=0), strict=True)),
    }
    return fresh(request, web.pages.public("paper", speaking, HOUR, **values))


def _authors(paper: Paper) -> list[Words]:
    names = (READER.words(name, LONGEST) for name in paper.authors[:MOST_AUTHORS])
    return [words for words in names if words]
