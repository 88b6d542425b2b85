"""“Yes, I still read this”: the page behind the question that a digest asks after long silence.

In:    a signed link; GET and HEAD to look, POST to answer.
Out:   pages, and a subscriber who was heard of.
Never: a change on GET or HEAD; mail again for one who unsubscribed, or who asked for a pause.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from digest.model import Subscriber, SubscriberState
from digest.tokens import Purpose
from digest.web.context import GONE, Web, masked


def keep_pages(web: Web) -> APIRouter:
    """`/k/{token}`: mail scanners look at every link, and are no reader: only posting counts as an answer."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/k/{token}", methods=["GET", "HEAD"])
    def look(request: Request, token: str) -> HTMLResponse:
        return _page(web, request, web.bearer(token, Purpose.KEEP))

    @router.post("/k/{token}")
    def answer(request: Request, token: str) -> HTMLResponse:
        subscriber = web.bearer(token, Purpose.KEEP)
        if subscriber and subscriber.state not in GONE:
            web.store.subscribers.heard(subscriber.id, web.now)
            subscriber = web.store.subscribers.by_id(subscriber.id)
        return _page(web, request, subscriber)

    return router


def _page(web: Web, request: Request, subscriber: Subscriber | None) -> HTMLResponse:
    """How things stand, with the button where there is something to answer."""
    if subscriber is None:
        return web.pages.page("invalid", web.speaking(request), 404)
    speaking, address = web.speaking(request, subscriber), masked(subscriber.address)
    if subscriber.state in GONE:
        return web.pages.page("unsubscribed", speaking, address=address)
    is_active = subscriber.state is SubscriberState.ACTIVE
    if subscriber.keep_by:
        return web.pages.page("keep", speaking, address=address, is_active=is_active, day=subscriber.keep_by)
    name = "kept" if is_active else "resting"
    return web.pages.page(name, speaking, address=address, day=subscriber.paused_until)
