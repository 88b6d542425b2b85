"""What a subscriber wants, shown and changed by themselves.

In:    their link; GET and HEAD to look, POST with the fields of `web/wishes.html` to change or to preview.
Out:   the page with how things stand, and a subscription that is as they want it.
Never: a change on GET or HEAD, mail again for one who left, an account.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from digest.due import next_due
from digest.language import Language
from digest.model import Digest, Subscriber
from digest.subscription import change
from digest.tokens import Purpose
from digest.web import wishes_form
from digest.web.cards import cards
from digest.web.choices import choices
from digest.web.context import Web
from digest.web.forms import Form
from digest.web.personal import LinkError, Visit, visits
from digest.wishes import Wishes

Record = dict[str, object]
SHOWN, BRIEF = 5, 220  # papers of a preview, and characters of their abstracts


def preferences_pages(web: Web) -> APIRouter:
    """`/p/{token}`."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web))

    @router.api_route("/p/{token}", methods=["GET", "HEAD"])
    def look(request: Request, visit: Annotated[Visit, visiting]) -> HTMLResponse:
        done = _done(visit.speaking).get(request.query_params.get("done", ""), "")
        return _page(visit, done=done)

    @router.post("/p/{token}")
    def save(visit: Annotated[Visit, visiting], fields: Form) -> Response:
        if visit.is_gone:
            return _page(visit, 409)
        wishes, problems = wishes_form.read(fields, visit.speaking)
        form = wishes_form.typed(fields, wishes_form.shown(visit.subscriber))
        if problems:
            return _page(visit, 422, form=form, problems=problems)
        if fields.one("do") == "preview":
            return _page(visit, form=form, preview=_preview(visit, wishes.applied_to(visit.subscriber)))
        return _saved(visit, wishes)

    return router


def _saved(visit: Visit, wishes: Wishes) -> Response:
    web, now = visit.web, visit.web.now
    web.store.subscribers.heard(visit.subscriber.id, now)  # who chooses is there to read: it ends a pause for silence
    before = web.store.subscribers.by_id(visit.subscriber.id)
    if before is None:
        raise LinkError
    change(web.store, before, wishes.applied_to(before), now)
    return visit.back("saved")


def _page(
    visit: Visit,
    status: int = 200,
    *,
    done: str = "",
    form: wishes_form.Form | None = None,
    problems: Mapping[str, str] | None = None,
    preview: Record | None = None,
) -> HTMLResponse:
    subscriber, speaking = visit.subscriber, visit.speaking
    return visit.page(
        "preferences",
        status,
        done=done,
        state=subscriber.state.value,
        until=subscriber.paused_until,
        next=_next(subscriber, visit.web.now),
        place=speaking.place(subscriber.zone),
        form=form or wishes_form.shown(subscriber),
        problems=problems or {},
        choices=choices(speaking),
        preview=preview,
        feed=visit.web.link(Purpose.FEED, subscriber),
        leave=visit.web.link(Purpose.UNSUBSCRIBE, subscriber),
        signup=visit.web.options.signup,
    )


def _preview(visit: Visit, wanted: Subscriber) -> Record:
    """What the newest edition would bring them, as `web/preview.html` shows it."""
    cut = visit.web.showcase.cut(wanted)
    picks = cut.picks if isinstance(cut, Digest) else ()
    return {
        "cards": cards(picks[:SHOWN], visit.speaking, abstract=BRIEF),
        "more": len(picks[SHOWN:]),
        "day": visit.web.showcase.newest(),
        "chosen": bool(wanted.topics),
    }


def _next(subscriber: Subscriber, now: datetime) -> datetime:
    """When the next digest is due, by their own clock."""
    due = subscriber.next_due_at
    if due is None or due <= now:  # the tick that sets it, or that mails today's, comes within the minute
        due = next_due(subscriber.at, subscriber.zone, subscriber.cadence, now)[1]
    return due.astimezone(ZoneInfo(subscriber.zone))


def _done(speaking: Language) -> dict[str, str]:
    """What was done just now, as the page says it."""
    return {
        "saved": speaking.gettext("Saved. The next digest follows these wishes."),
        "paused": speaking.gettext("The pause has begun."),
        "resumed": speaking.gettext("The pause is over."),
    }
