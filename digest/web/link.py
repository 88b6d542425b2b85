"""“Mail me my link”: the way back for who has no mail at hand.

In:    an address that somebody typed.
Out:   a request in the store, and one page, whoever has that address.
Never: a look at whose it is; the link itself.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from digest import model
from digest.language import Language
from digest.model import LetterKind
from digest.web.context import Web
from digest.web.door import Door, keyed_network, read_address
from digest.web.forms import Fields, Form


def link_pages(web: Web, door: Door) -> APIRouter:
    """`/link`"""
    router = APIRouter(redirect_slashes=False)

    def page(speaking: Language, fields: Fields | None = None, status: int = 200, **values: object) -> HTMLResponse:
        values = {"address": fields.one("address") if fields else "", "problems": {}, "reason": "", **values}
        bits = web.options.proof_of_work
        return web.pages.page("link", speaking, status, stamp=door.stamp(fields), bits=bits, **values)

    @router.api_route("/link", methods=["GET", "HEAD"])
    def look(request: Request) -> HTMLResponse:
        return page(web.speaking(request))

    @router.post("/link")
    def ask(request: Request, fields: Form) -> HTMLResponse:
        speaking = web.speaking(request)
        if shut := door.shut(request, speaking):
            return shut
        address, problem = read_address(fields, speaking)
        if problem:
            return page(speaking, fields, 422, problems={"address": problem})
        if not door.is_trap(fields):
            if reason := door.objection(fields, speaking):
                return page(speaking, fields, 422, reason=reason)
            if full := door.full(request, speaking):
                return full
            asked = model.Request(
                kind=LetterKind.LINK, address=address, asked_at=web.now, network=keyed_network(web, request)
            )
            web.store.requests.put(asked)
            web.knock()
        return web.pages.page("link_asked", speaking, address=address)

    return router
