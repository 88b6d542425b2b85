"""A pause of one's own making: how long, and its end.

In:    the link to the preferences; POST with a length, a date, or the wish to go on.
Out:   a subscriber who is paused until a date or until they say so, or who gets mail again.
Never: mail again for one who left; an address off the suppression list.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from digest.language import Language
from digest.model import SubscriberState
from digest.subscription import pause, wake
from digest.web.context import Web
from digest.web.forms import Fields, Form
from digest.web.personal import Visit, visits

WEEKS = (1, 2, 4)
OPEN = "open"  # until they say so
LONGEST = timedelta(days=366)
BY_LINK = "asked for it by their own link"
PAUSES = frozenset({SubscriberState.ACTIVE, SubscriberState.PAUSED})


@dataclass(frozen=True, slots=True)
class Asked:
    """Until when, None for no end; `problem` says why it cannot be."""

    until: date | None = None
    problem: str = ""


def pausing_pages(web: Web) -> APIRouter:
    """`/p/{token}/pause`."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web))

    @router.api_route("/p/{token}/pause", methods=["GET", "HEAD"])
    def look(visit: Annotated[Visit, visiting]) -> Response:
        return _page(visit)

    @router.post("/p/{token}/pause")
    def set_it(visit: Annotated[Visit, visiting], fields: Form) -> Response:
        if visit.subscriber.state not in PAUSES:
            return visit.back("")
        return _resumed(visit) if "resume" in fields else _paused(visit, fields)

    return router


def _resumed(visit: Visit) -> Response:
    if visit.subscriber.state is SubscriberState.PAUSED:
        wake(visit.web.store, visit.subscriber, BY_LINK, visit.web.now)
    return visit.back("resumed")


def _paused(visit: Visit, fields: Fields) -> Response:
    asked = _asked(fields, _today(visit), visit.speaking)
    if asked.problem:
        return _page(visit, 422, asked.problem, fields)
    pause(visit.web.store, visit.subscriber, asked.until, BY_LINK, visit.web.now)
    return visit.back("paused")


def _asked(fields: Fields, today: date, speaking: Language) -> Asked:
    """Which of the lengths they chose, or which date they typed."""
    chosen, typed = fields.one("weeks"), fields.one("until")
    if chosen and typed:
        return Asked(problem=speaking.gettext("You chose a length and typed a date as well. Keep one of them."))
    if chosen in map(str, WEEKS):
        return Asked(today + timedelta(weeks=int(chosen)))
    if chosen == OPEN:
        return Asked()
    try:
        until = date.fromisoformat(typed)
    except ValueError:
        return Asked(problem=speaking.gettext("Choose how long, or type the date on which mail starts again."))
    if not today < until <= today + LONGEST:
        return Asked(problem=speaking.gettext("Type a date from tomorrow on, a year ahead at the most."))
    return Asked(until)


def _page(visit: Visit, status: int = 200, problem: str = "", fields: Fields | None = None) -> HTMLResponse:
    """With what was chosen and typed, where that cannot be."""
    today = _today(visit)
    return visit.page(
        "pause",
        status,
        weeks={number: today + timedelta(weeks=number) for number in WEEKS},
        first=today + timedelta(days=1),
        last=today + LONGEST,
        problem=problem,
        chosen=fields.one("weeks") if fields else "",
        typed=fields.one("until") if fields else "",
        is_paused=visit.subscriber.state is SubscriberState.PAUSED,
        until=visit.subscriber.paused_until,
        is_gone=visit.subscriber.state not in PAUSES,
    )


def _today(visit: Visit) -> date:
    """Where they live."""
    return visit.web.now.astimezone(ZoneInfo(visit.subscriber.zone)).date()
