"""The search: papers by their words, the newest first.

In:    what somebody typed.
Out:   a page with the papers that have all its words; the paper itself, where it is an id or its address.
Never: a question of unbounded length or cost, or a trace of it.
"""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from digest.model import Paper
from digest.sources.identity import arxiv_id, doi
from digest.web.archive import page_number
from digest.web.cards import found_cards
from digest.web.context import Web
from digest.web.freshness import SOON, fresh
from digest.web.topics import topic_of, topic_path

LONGEST = 200  # characters of a question
PAGE, DEEPEST = 25, 20  # papers of a page; pages


def search_pages(web: Web) -> APIRouter:
    """`/search?q=`."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/search", methods=["GET", "HEAD"])
    def search(request: Request, q: str = "", page: str = "1") -> Response:
        number, question = page_number(page), " ".join(q[:LONGEST].split())
        if number > DEEPEST:
            raise HTTPException(404)
        papers, more = _found(web, question, number)
        speaking, topic = web.speaking(request), topic_of(question)
        values = {
            "question": question,
            "path": _page_of(question, number) if question else "/search",
            "cards": found_cards(papers, speaking),
            "topic": topic_path(topic) if topic else "",
            "earlier": _page_of(question, number - 1) if number > 1 else "",
            "later": _page_of(question, number + 1) if more and number < DEEPEST else "",
        }
        answer = web.pages.public("search", speaking, SOON, **values)
        answer.headers["X-Robots-Tag"] = "noindex"  # anybody can make a page of any words
        return fresh(request, answer)

    return router


def _found(web: Web, question: str, number: int) -> tuple[list[Paper], bool]:
    """Those of a page, and whether there is another."""
    if named := _named(web, question):
        return [named], False
    papers = web.store.papers.search(question, PAGE + 1, (number - 1) * PAGE)
    return papers[:PAGE], len(papers) > PAGE


def _named(web: Web, question: str) -> Paper | None:
    """The paper whose id, or whose address elsewhere, this is."""
    if not question.isprintable():
        return None
    if found := arxiv_id(question):
        return web.store.papers.get(f"arxiv:{found[0]}")
    name = doi(question)
    return web.store.papers.get(f"doi:{name}") if name else None


def _page_of(question: str, number: int) -> str:
    return f"/search?{urlencode({'q': question} | ({'page': number} if number > 1 else {}))}"
