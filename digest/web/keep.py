"""“Yes, I still read this”: the page behind the question that a digest asks after long silence.

In:    a signed link; GET and HEAD to look, POST to answer.
Out:   pages, and a subscriber who was heard of.
Never: a change on GET or HEAD; mail again for one who unsubscribed, or who asked for a pause.
"""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.clock import Clock
from digest.model import Subscriber, SubscriberState
from digest.store.engine import Store
from digest.tokens import Purpose, Tokens
from digest.web.pages import GONE, Pages, bearer, masked


def keep_pages(store: Store, tokens: Tokens, clock: Clock, pages: Pages) -> APIRouter:
    """`/k/{token}`: mail scanners look at every link, and are no reader: only posting counts as an answer."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/k/{token}", methods=["GET", "HEAD"])
    def look(token: str) -> HTMLResponse:
        return _page(pages, bearer(store, tokens.read(token, Purpose.KEEP)))

    @router.post("/k/{token}")
    def answer(token: str) -> HTMLResponse:
        subscriber = bearer(store, tokens.read(token, Purpose.KEEP))
        if subscriber and subscriber.state not in GONE:
            store.subscribers.heard(subscriber.id, clock.now())
            subscriber = store.subscribers.by_id(subscriber.id)
        return _page(pages, subscriber)

    return router


def _page(pages: Pages, subscriber: Subscriber | None) -> HTMLResponse:
    """How things stand, with the button where there is something to answer."""
    if subscriber is None:
        return pages.page("invalid", 404)
    address = masked(subscriber.address)
    if subscriber.state in GONE:
        return pages.page("unsubscribed", address=address)
    is_active = subscriber.state is SubscriberState.ACTIVE
    if subscriber.keep_by:
        return pages.page("keep", address=address, is_active=is_active, day=subscriber.keep_by)
    return pages.page("kept" if is_active else "resting", address=address, day=subscriber.paused_until)
