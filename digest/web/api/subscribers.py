"""`/subscribers`: who gets mail, and what they asked for.

In:    what `digest subscriber` takes.
Out:   subscribers, changed as that command changes them.
Never: one brought back who left, or whose address was refused, without the operator's word for it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from typing_extensions import TypedDict

from digest import records, subscription
from digest.errors import InputError
from digest.model import LetterKind, Request, Subscriber, SubscriberState
from digest.records import SubscriberRecord
from digest.web.api.fields import LARGEST, Body, Day, Limit, Line, SubscriberId, SubscriberWishes
from digest.web.api.problems import ROOT, conflict, missing, told
from digest.web.context import Web

BY = "by the operator's program"
AWAY = frozenset({SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED})


class SubscriberPage(TypedDict):
    """Subscribers by number; `next` is null on the last page."""

    subscribers: list[SubscriberRecord]
    next: int | None


class NewSubscriber(SubscriberWishes):
    """You vouch that they asked for it; or, with `confirm`, they say so themselves."""

    email: Line = Field(examples=["ada@example.org"])
    confirm: bool = Field(False, description="Mail them a link first; they are active once they have used it.")
    confirmed: bool = Field(False, description="Though the address is suppressed: it works again.")


class AskedSubscriber(TypedDict):
    """A link is mailed to this address, unless one was in the last 24 hours."""

    email: str


ASKED: dict[str, Any] = {"model": AskedSubscriber, "description": "They are asked"}


class PauseUntil(Body):
    """The local date on which mail starts again; null: when they are resumed."""

    until: Day | None = None


class Resumption(Body):
    """`confirmed`: you vouch that they asked for this mail, though they left or their address was refused."""

    confirmed: bool = False


def subscribers(web: Web) -> APIRouter:
    router = APIRouter(tags=["subscribers"], redirect_slashes=False)
    _all(router, web)
    _one(router, web)
    _moving(router, web)
    return router


def _all(router: APIRouter, web: Web) -> None:
    store = web.store

    @router.get("/subscribers")
    def list_subscribers(
        state: SubscriberState | None = None,
        email: Annotated[Line | None, Query(description="Only the one with this address.")] = None,
        after: Annotated[int, Query(ge=0, le=LARGEST, description="The `next` of the page before.")] = 0,
        limit: Limit = 100,
    ) -> SubscriberPage:
        """Show subscribers, by number."""
        if email is not None:
            one = store.subscribers.get(email)
            found = [one] if one and one.id > after and state in (None, one.state) else []
        else:
            found = store.subscribers.list(state, limit, after)
        more = found[-1].id if email is None and len(found) == limit else None
        return {"subscribers": [records.subscriber(each) for each in found], "next": more}

    responses = {**told(409), 202: ASKED}

    @router.post("/subscribers", status_code=201, response_model=SubscriberRecord, responses=responses)
    def add_subscriber(new: NewSubscriber, response: Response) -> SubscriberRecord | Response:
        """Add an active subscriber, you vouch that they asked for it; or mail them a link, by which they say so."""
        made = new.wishes().applied_to(web.usual.subscriber(new.email))
        if new.confirm:
            return _asked(web, made)
        if there := store.subscribers.get(made.address):
            raise conflict(f"{there.address} is there already, and {there.state.value}", f"it has the id {there.id}")
        if not new.confirmed and store.suppressions.contains(made.address):
            raise conflict(f"{made.address} is suppressed", "say confirmed if the address works again")
        try:
            added = store.subscribers.add(made, web.now)
        except InputError as error:  # somebody else was quicker
            raise conflict(f"{made.address} is there already") from error
        store.suppressions.remove(made.address)
        response.headers["Location"] = f"{web.site.base_url}{ROOT}/subscribers/{added.id}"
        return records.subscriber(added)


def _asked(web: Web, made: Subscriber) -> Response:
    """The same answer whoever has the address."""
    asked = Request(kind=LetterKind.CONFIRM, address=made.address, asked_at=web.now, wishes=made, text=BY)
    web.store.requests.put(asked)
    web.knock()
    return JSONResponse({"email": made.address}, 202)


def _one(router: APIRouter, web: Web) -> None:
    @router.get("/subscribers/{subscriber_id}", responses=told(404))
    def show_subscriber(subscriber_id: SubscriberId) -> SubscriberRecord:
        """Show one subscriber."""
        return records.subscriber(known(web, subscriber_id))

    @router.patch("/subscribers/{subscriber_id}", responses=told(404))
    def edit_subscriber(subscriber_id: SubscriberId, changes: SubscriberWishes) -> SubscriberRecord:
        """Change what is given and nothing else."""
        before = known(web, subscriber_id)
        after = changes.wishes().applied_to(before)
        if after != before:
            subscription.change(web.store, before, after, web.now)
        return records.subscriber(known(web, subscriber_id))

    @router.delete("/subscribers/{subscriber_id}", status_code=204, responses=told(404))
    def erase_subscriber(subscriber_id: SubscriberId) -> None:
        """Forget a subscriber and what they were sent; a suppression of the address stays."""
        known(web, subscriber_id)
        web.store.subscribers.erase(subscriber_id)


def _moving(router: APIRouter, web: Web) -> None:
    @router.post("/subscribers/{subscriber_id}/pause", responses=told(404, 409))
    def pause_subscriber(subscriber_id: SubscriberId, pause: PauseUntil | None = None) -> SubscriberRecord:
        """Send nothing until that date, or until they are resumed."""
        before = known(web, subscriber_id)
        if before.state not in (SubscriberState.ACTIVE, SubscriberState.PAUSED):
            raise conflict(f"{before.address} is {before.state.value}", "it gets no mail as it is")
        subscription.pause(web.store, before, pause.until if pause else None, BY, web.now)
        return records.subscriber(known(web, subscriber_id))

    @router.post("/subscribers/{subscriber_id}/resume", responses=told(404, 409))
    def resume_subscriber(subscriber_id: SubscriberId, resumption: Resumption | None = None) -> SubscriberRecord:
        """Send again."""
        before = known(web, subscriber_id)
        refused = before.state in AWAY or web.store.suppressions.contains(before.address)
        if refused and not (resumption and resumption.confirmed):
            what = "unsubscribed" if before.state is SubscriberState.UNSUBSCRIBED else "is suppressed"
            raise conflict(f"{before.address} {what}", "say confirmed if they asked to come back")
        subscription.resume(web.store, before, BY, web.now)
        return records.subscriber(known(web, subscriber_id))

    @router.post("/subscribers/{subscriber_id}/unsubscribe", responses=told(404))
    def unsubscribe_subscriber(subscriber_id: SubscriberId) -> SubscriberRecord:
        """Send nothing any more."""
        subscription.unsubscribe(web.store, known(web, subscriber_id), BY, web.now)
        return records.subscriber(known(web, subscriber_id))


def known(web: Web, subscriber_id: int) -> Subscriber:
    """The subscriber of that number. Raises ApiError."""
    if found := web.store.subscribers.by_id(subscriber_id):
        return found
    raise missing(f"there is no subscriber {subscriber_id}", f"{ROOT}/subscribers shows who there is")
