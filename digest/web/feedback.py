"""“More like this”, “Less like this”: the pages behind the two links that each paper of a digest has.

In:    a signed link with a verdict and a paper; GET and HEAD to look, POST to say it, to take it back, or to mute.
Out:   pages that say what will happen; a verdict that the next digests go by; a subscriber who was heard of.
Never: a change on GET or HEAD; a mute that has nothing to do with the paper; a way to the other pages of one's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from digest.model import Paper, Topic, Verdict
from digest.subscription import change
from digest.text import plain
from digest.tokens import Purpose
from digest.web.context import Web
from digest.web.forms import Fields, Form
from digest.web.muting import Mute, mutes
from digest.web.personal import Visit, visits
from digest.wishes import with_topics, without_topics

LONGEST_ID = 300
NAMED = 3  # authors
FOLLOW = "follow"  # what a mute that is taken back was before


@dataclass(frozen=True, slots=True)
class Rated:
    """A paper, and who judges it."""

    visit: Visit
    paper: Paper

    def asking(self, verdict: Verdict) -> HTMLResponse:
        """What they can say of it, or have said."""
        said = self.visit.web.store.feedback.said(self.visit.subscriber.id, self.paper.id)
        muting = [one for one in self.offered() if not one.is_muted] if verdict is Verdict.LESS else []
        return self.page("feedback", verdict=verdict.value, said=said.value if said else "", mutes=muting)

    def offered(self) -> list[Mute]:
        return mutes(self.visit.subscriber, self.paper, self.visit.speaking)

    def page(self, name: str, **values: object) -> HTMLResponse:
        own = quote(self.paper.id, safe=":/")
        return self.visit.page(
            name,
            200,
            paper=self.paper.id,
            title=plain(self.paper.title) or self.paper.id,
            authors=self._authors(),
            about=f"/paper/{own}",
            paths={what: f"{self.visit.path}/{what}/{own}" for what in ("more", "less", "undo")},
            **values,
        )

    def _authors(self) -> str:
        speaking, names = self.visit.speaking, [plain(name) for name in self.paper.authors]
        if len(names) > NAMED + 1:
            names = [*names[:NAMED], speaking.ngettext("%(num)s more", "%(num)s more", len(names) - NAMED)]
        return speaking.listed(names)


def feedback_pages(web: Web) -> APIRouter:
    """`/f/{token}/…`: mail scanners look at every link, so looking says nothing. Saying it again says the same."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web, Purpose.FEEDBACK))

    @router.post("/f/{token}/mute")
    def mute(visit: Annotated[Visit, visiting], fields: Form) -> HTMLResponse:
        return _of(visit, fields.one("paper"), lambda rated: _muting(rated, fields))

    @router.post("/f/{token}/undo/{paper:path}")
    def take_back(visit: Annotated[Visit, visiting], paper: str) -> HTMLResponse:
        return _of(visit, paper, _taken_back)

    @router.api_route("/f/{token}/{verdict}/{paper:path}", methods=["GET", "HEAD"])
    def look(visit: Annotated[Visit, visiting], verdict: Verdict, paper: str) -> HTMLResponse:
        return _of(visit, paper, lambda rated: rated.asking(verdict))

    @router.post("/f/{token}/{verdict}/{paper:path}")
    def say(visit: Annotated[Visit, visiting], verdict: Verdict, paper: str) -> HTMLResponse:
        return _of(visit, paper, lambda rated: _said(rated, verdict))

    return router


def _of(visit: Visit, paper_id: str, answer: Callable[[Rated], HTMLResponse]) -> HTMLResponse:
    """What `answer` makes of a paper that we know; whoever has left is told so."""
    known = paper_id.isprintable() and len(paper_id) <= LONGEST_ID
    paper = visit.web.store.papers.get(paper_id) if known else None
    if paper is None:
        raise HTTPException(404)
    return visit.page("unsubscribed") if visit.is_gone else answer(Rated(visit, paper))


def _said(rated: Rated, verdict: Verdict) -> HTMLResponse:
    web, number = rated.visit.web, rated.visit.subscriber.id
    web.store.feedback.put(number, rated.paper.id, verdict, web.now)
    web.store.subscribers.heard(number, web.now)
    return rated.asking(verdict)


def _taken_back(rated: Rated) -> HTMLResponse:
    web, number = rated.visit.web, rated.visit.subscriber.id
    web.store.feedback.remove(number, rated.paper.id)
    web.store.subscribers.heard(number, web.now)
    return rated.page("feedback_undone")


def _muting(rated: Rated, fields: Fields) -> HTMLResponse:
    """Mutes what was chosen of what is offered for the paper, or takes that back."""
    one = next((one for one in rated.offered() if one.value == fields.one("topic")), None)
    if one is None:
        raise HTTPException(404)
    if back := fields.one("back"):
        wanted = [replace(one.topic, muted=False)] if back == FOLLOW else []
        _change(rated.visit, with_topics(without_topics(rated.visit.subscriber.topics, [one.topic]), wanted))
        return rated.page("feedback_undone")
    _change(rated.visit, with_topics(rated.visit.subscriber.topics, [one.topic]))
    return rated.page("feedback_muted", mute=one, back=FOLLOW if one.is_followed else "yes")


def _change(visit: Visit, topics: tuple[Topic, ...]) -> None:
    web, before = visit.web, visit.subscriber
    change(web.store, before, replace(before, topics=topics), web.now)
    web.store.subscribers.heard(before.id, web.now)
