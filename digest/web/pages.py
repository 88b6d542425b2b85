"""The way out: the page behind the unsubscribe link, and what it does.

In:    a signed link; GET and HEAD to look, POST to leave (RFC 8058).
Out:   pages, and a subscriber who is unsubscribed.
Never: a change on GET or HEAD, a cookie, a redirect, a whole address, a body read.
"""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.clock import Clock
from digest.model import Site, Subscriber, SubscriberState
from digest.store.engine import Store
from digest.templating import Templates
from digest.tokens import Purpose, Tokens

GONE = frozenset({SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED})


class Pages:
    """Fills in the templates below `web/`, all with the same site and style sheet."""

    def __init__(self, templates: Templates, site: Site, style: str) -> None:
        self._templates = templates
        self._site = site
        self._style = style

    def page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """`web/<name>.html` as an answer."""
        text = self._templates.render(
            f"web/{name}.html",
            site=self._site,
            style=self._style,
            contact=self._site.reply_to or self._site.sender_address,
            **values,
        )
        return HTMLResponse(text, status)


def unsubscribe_pages(store: Store, tokens: Tokens, clock: Clock, pages: Pages) -> APIRouter:
    """`/u/{token}`: looking changes nothing, because mail scanners look at every link; posting takes effect at once."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/u/{token}", methods=["GET", "HEAD"])
    def look(token: str) -> HTMLResponse:
        subscriber = bearer(store, tokens.read(token, Purpose.UNSUBSCRIBE))
        if subscriber is None:
            return pages.page("invalid", 404)
        name = "unsubscribed" if subscriber.state in GONE else "unsubscribe"
        return pages.page(name, address=masked(subscriber.address))

    @router.post("/u/{token}")
    def leave(token: str) -> HTMLResponse:
        subscriber = bearer(store, tokens.read(token, Purpose.UNSUBSCRIBE))
        if subscriber is None:
            return pages.page("invalid", 404)
        if subscriber.state not in GONE:
            store.subscribers.set_state(
                subscriber.id, SubscriberState.UNSUBSCRIBED, "followed the unsubscribe link", clock.now()
            )
        return pages.page("unsubscribed", address=masked(subscriber.address))

    return router


def bearer(store: Store, claim: tuple[int, int] | None) -> Subscriber | None:
    """Whom a link was made for, unless it was revoked since."""
    subscriber = store.subscribers.by_id(claim[0]) if claim else None
    return subscriber if subscriber and claim and subscriber.token_version == claim[1] else None


def masked(address: str) -> str:
    """Enough of an address for its owner to know it: `a•••@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
