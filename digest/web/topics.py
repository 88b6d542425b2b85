"""Topics for everybody: what of the newest edition fits one, and what came before.

In:    a category such as `cs.LG` or `cs.*`, `author:Ada Lovelace`, or a phrase.
Out:   public pages; each topic has one address.
Never: the topics that subscribers have.
"""

from collections import Counter
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from digest.editorial.topics import LONGEST, parse_topic
from digest.errors import InputError
from digest.model import Paper, Topic, TopicKind
from digest.taxonomy import CATEGORIES
from digest.web.cards import found_cards, topic_cards
from digest.web.context import Web
from digest.web.freshness import SOON, fresh

EARLIER = 25  # papers of other days
AUTHOR = "author:"
OTHER_PAGE = 303
SAFE = "/:*,"  # what stands in an address as it is


def topic_pages(web: Web) -> APIRouter:
    """`/topics`, with a field for a phrase, and `/topic/NAME`."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/topics", methods=["GET", "HEAD"])
    def overview(request: Request, phrase: str = "") -> Response:
        topic = topic_of(phrase)
        if topic:
            return RedirectResponse(topic_path(topic), OTHER_PAGE)
        values = {
            "day": web.showcase.newest(),
            "archives": _by_archive(web.showcase.fields()),
            "phrase": phrase[:LONGEST],
        }
        return fresh(request, web.pages.public("topics", web.speaking(request), SOON, **values))

    @router.api_route("/topic/{name:path}", methods=["GET", "HEAD"])
    def look(request: Request, name: str) -> Response:
        topic = asked(name)
        if topic_path(topic) != f"/topic/{quote(name, safe=SAFE)}":
            return RedirectResponse(topic_path(topic), OTHER_PAGE)
        return _page(web, request, topic)

    return router


def topic_of(name: str) -> Topic | None:
    """What a person, or an address, may call a topic; None for what cannot be one."""
    if not name.isprintable() or len(name) > 2 * LONGEST:
        return None
    kinds = [TopicKind.AUTHOR] if name.startswith(AUTHOR) else [TopicKind.CATEGORY, TopicKind.PHRASE]
    for kind in kinds:
        try:
            return parse_topic(kind, name.removeprefix(AUTHOR))
        except InputError:
            continue
    return None


def topic_path(topic: Topic) -> str:
    name = f"{AUTHOR}{topic.value}" if topic.kind is TopicKind.AUTHOR else topic.value
    return f"/topic/{quote(name, safe=SAFE)}"


def asked(name: str) -> Topic:
    """Raises HTTPException for what is no topic."""
    topic = topic_of(name)
    if topic is None:
        raise HTTPException(404)
    return topic


def _page(web: Web, request: Request, topic: Topic) -> Response:
    speaking = web.speaking(request)
    picks = web.showcase.picks(topic)
    shown = {pick.ranked.paper.id for pick in picks}
    earlier = [paper for paper in _listed(web, topic) if paper.id not in shown][:EARLIER]
    values = {
        "topic": topic,
        "title": CATEGORIES.get(topic.value, ""),
        "path": topic_path(topic),
        "day": web.showcase.newest(),
        "cards": topic_cards(picks, speaking),
        "earlier": found_cards(earlier, speaking, abstract=0),
    }
    answer = web.pages.public("topic", speaking, SOON, **values)
    if topic.kind is not TopicKind.CATEGORY:
        answer.headers["X-Robots-Tag"] = "noindex"  # anybody can make a page of any words
    return fresh(request, answer)


def _listed(web: Web, topic: Topic) -> list[Paper]:
    """Papers of all days, the newest first; some of them may be of today."""
    wanted = EARLIER + 60
    if topic.kind is TopicKind.CATEGORY:
        return web.store.papers.listed_in(topic.value, wanted)
    return web.store.papers.search(topic.value, wanted)


def _by_archive(fields: Counter[str]) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Each archive with its categories: name, title, papers."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for name, count in sorted(fields.items()):
        if name in CATEGORIES:
            found.setdefault(name.partition(".")[0], []).append((name, CATEGORIES[name], count))
    return sorted(found.items())
