"""Feeds: valid Atom and JSON Feed, ids that stay, a private one behind its own link."""

import json
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import feedparser
import pytest

from digest.model import Match, Pick, Subscriber
from digest.store.deliveries import Owed
from digest.store.engine import Store
from digest.tokens import Purpose
from tests.store.cast import digest
from tests.web.browser import TOKENS, Browser
from tests.web.library import TODAY, YESTERDAY, paper, publish

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://papers.example.org"


@pytest.fixture(autouse=True)
def shelf(store: Store) -> Store:
    publish(store, YESTERDAY, [paper(1, "Ferns"), paper(2, "Both days")])
    publish(store, TODAY, [paper(2, "Both days"), paper(3, "Of $x_2$ & <b>", "An <i>abstract</i> with $a < b$.")])
    return store


def own(subscriber: Subscriber, kind: str) -> str:
    return f"/r/{TOKENS.issue(Purpose.FEED, subscriber.id, subscriber.token_version)}/feed.{kind}"


def sent(store: Store, ada: Subscriber) -> None:
    edition = store.editions.get(TODAY)
    assert edition
    pick = Pick(ranked=edition.entries[1], match=Match(topic=None, liked="Ferns"), score=0.5)
    made = replace(digest(edition, ada), picks=(pick,))
    assert store.deliveries.enqueue([Owed(ada.id, TODAY, edition.cutoff_at, made, None)], edition.cutoff_at) == 1


def check_atom(raw: bytes) -> ElementTree.Element:
    """What RFC 4287 section 4.1 asks of a feed and its entries."""
    feed = ElementTree.fromstring(raw)
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert all(each.find(f"{ATOM}name") is not None for each in element.findall(f"{ATOM}author"))
        for moment in (*element.findall(f"{ATOM}updated"), *element.findall(f"{ATOM}published")):
            assert datetime.fromisoformat(str(moment.text)).tzinfo
        alternates = [link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert len(alternates) == 1
    assert feed.find(f"{ATOM}author") is not None  # an entry may have none
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    parsed = feedparser.parse(BytesIO(raw))
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert len(parsed.entries) == len(ids)
    return feed


def check_json(raw: bytes) -> Any:
    """What JSON Feed 1.1 asks."""
    feed = json.loads(raw)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_html"]
        assert all(author["name"] for author in item["authors"])
        assert datetime.fromisoformat(item["date_modified"]).tzinfo
    return feed


def test_the_newest_editions(client: Browser) -> None:
    answer = client.get("/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    assert answer.headers["cache-control"] == "public, max-age=900"
    feed = check_atom(answer.content)
    assert feed.findtext(f"{ATOM}updated") == "2026-05-28T04:00:00Z"
    entries = {str(entry.findtext(f"{ATOM}id")): entry for entry in feed.iter(f"{ATOM}entry")}
    assert list(entries) == [f"{BASE}/paper/arxiv:2605.0000{n}" for n in (2, 3, 1)]
    third = entries[f"{BASE}/paper/arxiv:2605.00003"]
    assert third.findtext(f"{ATOM}title") == "Of x₂ & <b>"
    content = str(third.findtext(f"{ATOM}content"))
    assert "published 26 May" in content
    assert "An &lt;i&gt;abstract&lt;/i&gt; with a &lt; b." in content
    assert [one.text for one in third.iter(f"{ATOM}name")] == ["Ada Inventada", "Bo Unreal"]


def test_the_twin_says_the_same(client: Browser) -> None:
    answer = client.get("/feed.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = check_json(answer.content)
    atom = feedparser.parse(BytesIO(client.get("/feed.atom").content))
    assert [item["id"] for item in feed["items"]] == [entry.id for entry in atom.entries]
    assert [item["title"] for item in feed["items"]] == ["Both days", "Of x₂ & <b>", "Ferns"]
    assert feed["feed_url"] == f"{BASE}/feed.json"
    assert feed["items"][0]["external_url"] == "https://arxiv.org/abs/2605.00002"


@pytest.mark.parametrize("name", ["cs.LG", "math.*", "both days", "author:Ada Inventada", "input/output", "q & <r>"])
def test_a_topic_has_feeds(client: Browser, name: str) -> None:
    path = f"/topic/{quote(name, safe='/:*')}"
    feed = check_atom(client.get(f"{path}/feed.atom").content)
    assert str(feed.findtext(f"{ATOM}title")).endswith(f": {name.removeprefix('author:')}")
    twin = check_json(client.get(f"{path}/feed.json").content)
    assert len(twin["items"]) == len(list(feed.iter(f"{ATOM}entry")))
    assert len(twin["items"]) == {"cs.LG": 2, "both days": 1, "author:Ada Inventada": 2}.get(name, 0)


def test_feeds_without_an_edition(client: Browser, store: Store) -> None:
    with store.database.write() as conn:
        conn.exec_driver_sql("DELETE FROM edition_entry")
    assert not list(check_atom(client.get("/feed.atom").content).iter(f"{ATOM}entry"))
    assert check_json(client.get("/feed.json").content)["items"] == []


def test_one_s_own_holds_what_was_sent_and_why(client: Browser, store: Store, ada: Subscriber) -> None:
    assert check_json(client.get(own(ada, "json")).content)["items"] == []
    sent(store, ada)
    answer = client.get(own(ada, "atom"))
    assert answer.headers["cache-control"] == "no-store"
    [entry] = check_atom(answer.content).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"{BASE}/paper/arxiv:2605.00003"
    assert "which you liked" in str(entry.findtext(f"{ATOM}content"))
    assert "example.org" not in answer.text.replace("papers.example.org", "")
    assert "lovelace" not in answer.text.lower()
    again = client.request("GET", own(ada, "atom"), headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_a_link_for_something_else_is_none(client: Browser, store: Store, ada: Subscriber, kind: str) -> None:
    sent(store, ada)
    wrong = f"/r/{TOKENS.issue(Purpose.VIEW, ada.id, ada.token_version)}/feed.{kind}"
    for path in (wrong, own(replace(ada, token_version=9), kind), own(replace(ada, id=77), kind), f"/r/x/feed.{kind}"):
        assert client.get(path).status_code == 404
    assert client.get("/feed.rss").status_code == 404
