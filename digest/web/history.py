"""What a subscriber was sent, day by day.

In:    the link to the preferences; `?before=DATE` to read on.
Out:   their digests with the papers and what they said of them, and why there was none on other days.
Never: what a server said, a change.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from digest.language import Language
from digest.model import Cause, DeliveryState, Paper, Verdict
from digest.store.history import Day
from digest.text import plain
from digest.tokens import Purpose
from digest.web.cards import paper_path
from digest.web.context import Web
from digest.web.personal import Visit, visits

PAGE = 14  # days
ON_ITS_WAY = frozenset(
    {DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.TRANSMITTING, DeliveryState.DEFERRED}
)


@dataclass(frozen=True, slots=True)
class Line:
    """A paper of a day; `verdict` is `more`, `less` or `""`."""

    title: str
    path: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A day. `said` is one sentence, `""` where the papers say it all."""

    day: date
    said: str
    papers: tuple[Line, ...]


def history_pages(web: Web) -> APIRouter:
    """`/p/{token}/history`."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web))

    @router.api_route("/p/{token}/history", methods=["GET", "HEAD"])
    def look(request: Request, visit: Annotated[Visit, visiting]) -> HTMLResponse:
        days = web.store.history.days(visit.subscriber.id, PAGE + 1, _before(request))
        said = _said_of(visit)
        return visit.page(
            "history",
            entries=[_entry(day, said, visit.speaking) for day in days[:PAGE]],
            older=days[PAGE - 1].date if len(days) > PAGE else None,
            is_first="before" not in request.query_params,
            view=web.link(Purpose.VIEW, visit.subscriber),
        )

    return router


def _before(request: Request) -> date | None:
    try:
        return date.fromisoformat(request.query_params.get("before", ""))
    except ValueError:
        return None


def _said_of(visit: Visit) -> dict[str, Verdict]:
    number = visit.subscriber.id
    return {each.paper.id: each.verdict for each in visit.web.store.feedback.of([number]).get(number, ())}


def _entry(day: Day, verdicts: dict[str, Verdict], speaking: Language) -> Entry:
    lines = tuple(_line(paper, verdicts) for paper in day.papers)
    return Entry(day.date, _how_it_went(day, speaking) if lines else why_none(day.cause, speaking), lines)


def _line(paper: Paper, verdicts: dict[str, Verdict]) -> Line:
    said = verdicts.get(paper.id)
    return Line(plain(paper.title), paper_path(paper.id), said.value if said else "")


def _how_it_went(day: Day, speaking: Language) -> str:
    """Of a day with papers; `""` for the ordinary one."""
    if day.state is DeliveryState.SENT:
        return ""
    if day.state in ON_ITS_WAY:
        return speaking.gettext("On its way.")
    if day.state is DeliveryState.MISSED:
        return speaking.gettext("Not sent: it would have come too late to be of use.")
    if day.state is DeliveryState.UNCERTAIN:
        return speaking.gettext("Handed over, and your mail server never said whether it took it.")
    return speaking.gettext("Not sent: it could not be delivered.")


def why_none(cause: Cause, speaking: Language) -> str:
    """Why a day has no papers, as a sentence."""
    said = {
        Cause.WEEKEND: speaking.gettext("No mail: nothing is announced on that day of the week."),
        Cause.HOLIDAY: speaking.gettext("No mail: no source had anything new."),
        Cause.SOURCE_DOWN: speaking.gettext("No mail: a source did not answer."),
        Cause.NOTHING_NEW: speaking.gettext("No mail: you had seen all there was."),
        Cause.BELOW_THRESHOLD: speaking.gettext("No mail: nothing was close enough to what you follow."),
        Cause.MUTED: speaking.gettext("No mail: all there was is muted."),
        Cause.PAUSED: speaking.gettext("No mail: you had paused it."),
        Cause.SUPPRESSED: speaking.gettext("No mail: your mailbox had refused ours."),
        Cause.LATE: speaking.gettext("No mail: it would have come too late to be of use."),
        Cause.NOT_RUNNING: speaking.gettext("No mail: nothing ran here at your hour."),
        Cause.RESTORED: speaking.gettext("No mail: this site was restored from a backup."),
    }
    return said.get(cause, speaking.gettext("No mail."))
