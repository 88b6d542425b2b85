"""Another address for the same subscription: asked for here, confirmed from the new mailbox.

In:    the link to the preferences, with the present address typed; the link of the letter that goes to the new one.
Out:   a request that the scheduler answers with that letter; then a subscriber with a new address.
Never: a change before the new mailbox has confirmed it; a word on whose address the new one is already.
"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from digest import inputs, model
from digest.errors import InputError
from digest.model import LetterKind, Subscriber
from digest.store.letters import GOOD_FOR
from digest.tokens import Purpose
from digest.web.context import Web, masked, network
from digest.web.forms import Fields, Form
from digest.web.personal import LinkError, Visit, visits
from digest.web.proof import Proof

MOVING = LetterKind.MOVE
LONGEST = 254  # characters of an address (RFC 5321 section 4.5.3.1.3)


def address_pages(web: Web, proof: Proof) -> APIRouter:
    """`/p/{token}/address`, and `/m/{token}`, the link of the letter to the new one."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web))

    @router.api_route("/p/{token}/address", methods=["GET", "HEAD"])
    def look(visit: Annotated[Visit, visiting]) -> HTMLResponse:
        return visit.page("address", problems={}, typed="", new="", is_gone=visit.is_gone)

    @router.post("/p/{token}/address")
    def ask(request: Request, visit: Annotated[Visit, visiting], fields: Form) -> HTMLResponse:
        new, problems = _read(visit, fields, proof)
        if visit.is_gone or problems:
            typed = {"typed": fields.one("address"), "new": fields.one("new")}
            return visit.page("address", 422, problems=problems, is_gone=visit.is_gone, **typed)
        number, origin = visit.subscriber.id, web.tokens.digest_of("network", network(request))
        asked = model.Request(kind=MOVING, address=new, asked_at=web.now, subscriber_id=number, network=origin)
        web.store.requests.put(asked)
        web.knock()
        return visit.page("address_asked", new=new)

    @router.api_route("/m/{token}", methods=["GET", "HEAD"])
    def see(request: Request, token: str) -> HTMLResponse:
        person, day = _letter(web, token)
        new = _awaited(web, person, day)
        if not new:
            return web.pages.page("move_late", web.speaking(request, person), 410)
        return web.pages.page("move", web.speaking(request, person), old=masked(person.address), new=masked(new))

    @router.post("/m/{token}")
    def move(request: Request, token: str) -> HTMLResponse:
        person, day = _letter(web, token)
        speaking = web.speaking(request, person)
        try:
            moved = web.store.requests.move(person.id, day, web.now)
        except InputError:  # somebody else's, or one that refuses our mail
            return web.pages.page("move_taken", speaking, 409, old=masked(person.address))
        if moved is None:
            return web.pages.page("move_late", speaking, 410)
        path = web.link(Purpose.PREFERENCES, moved)
        return web.pages.page("moved", speaking, address=masked(moved.address), path=path)

    return router


def _read(visit: Visit, fields: Fields, proof: Proof) -> tuple[str, dict[str, str]]:
    """The new address, and what is wrong, by field."""
    problems, new = {}, ""
    if problem := proof.problem(visit, fields.one("address")):
        problems["address"] = problem
    try:
        new = inputs.address(fields.one("new")[: LONGEST + 1])
    except InputError:
        problems["new"] = visit.speaking.gettext("No mail server would take this address. Please look at it again.")
    if new and new == visit.subscriber.address:
        problems["new"] = visit.speaking.gettext("That is the address you have.")
    return new, problems


def _letter(web: Web, token: str) -> tuple[Subscriber, date]:
    """Whom a letter's link was made for, and when. Raises LinkError for what we did not make."""
    claim = web.tokens.read(token, Purpose.MOVE)
    person = web.store.subscribers.by_id(claim[0]) if claim else None
    if claim is None or person is None or not 0 < claim[1] <= date.max.toordinal():
        raise LinkError
    return person, date.fromordinal(claim[1])


def _awaited(web: Web, person: Subscriber, day: date) -> str:
    """The address that the letter of that date went to, if it still waits for its answer; else `""`."""
    sent = web.store.deliveries.list(day=day, address=person.address)
    letter = next((each for each in sent if each.kind == MOVING), None)
    asked = web.store.requests.find(MOVING, person.id)
    if letter is None or asked is None or letter.address != asked.address:
        return ""
    return asked.address if letter.due_at and letter.due_at > web.now - GOOD_FOR else ""
