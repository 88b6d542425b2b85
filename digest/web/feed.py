"""A feed as Atom (RFC 4287) and as JSON Feed 1.1.

In:    items: papers as they are shown, and when the edition came that has them.
Out:   the two documents; a paper has the same id in all feeds of a site, for good.
Never: a character XML has no place for; markup of others beyond sub, sup, em, strong and code.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.language import Language
from digest.model import Paper, Site
from digest.text import clean, plain
from digest.web.cards import LONG_AGO, Card
from digest.web.pages import Pages

JSON_FEED = "https://jsonfeed.org/version/1.1"
MOST_AUTHORS = 20


@dataclass(frozen=True, slots=True)
class Item:
    card: Card
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    published: datetime | None
    updated: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """`page` is the path of the page that shows the same, `path` its own, which names it."""

    title: str
    page: str
    path: str
    speaking: Language
    items: tuple[Item, ...]

    @property
    def updated(self) -> datetime:
        return max((item.updated for item in self.items), default=LONG_AGO)


def item(paper: Paper, card: Card, updated: datetime) -> Item:
    names = (plain(name) for name in paper.authors[:MOST_AUTHORS])
    return Item(
        card=card,
        authors=tuple(filter(None, names)),
        categories=tuple(clean(name) for name in paper.categories[:MOST_AUTHORS]),
        published=paper.published_at,
        updated=updated,
    )


def as_atom(pages: Pages, feed: Feed) -> str:
    entries = [(each, _content(pages, feed, each)) for each in feed.items]
    return pages.text("feed.atom.xml", feed.speaking, feed=feed, entries=entries, moment=_moment)


def as_json(pages: Pages, site: Site, feed: Feed) -> str:
    document = {
        "version": JSON_FEED,
        "title": feed.title,
        "home_page_url": site.base_url + feed.page,
        "feed_url": site.base_url + feed.path,
        "language": feed.speaking.tag,
        "items": [_as_json(pages, site, feed, each) for each in feed.items],
    }
    return json.dumps(document, ensure_ascii=False)


def _as_json(pages: Pages, site: Site, feed: Feed, each: Item) -> dict[str, object]:
    address = site.base_url + each.card.path
    known: dict[str, object] = {
        "id": address,
        "url": address,
        "external_url": each.card.view.url,
        "title": each.card.view.title.text,
        "content_html": _content(pages, feed, each),
        "date_published": _moment(each.published) if each.published else "",
        "date_modified": _moment(each.updated),
        "authors": [{"name": name} for name in each.authors],
        "tags": list(each.categories),
    }
    return {name: value for name, value in known.items() if value}


def _content(pages: Pages, feed: Feed, each: Item) -> str:
    """The reasons and the abstract, as HTML."""
    return pages.text("feed_item.html", feed.speaking, card=each.card).strip()


def _moment(moment: datetime) -> str:
    """RFC 3339."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
