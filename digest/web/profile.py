"""What a subscriber's topics and feedback say about their taste, and how they take it back.

In:    the link to the preferences; POST with a paper to forget what was said of it, or to forget all.
Out:   what they follow, the words their ratings weigh by and which ratings those are; ratings that are gone.
Never: a change on GET or HEAD; a word that no rating of theirs has brought.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.editorial.taste import MOST, Profile, Term, profile
from digest.language import Language
from digest.model import Feedback, Paper, Topic, TopicKind, Verdict
from digest.text import plain
from digest.web.cards import paper_path
from digest.web.context import Web
from digest.web.forms import Form
from digest.web.personal import Visit, visits
from digest.wording import topic_name

WEIGHED_BY = 200  # papers of the newest edition: what is common among them says little of a taste


@dataclass(frozen=True, slots=True)
class Word:
    """What they like or dislike to read about. `strength` is in (0, 1]."""

    words: str
    strength: float


@dataclass(frozen=True, slots=True)
class Rating:
    """What they said of a paper; `paper` is its id, `brings` the words above that it made."""

    paper: str
    title: str
    path: str
    is_more: bool
    day: date
    brings: tuple[str, ...]


def profile_pages(web: Web) -> APIRouter:
    """`/p/{token}/profile`."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web))

    @router.api_route("/p/{token}/profile", methods=["GET", "HEAD"])
    def look(request: Request, visit: Annotated[Visit, visiting]) -> HTMLResponse:
        done = _done(visit.speaking).get(request.query_params.get("done", ""), "")
        return _page(visit, done)

    @router.post("/p/{token}/profile")
    def forget(visit: Annotated[Visit, visiting], fields: Form) -> Response:
        if "all" in fields:
            web.store.feedback.clear(visit.subscriber.id)
            return RedirectResponse(f"{visit.path}/profile?done=all", 303)
        web.store.feedback.remove(visit.subscriber.id, fields.one("paper"))
        return RedirectResponse(f"{visit.path}/profile?done=one", 303)

    return router


def _page(visit: Visit, done: str) -> HTMLResponse:
    topics, number = visit.subscriber.topics, visit.subscriber.id
    feedback = visit.web.store.feedback.of([number]).get(number, ())[:MOST]
    taste = profile(feedback, _usual(visit.web)) if feedback else Profile()
    zone = ZoneInfo(visit.subscriber.zone)
    return visit.page(
        "profile",
        done=done,
        follows=_named([topic for topic in topics if not topic.muted], visit.speaking),
        mutes=_named([topic for topic in topics if topic.muted], visit.speaking),
        more=[_word(term) for term in taste.terms if term.weight > 0],
        less=[_word(term) for term in taste.terms if term.weight < 0],
        ratings=[_rating(each, taste, zone) for each in feedback],
    )


def _usual(web: Web) -> list[Paper]:
    """Papers as there are these days."""
    newest = web.showcase.newest()
    return [entry.paper for entry in web.store.editions.entries(newest, 0, WEIGHED_BY)] if newest else []


def _named(topics: Sequence[Topic], speaking: Language) -> list[tuple[str, str]]:
    """Each with the path of what it finds now."""
    named = []
    for topic in topics:
        has_page = topic.kind is not TopicKind.AUTHOR and not topic.muted
        path = f"/topic/{quote(topic.value, safe='')}" if has_page else ""
        named.append((topic_name(topic, speaking), path))
    return named


def _word(term: Term) -> Word:
    return Word(term.words, abs(term.weight))


def _rating(one: Feedback, taste: Profile, zone: ZoneInfo) -> Rating:
    brings = tuple(term.words for term in taste.terms if one in term.of)
    paper, day = one.paper, one.at.astimezone(zone).date()
    return Rating(paper.id, plain(paper.title), paper_path(paper.id), one.verdict is Verdict.MORE, day, brings)


def _done(speaking: Language) -> dict[str, str]:
    return {
        "one": speaking.gettext("Taken back. The next digest does without it."),
        "all": speaking.gettext("All of it is forgotten. The next digest goes by your topics alone."),
    }
