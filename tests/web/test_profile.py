"""One's taste: what made it can be seen, and taken back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.model import Subscriber, Topic, TopicKind, Verdict
from digest.store.engine import Store
from tests.web.browser import Browser, Elements
from tests.web.library import TODAY, paper, publish
from tests.web.own import link

DAY = timedelta(days=1)
FOLDED, LOST = "On folding <maps>", "Keys that are lost"


@pytest.fixture
def rated(store: Store, ada: Subscriber, now: datetime) -> Subscriber:
    """More of maps, less of keys."""
    others = [paper(n, f"Something else {n}", "We count what is left.") for n in (3, 4, 5)]
    publish(store, TODAY, [paper(1, FOLDED, "Creases of maps."), paper(2, LOST, "Keys of doors."), *others])
    store.feedback.put(ada.id, paper(1).id, Verdict.MORE, now - DAY)
    store.feedback.put(ada.id, paper(2).id, Verdict.LESS, now)
    return ada


def said(store: Store, subscriber: Subscriber) -> list[str]:
    return [each.paper.id for each in store.feedback.of([subscriber.id]).get(subscriber.id, ())]


def test_without_ratings_it_says_how_to_begin(client: Browser, ada: Subscriber) -> None:
    page = client.get(link(ada, "profile")).text
    assert "No topics: you get what trends in all fields" in page
    assert "Nothing so far" in page
    assert not Elements(page).named("form")


def test_what_they_follow_and_mute_is_named(client: Browser, store: Store, ada: Subscriber) -> None:
    topics = (
        Topic(TopicKind.PHRASE, "paper <folding>/maps"),
        Topic(TopicKind.CATEGORY, "cs.*"),
        Topic(TopicKind.AUTHOR, "Bo Unreal"),
        Topic(TopicKind.CATEGORY, "cs.CR", muted=True),
    )
    store.subscribers.update(replace(ada, topics=topics))
    page = client.get(link(ada, "profile")).text
    links = [each.get("href") for each in Elements(page).named("a")]
    assert "“paper &lt;folding&gt;/maps”" in page
    assert {"/topic/paper%20%3Cfolding%3E%2Fmaps", "/topic/cs.%2A"} <= set(links)
    assert page.index("Bo Unreal") < page.index("What you never get") < page.index("cs.CR")


def test_words_and_the_ratings_that_made_them(client: Browser, rated: Subscriber) -> None:
    page = client.get(link(rated, "profile")).text
    likes, dislikes = page.index("What you like to read about"), page.index("What you would rather not")
    assert likes < page.index("<span>maps</span>") < dislikes < page.index("<span>keys</span>")
    assert "On folding &lt;maps&gt;" in page
    assert "More like this, 27 May 2026." in page
    assert "Less like this, 28 May 2026." in page
    of_maps = page[page.index("More like this, 27") :]
    assert "maps" in of_maps[: of_maps.index("</p>")]
    assert "keys" not in of_maps[: of_maps.index("</p>")]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_forgets_nothing(client: Browser, store: Store, rated: Subscriber, method: str) -> None:
    for query in ("", "?all=yes", "?done=all", f"?paper={paper(1).id}"):
        assert client.request(method, link(rated, "profile") + query).status_code == 200
    assert said(store, rated) == [paper(2).id, paper(1).id]


def test_one_can_be_taken_back(client: Browser, store: Store, rated: Subscriber) -> None:
    answer = client.post(link(rated, "profile"), data={"paper": paper(1).id})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link(rated, 'profile')}?done=one")
    assert said(store, rated) == [paper(2).id]
    page = client.get(answer.headers["location"]).text
    assert "Taken back" in page
    assert "What you like to read about" not in page
    assert client.post(link(rated, "profile"), data={"paper": paper(1).id}).status_code == 303


def test_all_can_be_forgotten(client: Browser, store: Store, rated: Subscriber) -> None:
    answer = client.post(link(rated, "profile"), data={"all": "yes"})
    assert answer.headers["location"] == f"{link(rated, 'profile')}?done=all"
    assert said(store, rated) == []
    assert "All of it is forgotten" in client.get(answer.headers["location"]).text


def test_nothing_of_somebody_else_is_taken_back(
    client: Browser, store: Store, rated: Subscriber, now: datetime
) -> None:
    bob = store.subscribers.add(replace(rated, id=0, address="bob@example.org"), now)
    store.feedback.put(bob.id, paper(1).id, Verdict.MORE, now)
    client.post(link(rated, "profile"), data={"paper": paper(1).id})
    client.post(link(rated, "profile"), data={"all": "yes"})
    assert said(store, bob) == [paper(1).id]
    assert "maps" not in client.get(link(rated, "profile")).text


@pytest.mark.parametrize("typed", ["", "nothing", "arxiv:9999.99999", "\x00", "é" * 500, "\ud800"])
def test_what_was_not_rated_is_no_trouble(client: Browser, store: Store, rated: Subscriber, typed: str) -> None:
    sent = typed.encode("utf-8", "surrogatepass")
    assert client.post(link(rated, "profile"), data={"paper": sent}).status_code in (303, 400)
    assert len(said(store, rated)) == 2
