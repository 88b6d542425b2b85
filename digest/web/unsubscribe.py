"""The way out: the page behind the unsubscribe link, and what it does.

In:    a signed link; GET and HEAD to look, POST to leave (RFC 8058).
Out:   pages, and a subscriber who is unsubscribed.
Never: a change on GET or HEAD, a cookie, a redirect, a whole address, a body read.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from digest.subscription import unsubscribe
from digest.tokens import Purpose
from digest.web.context import GONE, Web, masked


def unsubscribe_pages(web: Web) -> APIRouter:
    """`/u/{token}`: looking changes nothing, because mail scanners look at every link; posting takes effect at once."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/u/{token}", methods=["GET", "HEAD"])
    def look(request: Request, token: str) -> HTMLResponse:
        subscriber = web.bearer(token, Purpose.UNSUBSCRIBE)
        if subscriber is None:
            return web.pages.page("invalid", web.speaking(request), 404)
        name = "unsubscribed" if subscriber.state in GONE else "unsubscribe"
        return web.pages.page(name, web.speaking(request, subscriber), address=masked(subscriber.address))

    @router.post("/u/{token}")
    def leave(request: Request, token: str) -> HTMLResponse:
        subscriber = web.bearer(token, Purpose.UNSUBSCRIBE)
        if subscriber is None:
            return web.pages.page("invalid", web.speaking(request), 404)
        if subscriber.state not in GONE:
            unsubscribe(web.store, subscriber, "followed the unsubscribe link", web.now)
        return web.pages.page("unsubscribed", web.speaking(request, subscriber), address=masked(subscriber.address))

    return router
