"""Everything about a subscriber goes, and only they can ask for it.

In:    the link to the preferences, with the address typed.
Out:   a subscriber who is not there any more.
Never: an erasure without the address, a letter that says so, a way back.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from digest.web.context import Web
from digest.web.forms import Form
from digest.web.personal import Visit, visits
from digest.web.proof import Proof


def erasing_pages(web: Web, proof: Proof) -> APIRouter:
    """`/p/{token}/erase`."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web))

    @router.api_route("/p/{token}/erase", methods=["GET", "HEAD"])
    def look(visit: Annotated[Visit, visiting]) -> HTMLResponse:
        return _page(visit)

    @router.post("/p/{token}/erase")
    def erase(visit: Annotated[Visit, visiting], fields: Form) -> HTMLResponse:
        if problem := proof.problem(visit, typed := fields.one("address")):
            return _page(visit, 422, problem, typed)
        was_suppressed = web.store.suppressions.contains(visit.subscriber.address)
        web.store.subscribers.erase(visit.subscriber.id)
        return web.pages.page("erased", visit.speaking, was_suppressed=was_suppressed, signup=web.options.signup)

    return router


def _page(visit: Visit, status: int = 200, problem: str = "", typed: str = "") -> HTMLResponse:
    is_suppressed = visit.web.store.suppressions.contains(visit.subscriber.address)
    return visit.page("erase", status, problem=problem, typed=typed, is_suppressed=is_suppressed)
