"""The preferences: how things stand, changed by one form; looking and previewing change nothing."""

from dataclasses import replace
from datetime import date, datetime, time
from itertools import product

import pytest

from digest.model import Abstracts, Subscriber, SubscriberState, Topic, TopicKind
from digest.store.engine import Store
from digest.tokens import Purpose
from tests.web.browser import Browser, Elements
from tests.web.library import TODAY, paper, publish
from tests.web.own import at, link

ACTIVE, PAUSED = SubscriberState.ACTIVE, SubscriberState.PAUSED
MAPS = Topic(TopicKind.PHRASE, "folding a map")
PAGES = ["", "/pause", "/profile", "/history", "/export", "/address", "/erase"]
GONE = [SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED]
WISHES = {
    "topics": "paper folding\nmaps, charts",
    "categories": ["", "cs.LG", "math.*"],
    "authors": "Ada Inventada",
    "mutes": "origami\nauthor:Bo Unreal",
    "at": "06:45",
    "tz": "Asia/Tokyo",
    "days": ["", "mon", "wed"],
    "papers": "20",
    "language": "de",
    "abstracts": "full",
    "text_only": ["", "yes"],
}


def stored(store: Store, subscriber: Subscriber) -> Subscriber:
    found = store.subscribers.by_id(subscriber.id)
    assert found
    return found


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("before", list(SubscriberState))
def test_looking_changes_nothing(
    client: Browser, store: Store, ada: Subscriber, now: datetime, method: str, before: SubscriberState
) -> None:
    store.subscribers.set_state(ada.id, before, "for the test", now)
    for _ in range(3):
        assert client.request(method, link(ada)).status_code == 200
    assert stored(store, ada) == replace(ada, state=before)


def test_the_page_hides_the_address_and_says_when_the_next_digest_is_due(client: Browser, ada: Subscriber) -> None:
    page = client.get(link(ada)).text
    assert "A•••@example.org" in page
    assert "lovelace" not in page.lower().replace("ada lovelace", "")  # an example of an author
    assert "Friday, 29 May 2026 at 07:30" in page


def test_every_field_is_saved(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    answer = client.post(link(ada), data=WISHES)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link(ada)}?done=saved")
    assert stored(store, ada) == replace(
        ada,
        topics=(
            Topic(TopicKind.PHRASE, "paper folding"),
            Topic(TopicKind.PHRASE, "maps"),
            Topic(TopicKind.PHRASE, "charts"),
            Topic(TopicKind.CATEGORY, "cs.LG"),
            Topic(TopicKind.CATEGORY, "math.*"),
            Topic(TopicKind.AUTHOR, "Ada Inventada"),
            Topic(TopicKind.PHRASE, "origami", muted=True),
            Topic(TopicKind.AUTHOR, "Bo Unreal", muted=True),
        ),
        at=time(6, 45),
        zone="Asia/Tokyo",
        cadence="mon,wed",
        papers=20,
        language="de",
        abstracts=Abstracts.FULL,
        text_only=True,
        heard_at=now,
    )
    page = client.get(answer.headers["location"]).text
    assert Elements(page).named("html")[0]["lang"] == "de"  # their own language from now on


def test_what_the_form_does_not_hold_stays(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    before = replace(ada, name="Ada", topics=(MAPS,), papers=7)
    store.subscribers.update(before)
    client.post(link(ada), data={"at": "08:00"})
    assert stored(store, ada) == replace(before, at=time(8), heard_at=now)


def test_a_new_hour_moves_the_next_digest(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    store.subscribers.schedule({ada.id: datetime.fromisoformat("2026-05-29T07:30Z")})
    client.post(link(ada), data={"at": "15:00"})
    assert stored(store, ada).next_due_at == datetime.fromisoformat("2026-05-28T15:00Z")
    assert "Thursday, 28 May 2026 at 15:00" in client.get(link(ada)).text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("topics", "good topic\nx", "“x” cannot be looked for"),
        ("categories", "cs.NOPE", "“cs.NOPE” is not an arXiv category"),
        ("tz", "Mars/Olympus", "no time zone “Mars/Olympus”"),
        ("at", "25:00", "“25:00” is no time of day"),
        ("days", "", "at least one day"),
        ("papers", "9" * 30, "up to"),
        ("language", "xx", "not on offer"),
        ("abstracts", "all", "not on offer"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_saves_nothing(
    client: Browser, store: Store, ada: Subscriber, field: str, typed: str, said: str
) -> None:
    answer = client.post(link(ada), data={"topics": "kept as typed", field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Nothing was saved" in answer.text
    assert typed in answer.text or field in ("language", "abstracts", "categories")
    marked = [each for tag in ("input", "textarea", "select") for each in Elements(answer.text).named(tag)]
    invalid = [each for each in marked if each.get("aria-invalid")]
    assert [each["name"] for each in invalid] == [field] or field in ("categories", "days")
    assert stored(store, ada) == ada


def test_a_preview_shows_papers_and_saves_nothing(client: Browser, store: Store, ada: Subscriber) -> None:
    publish(store, TODAY, [paper(1), paper(2, "On lost keys", "Where they are.", categories=("math.CO",))])
    answer = client.post(link(ada), data={"topics": "folding a map", "at": "15:00", "do": "preview"})
    assert answer.status_code == 200
    assert "On folding a map 1 times" in answer.text
    assert "On lost keys" not in answer.text
    assert 'value="15:00"' in answer.text
    assert stored(store, ada) == ada


def test_a_preview_of_nothing_says_so(client: Browser, store: Store, ada: Subscriber) -> None:
    assert "Nothing has been published yet" in client.post(link(ada), data={"do": "preview"}).text
    publish(store, TODAY, [paper(1)])
    assert "Nothing of that day fits" in client.post(link(ada), data={"topics": "lost keys", "do": "preview"}).text


def test_saving_is_a_sign_of_life(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    store.subscribers.update(replace(ada, keep_by=date(2026, 6, 1)))
    store.subscribers.set_state(ada.id, PAUSED, "nobody answered", now)
    client.post(link(ada), data={"at": "08:00"})
    after = stored(store, ada)
    assert (after.state, after.keep_by, after.heard_at) == (ACTIVE, None, now)


def test_saving_does_not_end_a_pause_that_was_asked_for(
    client: Browser, store: Store, ada: Subscriber, now: datetime
) -> None:
    store.subscribers.update(replace(ada, paused_until=date(2026, 6, 30)))
    store.subscribers.set_state(ada.id, PAUSED, "on holiday", now)
    assert "before Tuesday, 30 June 2026" in client.get(link(ada)).text
    client.post(link(ada), data={"at": "08:00"})
    after = stored(store, ada)
    assert (after.state, after.paused_until, after.at) == (PAUSED, date(2026, 6, 30), time(8))


@pytest.mark.parametrize("gone", GONE)
def test_who_left_cannot_come_back_by_saving(
    client: Browser, store: Store, ada: Subscriber, now: datetime, gone: SubscriberState
) -> None:
    store.subscribers.set_state(ada.id, gone, "for the test", now)
    page = client.get(link(ada)).text
    assert not Elements(page).named("form")
    assert 'href="/"' in page
    for what in ("export", "erase", "history"):
        assert link(ada, what) in page
    answer = client.post(link(ada), data={"at": "08:00"})
    assert answer.status_code == 409
    assert stored(store, ada) == replace(ada, state=gone)


def test_where_nobody_can_sign_up_who_left_is_not_sent_there(store: Store, ada: Subscriber, now: datetime) -> None:
    store.subscribers.set_state(ada.id, GONE[0], "for the test", now)
    assert "Sign up anew" in at(store, now).get(link(ada)).text
    assert "Sign up anew" not in at(store, now, signup=False).get(link(ada)).text


def test_what_was_typed_is_text(client: Browser, store: Store, ada: Subscriber) -> None:
    hostile = "</textarea><script>alert(1)</script>"
    answer = client.post(link(ada), data={"topics": hostile, "tz": hostile, "authors": hostile, "mutes": hostile})
    assert answer.status_code in (303, 422)
    page = answer.text if answer.status_code == 422 else client.get(link(ada)).text
    assert "<script>" not in page


@pytest.mark.parametrize("kind", ["garbage", "revoked", "unknown reader", "another purpose"])
def test_a_link_that_is_not_theirs_is_not_found(client: Browser, store: Store, ada: Subscriber, kind: str) -> None:
    theirs = {
        "garbage": "/p/%00%ff..;x",
        "revoked": link(replace(ada, token_version=0)),
        "unknown reader": link(replace(ada, id=ada.id + 1)),
        "another purpose": link(ada, purpose=Purpose.UNSUBSCRIBE).replace("/u/", "/p/"),
    }[kind]
    for what, method in product(PAGES, ["GET", "HEAD", "POST"]):
        if (what, method) != ("/history", "POST"):
            answer = client.request(method, theirs + what)
            assert answer.status_code == 404
            assert method == "HEAD" or "This link does not work" in answer.text
    assert stored(store, ada) == ada


def test_another_site_posts_nothing(client: Browser, store: Store, ada: Subscriber) -> None:
    data = {"at": "08:00", "weeks": "1", "address": ada.address, "all": "yes"}
    for what in PAGES:
        answer = client.post(link(ada) + what, data=data, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
    assert stored(store, ada) == ada


def test_nobody_keeps_or_indexes_them(client: Browser, ada: Subscriber) -> None:
    for what in PAGES:
        headers = client.get(link(ada) + what).headers
        assert (headers["cache-control"], headers["x-robots-tag"]) == ("no-store", "noindex")
        assert "set-cookie" not in headers
