"""The way out: the page behind the unsubscribe link, what it does, and for a day the way back.

In:    a signed link; GET and HEAD to look, POST to leave (RFC 8058), to take that back, or to say why.
Out:   pages, and a subscriber who is unsubscribed, or is again what they were.
Never: a change on GET or HEAD, a cookie, a whole address; on the way out, a redirect or a body read.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse

from digest.errors import InputError
from digest.language import Language
from digest.model import SubscriberState
from digest.store.history import Event
from digest.subscription import pause, unsubscribe
from digest.tokens import Purpose
from digest.web.context import Web
from digest.web.forms import Form
from digest.web.personal import Visit, visits

UNDO = timedelta(hours=24)
BY_LINK = "followed the unsubscribe link"
TOLD = "reason"  # the kind of the event
STATES = frozenset(SubscriberState)
LEFT = SubscriberState.UNSUBSCRIBED
COMES_BACK = frozenset({SubscriberState.ACTIVE, SubscriberState.PAUSED})


def unsubscribe_pages(web: Web) -> APIRouter:
    """`/u/{token}`: looking changes nothing, because mail scanners look at every link; posting takes effect at once."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web, Purpose.UNSUBSCRIBE))

    @router.api_route("/u/{token}", methods=["GET", "HEAD"])
    def look(visit: Annotated[Visit, visiting]) -> HTMLResponse:
        return _left(visit) if visit.is_gone else visit.page("unsubscribe")

    @router.post("/u/{token}")
    def leave(visit: Annotated[Visit, visiting]) -> HTMLResponse:
        if not visit.is_gone:
            unsubscribe(web.store, visit.subscriber, BY_LINK, web.now)
        return _left(visit)

    @router.api_route("/u/{token}/undo", methods=["GET", "HEAD"])
    @router.api_route("/u/{token}/reason", methods=["GET", "HEAD"])
    def look_again(visit: Annotated[Visit, visiting]) -> RedirectResponse:
        return RedirectResponse(visit.path, 303)

    @router.post("/u/{token}/undo")
    def undo(visit: Annotated[Visit, visiting]) -> HTMLResponse:
        return visit.page("back") if not visit.is_gone or _taken_back(visit) else _left(visit, 409)

    @router.post("/u/{token}/reason")
    def say_why(visit: Annotated[Visit, visiting], fields: Form) -> HTMLResponse:
        person, reason = visit.subscriber, fields.one("reason")
        asked = person.state is LEFT and not _has_told(web.store.history.events(person.id))
        if asked and reason in reasons(visit.speaking):
            web.store.subscribers.note(person.id, TOLD, reason, web.now)
        return _left(visit)

    return router


def reasons(speaking: Language) -> dict[str, str]:
    """Why people leave: what is stored, and how it is put to them."""
    return {
        "too-often": speaking.gettext("It came too often"),
        "off-topic": speaking.gettext("The papers were not for me"),
        "too-long": speaking.gettext("The mails were too long"),
        "no-time": speaking.gettext("I have no time to read it"),
        "not-asked": speaking.gettext("I did not ask for it"),
        "other": speaking.gettext("Something else"),
    }


def _left(visit: Visit, status: int = 200) -> HTMLResponse:
    """“You are unsubscribed”, with the way back while there is one, and the question why until it is answered."""
    events = visit.web.store.history.events(visit.subscriber.id)
    return visit.page(
        "left",
        status,
        can_undo=_can_undo(events, visit.web.now),
        has_told=_has_told(events),
        reasons=reasons(visit.speaking) if visit.subscriber.state is not SubscriberState.SUPPRESSED else {},
        signup=visit.web.options.signup,
    )


def _taken_back(visit: Visit) -> bool:
    """As they were: who was paused is paused again."""
    web, person, now = visit.web, visit.subscriber, visit.web.now
    events = web.store.history.events(person.id)
    if not (_can_undo(events, now) and web.store.subscribers.undo(person.id, now - UNDO, now)):
        return False
    if _before(events) == SubscriberState.PAUSED and not person.keep_by:
        with suppress(InputError):  # that pause would be over by now
            pause(web.store, replace(person, state=SubscriberState.ACTIVE), person.paused_until, "took it back", now)
    return True


def _can_undo(events: Sequence[Event], now: datetime) -> bool:
    """Whether the last thing that was done to them is that they left by this link, from among those who get mail."""
    last = next((event for event in reversed(events) if event.kind in STATES), None)
    left = last is not None and (last.kind, last.reason) == (LEFT, BY_LINK) and last.at > now - UNDO
    return left and _before(events) in COMES_BACK


def _before(events: Sequence[Event]) -> str:
    """Their state before the last one."""
    states = [event.kind for event in events if event.kind in STATES]
    return states[-2] if len(states) > 1 else SubscriberState.ACTIVE  # what is older than a year is forgotten


def _has_told(events: Sequence[Event]) -> bool:
    """Whether they said why, since they left last."""
    since = takewhile(lambda event: event.kind != LEFT, reversed(events))
    return any(event.kind == TOLD for event in since)
