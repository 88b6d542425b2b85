"""`/suppressions`: the addresses that must not be mailed.

In:    addresses, a reason.
Out:   the list; an address put on it or taken off it.
Never: an address brought back: taken off the list, its subscriber still waits to be resumed.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from typing_extensions import TypedDict

from digest import inputs, records, subscription
from digest.records import SuppressionRecord
from digest.web.api.fields import LARGEST, Body, Limit, Line
from digest.web.api.problems import ROOT, conflict, missing, told
from digest.web.api.subscribers import BY
from digest.web.context import Web


class SuppressionPage(TypedDict):
    """Suppressions, oldest first; `next` is null on the last page."""

    suppressions: list[SuppressionRecord]
    next: int | None


class NewSuppression(Body):
    """An address, of a subscriber or not, and why it must not be mailed."""

    email: Line = Field(examples=["ada@example.org"])
    reason: Line = Field("", description="For whoever asks later.")


def suppressions(web: Web) -> APIRouter:
    router = APIRouter(tags=["suppressions"], redirect_slashes=False)
    store = web.store

    @router.get("/suppressions")
    def list_suppressions(
        after: Annotated[int, Query(ge=0, le=LARGEST, description="The `next` of the page before.")] = 0,
        limit: Limit = 100,
    ) -> SuppressionPage:
        """Show who bounced for good, complained, or was put there; `email` is empty where its owner was erased."""
        found = store.suppressions.list(limit, after)
        more = after + limit if len(found) == limit else None
        return {"suppressions": [records.suppression(each) for each in found], "next": more}

    @router.post("/suppressions", status_code=204, responses=told(409))
    def add_suppression(new: NewSuppression) -> None:
        """Send nothing to an address any more, what is queued included."""
        wanted = inputs.address(new.email)
        if not subscription.suppress(store, wanted, new.reason.strip() or BY, web.now):
            raise conflict(f"{wanted} is on the list already", "the first reason stays")

    @router.delete("/suppressions/{email:path}", status_code=204, responses=told(404))
    def remove_suppression(email: Annotated[Line, Path()]) -> None:
        """Take an address off the list, also that of one who was erased; its subscriber stays as it is."""
        if not store.suppressions.remove(email):
            raise missing("this address is not on the list", f"{ROOT}/suppressions shows who is")

    return router
