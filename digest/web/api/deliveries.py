"""`/deliveries`: the ledger.

In:    filters, a delivery's number.
Out:   rows and the server's answers; a row put back into the queue.
Never: mail; a state that did not happen.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from digest import records
from digest.model import Delivery, DeliveryState
from digest.records import AttemptRecord, DeliveryRecord
from digest.web.api.fields import LARGEST_LONG, Day, DeliveryId, Limit, Line
from digest.web.api.problems import ROOT, conflict, missing, told
from digest.web.context import Web


class DeliveryPage(TypedDict):
    """Deliveries, newest first; `next` is null on the last page."""

    deliveries: list[DeliveryRecord]
    next: int | None


class DeliveryWithTries(DeliveryRecord):
    """A delivery and every answer the server gave, oldest first."""

    tries: list[AttemptRecord]


def deliveries(web: Web) -> APIRouter:
    router = APIRouter(tags=["deliveries"], redirect_slashes=False)
    ledger = web.store.deliveries

    @router.get("/deliveries", responses=told(404))
    def list_deliveries(
        state: DeliveryState | None = None,
        date: Annotated[Day | None, Query(description="Only those of that local date.")] = None,
        email: Annotated[Line | None, Query(description="Only those to the subscriber with this address.")] = None,
        after: Annotated[int | None, Query(ge=1, le=LARGEST_LONG, description="The `next` of the page before.")] = None,
        limit: Limit = 50,
    ) -> DeliveryPage:
        """Show the newest rows."""
        before = _known(web, after) if after is not None else None
        found = ledger.list(state, date, email, limit, before)
        more = found[-1].id if len(found) == limit else None
        return {"deliveries": [records.delivery(each) for each in found], "next": more}

    @router.get("/deliveries/{delivery_id}", responses=told(404))
    def show_delivery(delivery_id: DeliveryId) -> DeliveryWithTries:
        """Show one row and every answer the server gave."""
        found = _known(web, delivery_id)
        return {**records.delivery(found), "tries": [records.attempt(each) for each in ledger.attempts(delivery_id)]}

    @router.post("/deliveries/{delivery_id}/retry", responses=told(404, 409))
    def retry_delivery(delivery_id: DeliveryId) -> DeliveryRecord:
        """Queue again what failed, was missed, poisoned, deferred or held."""
        found = _known(web, delivery_id)
        if not ledger.retry(delivery_id, web.now):
            raise conflict(f"delivery {delivery_id} is {found.state.value}", "there is nothing to retry")
        return records.delivery(_known(web, delivery_id))

    return router


def _known(web: Web, delivery_id: int) -> Delivery:
    if found := web.store.deliveries.get(delivery_id):
        return found
    raise missing(f"there is no delivery {delivery_id}", f"{ROOT}/deliveries shows them")
