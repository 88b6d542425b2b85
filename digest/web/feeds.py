"""Feeds for feed readers: the newest editions, a topic, one's own digests.

In:    a topic's name, or a signed link.
Out:   Atom (RFC 4287) and JSON Feed 1.1.
Never: a change; in a public one anything of a subscriber.
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from digest.language import language
from digest.mail.order import ordered
from digest.model import Topic
from digest.tokens import Purpose
from digest.web.cards import as_picks, cards, topic_cards
from digest.web.context import Web
from digest.web.feed import Feed, Item, as_atom, as_json, item
from digest.web.freshness import fresh
from digest.web.personal import Visit, visits
from digest.web.topics import asked, topic_path
from digest.web.view import digests

SECONDS = 15 * 60  # that caches may keep a public one
EDITIONS, EACH = 3, 20  # of the main feed, and papers of each
LOOK_BACK = timedelta(days=14)
DIGESTS = 7  # of one's own
ABSTRACT = 2_000  # characters


class Kind(StrEnum):
    ATOM = "atom"
    JSON = "json"


def feed_pages(web: Web) -> APIRouter:
    """`/feed.atom`, `/topic/NAME/feed.atom`, `/r/{token}/feed.atom`, each with a twin `feed.json`."""
    router, visiting = APIRouter(redirect_slashes=False), Depends(visits(web, Purpose.FEED))
    usual = language(web.site.locale)  # of what caches keep for everybody

    @router.api_route("/feed.{kind}", methods=["GET", "HEAD"])
    def newest(request: Request, kind: Kind) -> Response:
        feed = Feed(web.site.name, "/archive", f"/feed.{kind}", usual, tuple(_newest(web)))
        return fresh(request, _public(_written(web, kind, feed)))

    @router.api_route("/topic/{name:path}/feed.{kind}", methods=["GET", "HEAD"])
    def of_topic(request: Request, name: str, kind: Kind) -> Response:
        topic = asked(name)
        path, title = topic_path(topic), f"{web.site.name}: {topic.value}"
        feed = Feed(title, path, f"{path}/feed.{kind}", usual, tuple(_of_topic(web, topic)))
        return fresh(request, _public(_written(web, kind, feed)))

    @router.api_route("/r/{token}/feed.{kind}", methods=["GET", "HEAD"])
    def own(request: Request, visit: Annotated[Visit, visiting], kind: Kind) -> Response:
        title = visit.speaking.gettext("%(name)s, chosen for you", name=web.site.name)
        page = web.link(Purpose.VIEW, visit.subscriber)
        feed = Feed(title, page, f"{visit.path}/feed.{kind}", visit.speaking, tuple(_own(visit)))
        return fresh(request, _written(web, kind, feed))

    return router


def _newest(web: Web) -> Iterator[Item]:
    """The top of the last editions that have papers; one that is in several stands in the newest."""
    speaking, shown, last = language(web.site.locale), set[str](), web.showcase.newest()
    summaries = web.store.editions.between(last - LOOK_BACK, last, web.now) if last else []
    for summary in [one for one in summaries if one.entries][:EDITIONS]:
        entries = [one for one in web.store.editions.entries(summary.date, 0, EACH) if one.paper.id not in shown]
        shown.update(one.paper.id for one in entries)
        shapes = cards(as_picks(entries), speaking, abstract=ABSTRACT)
        yield from (item(one.paper, card, summary.cutoff_at) for one, card in zip(entries, shapes, strict=True))


def _of_topic(web: Web, topic: Topic) -> Iterator[Item]:
    picks = web.showcase.picks(topic)
    summary = web.store.editions.summary(picks[0].ranked.edition) if picks else None
    if summary:
        shapes = topic_cards(picks, language(web.site.locale), abstract=ABSTRACT)
        yield from (item(one.ranked.paper, card, summary.cutoff_at) for one, card in zip(picks, shapes, strict=True))


def _own(visit: Visit) -> Iterator[Item]:
    """The papers of their last digests."""
    for delivery in digests(visit.web, visit.subscriber, DIGESTS):
        digest = visit.web.store.deliveries.digest(delivery.id)
        picks = ordered(digest.picks)
        shapes = cards(picks, visit.speaking, abstract=ABSTRACT)
        yield from (item(one.ranked.paper, card, digest.edition_at) for one, card in zip(picks, shapes, strict=True))


def _written(web: Web, kind: Kind, feed: Feed) -> Response:
    if kind is Kind.ATOM:
        return Response(as_atom(web.pages, feed), media_type="application/atom+xml")
    return Response(as_json(web.pages, web.site, feed), media_type="application/feed+json")


def _public(answer: Response) -> Response:
    answer.headers.update({"Cache-Control": f"public, max-age={SECONDS}", "X-Robots-Tag": "noindex"})
    return answer
