"""The archive: every edition as the table of contents of its day, and the list of all.

In:    dates; how far down the page begins.
Out:   public pages; those of days gone by may be kept for a day.
Never: an edition before its cut-off; a change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from digest.language import Language
from digest.model import Ranked
from digest.store.editions import EditionSummary
from digest.web.cards import Card, as_picks, cards
from digest.web.context import Web
from digest.web.freshness import DAY, SOON, fresh
from digest.wording import how_it_rises

PAGE = 50  # papers
LAST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Riser:
    """A phrase that rose, where a search for it is, and by how much."""

    phrase: str
    path: str
    said: str


def archive_pages(web: Web) -> APIRouter:
    """`/archive` by months, and `/2026-05-28`. Registered last: its second address has the shape of any word."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/archive", methods=["GET", "HEAD"])
    def look_back(request: Request, month: str = "") -> Response:
        months = web.store.editions.months(web.now)
        shown = _month(month) if month else months[0][0] if months else None
        if month and shown not in dict(months):
            raise HTTPException(404)
        return _archive(web, request, shown, months)

    @router.api_route("/{day}", methods=["GET", "HEAD"])
    def leaf(request: Request, day: str, page: str = "1") -> Response:
        when, number = _day(day), page_number(page)
        summary = web.store.editions.summary(when) if when else None
        if summary is None or summary.cutoff_at > web.now or (number - 1) * PAGE >= max(summary.entries, 1):
            raise HTTPException(404)
        return _edition(web, request, summary, number)

    return router


def page_number(text: str) -> int:
    """Raises HTTPException for what is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 0 < int(text) <= LAST_PAGE):
        raise HTTPException(404)
    return int(text)


def _archive(web: Web, request: Request, month: date | None, months: list[tuple[date, int]]) -> Response:
    summaries = web.store.editions.between(month, _last_of(month), web.now) if month else []
    speaking = web.speaking(request)
    leads = web.store.editions.leads([each.date for each in summaries])
    values = {
        "month": month,
        "months": months,
        "editions": list(zip(summaries, _leading(leads, summaries, speaking), strict=True)),
        "path": f"/archive?{urlencode({'month': f'{month:%Y-%m}'})}" if month else "/archive",
    }
    answer = web.pages.public("archive", speaking, SOON, **values)
    return fresh(request, answer)


def _leading(
    leads: Mapping[date, Ranked], summaries: Sequence[EditionSummary], speaking: Language
) -> Iterator[Card | None]:
    """The card of the paper that leads each edition; None for an empty one."""
    for each in summaries:
        first = leads.get(each.date)
        yield cards(as_picks([first]), speaking, abstract=0)[0] if first else None


def _edition(web: Web, request: Request, summary: EditionSummary, number: int) -> Response:
    before, after = web.store.editions.neighbours(summary.date, web.now)
    entries = web.store.editions.entries(summary.date, (number - 1) * PAGE, PAGE)
    speaking = web.speaking(request)
    values = {
        "edition": summary,
        "rising": _rising(web, summary.date, speaking) if number == 1 else (),
        "cards": cards(as_picks(entries), speaking, ranks=True),
        "before": before,
        "after": after,
        "page": number,
        "pages": -(-summary.entries // PAGE),
        "path": f"/{summary.date}" + (f"?page={number}" if number > 1 else ""),
    }
    answer = web.pages.public("edition", speaking, DAY if after else SOON, **values)
    return fresh(request, answer, _changed(web, summary, after))


def _rising(web: Web, day: date, speaking: Language) -> list[Riser]:
    found = web.store.editions.rising(day)
    return [Riser(one.phrase, f"/search?{urlencode({'q': one.phrase})}", how_it_rises(one, speaking)) for one in found]


def _changed(web: Web, summary: EditionSummary, after: date | None) -> datetime:
    """Its page last changed when the next edition came, to which it leads."""
    following = web.store.editions.summary(after) if after else None
    return following.cutoff_at if following else summary.cutoff_at


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if str(day) == text else None  # one address for a day


def _month(text: str) -> date | None:
    return _day(f"{text}-01")


def _last_of(month: date) -> date:
    following = (month + timedelta(days=31)).replace(day=1)
    return following - timedelta(days=1)
