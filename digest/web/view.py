"""One's own digests on the web: what the mail held, whole.

In:    a signed link, a date.
Out:   pages with all papers and their whole abstracts, as they were frozen.
Never: a change; the address, or a link that does something: people show others what they read.
"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from digest.mail.order import ordered
from digest.model import Delivery, Subscriber
from digest.tokens import Purpose
from digest.web.cards import WHOLE, cards
from digest.web.context import Web
from digest.web.freshness import fresh
from digest.web.personal import Visit, visits

MOST = 60  # digests in the list
KIND = "digest"
YEAR = 400  # rows: most days of one with rare topics have no papers, and letters have rows, too


def view_pages(web: Web) -> APIRouter:
    """`/v/{token}`, the list, and `/v/{token}/2026-05-28`."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web, Purpose.VIEW))

    @router.api_route("/v/{token}", methods=["GET", "HEAD"])
    def overview(visit: Annotated[Visit, visiting]) -> Response:
        days = [one.local_date for one in digests(web, visit.subscriber, MOST)]
        return visit.page("views", days=days)

    @router.api_route("/v/{token}/{day}", methods=["GET", "HEAD"])
    def look(request: Request, visit: Annotated[Visit, visiting], day: date) -> Response:
        delivery = web.store.deliveries.find(visit.subscriber.address, day)
        if delivery is None or not is_digest(delivery):
            raise HTTPException(404)
        digest = web.store.deliveries.digest(delivery.id)
        shown = cards(ordered(digest.picks), visit.speaking, abstract=WHOLE)
        return fresh(request, visit.page("view", digest=digest, cards=shown))

    return router


def digests(web: Web, subscriber: Subscriber, count: int) -> list[Delivery]:
    """The newest of theirs that have papers."""
    found = web.store.deliveries.list(address=subscriber.address, limit=YEAR)
    return [one for one in found if is_digest(one)][:count]


def is_digest(delivery: Delivery) -> bool:
    """Whether it carries papers: days without any have a row too, and so have letters."""
    return delivery.kind == KIND and delivery.papers > 0
