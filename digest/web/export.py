"""All that is stored about a subscriber, in one file.

In:    the link to the preferences, with the address typed.
Out:   JSON, in the keys of `--json` and the API.
Never: what is stored about somebody else; a file for who has nothing but a forwarded link.
"""

import json
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from digest import records
from digest.model import Consent, Feedback, Paper, Request, Subscriber
from digest.store.engine import Store
from digest.store.history import Event
from digest.web.context import Web
from digest.web.forms import Form
from digest.web.personal import Visit, visits
from digest.web.proof import Proof

Record = dict[str, object]
ALL = 10**9


def export_pages(web: Web, proof: Proof) -> APIRouter:
    """`/p/{token}/export`."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web))

    @router.api_route("/p/{token}/export", methods=["GET", "HEAD"])
    def look(visit: Annotated[Visit, visiting]) -> HTMLResponse:
        return visit.page("export", problem="", typed="")

    @router.post("/p/{token}/export")
    def hand_over(visit: Annotated[Visit, visiting], fields: Form) -> Response:
        if problem := proof.problem(visit, typed := fields.one("address")):
            return visit.page("export", 422, problem=problem, typed=typed)
        text = json.dumps(everything(web.store, visit.subscriber, web.now), ensure_ascii=False, indent=1, default=_said)
        name = f"digest-{web.now:%Y-%m-%d}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text.encode("utf-8", "replace"), headers=headers, media_type="application/json")

    return router


def everything(store: Store, one: Subscriber, now: datetime) -> Record:
    """What the database holds that names them or is theirs; their links are not in it."""
    listed = store.history.suppression(one.address)
    return {
        "exported_at": now,
        "subscriber": records.subscriber(one),
        "feedback": [_feedback(each) for each in store.feedback.of([one.id]).get(one.id, ())],
        "consents": [_consent(each) for each in store.requests.consents(one.id)],
        "requests": [_request(each) for each in store.requests.of(one.id)],
        "events": [_event(each) for each in store.history.events(one.id)],
        "suppression": records.suppression(listed) if listed else None,
        "deliveries": _deliveries(store, one),
    }


def _deliveries(store: Store, one: Subscriber) -> list[Record]:
    rows = store.deliveries.list(address=one.address, limit=ALL)
    ids = [row.id for row in rows]
    papers, attempts = store.history.papers(ids), store.history.attempts(ids)
    return [
        {
            **records.delivery(row),
            "sent_papers": [_paper(each) for each in papers.get(row.id, ())],
            "dials": [records.attempt(each) for each in attempts.get(row.id, ())],
        }
        for row in rows
    ]


def _paper(one: Paper) -> Record:
    return {"id": one.id, "title": one.title}


def _feedback(one: Feedback) -> Record:
    return {**_paper(one.paper), "verdict": one.verdict.value, "at": one.at}


def _consent(one: Consent) -> Record:
    return {
        "asked_at": one.asked_at,
        "confirmed_at": one.confirmed_at,
        "text": one.text,
        "asked_from": one.asked_from,
        "confirmed_from": one.confirmed_from,
    }


def _request(one: Request) -> Record:
    return {
        "kind": one.kind.value,
        "email": one.address,
        "asked_at": one.asked_at,
        "mailed_at": one.mailed_at,
        "text": one.text,
        "asked_from": one.network,
        "wishes": records.subscriber(one.wishes) if one.wishes else None,
    }


def _event(one: Event) -> Record:
    return {"at": one.at, "kind": one.kind, "reason": one.reason}


def _said(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value))
