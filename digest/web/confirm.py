"""The end of a sign-up: the page behind the link of the letter that asks whether it was meant.

In:    a signed link; GET and HEAD to look, POST to confirm.
Out:   pages, and a subscriber who gets mail from now on.
Never: a change on GET or HEAD; anything that was typed into the form before its owner has seen and confirmed it.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from digest import model
from digest.due import days, due_by, next_due
from digest.language import Language
from digest.model import LetterKind, Subscriber, SubscriberState
from digest.store.letters import DAY, GOOD_FOR
from digest.tokens import Purpose
from digest.web.context import Web, masked
from digest.web.door import keyed_network
from digest.web.forms import Form


def confirm_pages(web: Web) -> APIRouter:
    """`/c/{token}`"""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/c/{token}", methods=["GET", "HEAD"])
    def look(request: Request, token: str) -> HTMLResponse:
        claim = _claim(web, token)
        return _question(web, request, *claim) if claim else _expired(web, request)

    @router.post("/c/{token}")
    def confirm(request: Request, token: str, fields: Form) -> HTMLResponse:
        claim = _claim(web, token)
        if claim is None:
            return _expired(web, request)
        subscriber_id, day = claim
        asked = web.store.requests.find(LetterKind.CONFIRM, subscriber_id)
        if asked and fields.one("seen") not in ("", _fingerprint(web, asked)):
            return _question(web, request, subscriber_id, day)  # somebody asked anew meanwhile, for something else
        subscriber = web.store.requests.confirm(subscriber_id, day, keyed_network(web, request), web.now)
        if subscriber is None:
            return _expired(web, request)
        web.knock()
        return _welcome(web, request, subscriber)

    return router


def _claim(web: Web, token: str) -> tuple[int, date] | None:
    """The subscriber's id and the date of the letter."""
    claim = web.tokens.read(token, Purpose.CONFIRM)
    try:
        return (claim[0], date.fromordinal(claim[1])) if claim else None
    except ValueError:
        return None


def _question(web: Web, request: Request, subscriber_id: int, day: date) -> HTMLResponse:
    """What they would get, and the button."""
    subscriber = web.store.subscribers.by_id(subscriber_id)
    if subscriber is None:
        return _expired(web, request)
    if subscriber.state in (SubscriberState.ACTIVE, SubscriberState.PAUSED):
        speaking = web.speaking(request, subscriber)
        return web.pages.page("confirmed_before", speaking, address=masked(subscriber.address))
    asked = web.store.requests.find(LetterKind.CONFIRM, subscriber_id)
    if asked is None or web.now > datetime.combine(day + DAY, time(), UTC) + GOOD_FOR:
        return _expired(web, request)
    wishes = asked.wishes or subscriber
    values = _in_words(wishes, speaking := web.speaking(request, wishes))
    address = masked(subscriber.address)
    return web.pages.page("confirm", speaking, address=address, seen=_fingerprint(web, asked), **values)


def _fingerprint(web: Web, asked: model.Request) -> str:
    return web.tokens.digest_of("asked", asked.asked_at.isoformat(), repr(asked.wishes))


def _welcome(web: Web, request: Request, subscriber: Subscriber) -> HTMLResponse:
    speaking = web.speaking(request, subscriber)
    first = first_digest(subscriber, web.now)
    local = first.astimezone(ZoneInfo(subscriber.zone)) if first else None
    return web.pages.page(
        "confirmed",
        speaking,
        address=masked(subscriber.address),
        first=local,
        preferences=web.link(Purpose.PREFERENCES, subscriber),
        **_in_words(subscriber, speaking),
    )


def first_digest(subscriber: Subscriber, now: datetime) -> datetime | None:
    """When it is due; None: at once, because their hour of today has passed."""
    due = subscriber.next_due_at
    if due is None:
        day, _ = due_by(subscriber.at, subscriber.zone, subscriber.cadence, None, now)
        if day == now.astimezone(ZoneInfo(subscriber.zone)).date():
            return None
        due = next_due(subscriber.at, subscriber.zone, subscriber.cadence, now)[1]
    return due if due > now else None


def _expired(web: Web, request: Request) -> HTMLResponse:
    return web.pages.page("expired", web.speaking(request), 404, hours=GOOD_FOR // timedelta(hours=1))


def _in_words(subscriber: Subscriber, speaking: Language) -> dict[str, Any]:
    """What they will get, for the page."""
    wanted = [topic.value for topic in subscriber.topics if not topic.muted]
    muted = [topic.value for topic in subscriber.topics if topic.muted]
    names = [speaking.weekday(number) for number in sorted(days(subscriber.cadence))]
    city = _city(subscriber.zone, speaking)
    return {"topics": wanted, "muted": muted, "days": names, "at": subscriber.at, "city": city}


def _city(zone: str, speaking: Language) -> str:
    return speaking.place(zone) if "/" in zone else zone
