"""One's own digests on the web: whole, as they were frozen, and nothing that does anything."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.model import NoDigest, Subscriber
from digest.store.deliveries import Owed
from digest.store.engine import Store
from digest.tokens import Purpose
from tests.store.cast import FOLDING, digest
from tests.web.browser import TOKENS, Browser, Elements
from tests.web.library import TODAY, YESTERDAY, cutoff, paper, publish


@pytest.fixture
def sent(store: Store, ada: Subscriber) -> Subscriber:
    """Yesterday's digest had two papers, today has none."""
    edition = publish(store, YESTERDAY, [paper(1, "First", "Long. " * 500), paper(2, "Second")])
    made = digest(edition, ada)
    store.deliveries.enqueue([Owed(ada.id, YESTERDAY, cutoff(YESTERDAY), made, None)], cutoff(YESTERDAY))
    store.deliveries.enqueue([Owed(ada.id, TODAY, cutoff(TODAY), NoDigest("nothing new"), None)], cutoff(TODAY))
    return ada


def link(subscriber: Subscriber, day: object = "", purpose: Purpose = Purpose.VIEW) -> str:
    return f"/v/{TOKENS.issue(purpose, subscriber.id, subscriber.token_version)}" + (f"/{day}" if day else "")


def test_a_digest_is_shown_whole(client: Browser, sent: Subscriber) -> None:
    answer = client.get(link(sent, YESTERDAY))
    assert answer.status_code == 200
    page = answer.text
    assert "<h1>Wednesday, 27 May 2026</h1>" in page
    assert "2 papers chosen for you by The &lt;Morning&gt; Papers." in page
    assert page.count("Long.") == 500
    assert f"Your topic “{FOLDING.value}”" in page
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"


def test_after_months_without_papers_the_last_digest_is_still_there(
    client: Browser, store: Store, sent: Subscriber
) -> None:
    quiet = [TODAY + timedelta(days=day) for day in range(1, 131)]
    store.deliveries.enqueue(
        [Owed(sent.id, day, cutoff(day), NoDigest("nothing"), None) for day in quiet], cutoff(TODAY)
    )
    assert link(sent, YESTERDAY) in client.get(link(sent)).text
    assert "arxiv:2605.00001" in client.get(f"/r{link(sent, 'feed.atom', Purpose.FEED).removeprefix('/v')}").text


def test_what_happens_later_changes_nothing(client: Browser, store: Store, sent: Subscriber, now: datetime) -> None:
    before = client.get(link(sent, YESTERDAY)).text
    store.papers.save([paper(1, "Renamed", version=2)], [], source="arxiv", seen_at=now)
    store.subscribers.update(replace(sent, topics=()))
    assert client.get(link(sent, YESTERDAY)).text == before


def test_it_can_be_shown_to_others(client: Browser, sent: Subscriber) -> None:
    page = client.get(link(sent, YESTERDAY)).text
    assert "Ada.Lovelace" not in page
    assert "•••" not in page
    assert not Elements(page).named("form")
    own = [str(each["href"]) for each in Elements(page).named("a") if str(each["href"])[:3] in ("/p/", "/u/", "/f/")]
    assert own == []


def test_days_without_a_digest_have_no_page(client: Browser, sent: Subscriber) -> None:
    assert client.get(link(sent, TODAY)).status_code == 404
    assert client.get(link(sent, "2026-05-01")).status_code == 404
    assert client.get(link(sent, "yesterday")).status_code == 404
    assert client.get(link(sent, "9" * 400)).status_code == 404


def test_the_list_of_them(client: Browser, sent: Subscriber) -> None:
    page = client.get(link(sent)).text
    assert link(sent, YESTERDAY) in page
    assert link(sent, TODAY) not in page


def test_before_the_first_one(client: Browser, ada: Subscriber) -> None:
    assert "The first one has yet to come." in client.get(link(ada)).text


@pytest.mark.parametrize("day", ["", YESTERDAY])
def test_a_link_for_something_else_is_none(client: Browser, sent: Subscriber, day: object) -> None:
    wrong = [link(sent, day, Purpose.FEED), link(replace(sent, token_version=9), day), link(replace(sent, id=9), day)]
    for path in wrong:
        answer = client.get(path)
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
