"""The answer to “Still reading?”: looking changes nothing; posting is heard, and brings back whom silence paused."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from digest.model import Subscriber, SubscriberState
from digest.store.engine import Store
from digest.tokens import Purpose, Tokens
from tests.web.browser import TOKENS, Browser, Elements, state

KEEP_BY = date(2026, 6, 26)
PAUSED, ACTIVE = SubscriberState.PAUSED, SubscriberState.ACTIVE


@pytest.fixture
def asked(store: Store, ada: Subscriber) -> Subscriber:
    store.subscribers.update(replace(ada, keep_by=KEEP_BY))
    return replace(ada, keep_by=KEEP_BY)


def link(subscriber: Subscriber, purpose: Purpose = Purpose.KEEP) -> str:
    return f"/k/{TOKENS.issue(purpose, subscriber.id, subscriber.token_version)}"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("before", list(SubscriberState))
def test_looking_changes_nothing(
    client: Browser, store: Store, asked: Subscriber, now: datetime, method: str, before: SubscriberState
) -> None:
    store.subscribers.set_state(asked.id, before, "for the test", now)
    for _ in range(3):
        assert client.request(method, link(asked)).status_code == 200
    assert store.subscribers.by_id(asked.id) == replace(asked, state=before)


def test_the_page_asks_with_one_button_and_names_the_day(client: Browser, asked: Subscriber) -> None:
    page = client.get(link(asked)).text
    assert "Still reading?" in page
    assert "pauses it after 26 June 2026" in page
    assert "A•••@example.org" in page
    assert "lovelace" not in page.lower()
    elements = Elements(page)
    assert elements.named("form") == [{"method": "post"}]
    assert len(elements.named("button")) == 1


def test_an_answer_is_heard(client: Browser, store: Store, asked: Subscriber, now: datetime) -> None:
    answer = client.post(link(asked))
    assert answer.status_code == 200
    assert "Your digest goes on" in answer.text
    assert store.subscribers.by_id(asked.id) == replace(asked, keep_by=None, heard_at=now)


def test_an_answer_after_the_pause_ends_it(client: Browser, store: Store, asked: Subscriber, now: datetime) -> None:
    store.subscribers.set_state(asked.id, PAUSED, "nobody answered", now)
    page = client.get(link(asked)).text
    assert "has paused its digest" in page
    assert "nobody there said by 26 June 2026" in page
    assert "Your digest goes on" in client.post(link(asked)).text
    assert state(store, asked) is ACTIVE


@pytest.mark.parametrize(
    ("until", "said"), [(None, "sends nothing to A•••@example.org for now."), (KEEP_BY, " before 26 June 2026.")]
)
def test_an_answer_does_not_end_a_pause_that_was_asked_for(
    client: Browser, store: Store, ada: Subscriber, now: datetime, until: date | None, said: str
) -> None:
    store.subscribers.update(replace(ada, paused_until=until))
    store.subscribers.set_state(ada.id, PAUSED, "by the operator", now)
    answer = client.post(link(ada))
    assert "Your digest is paused" in answer.text
    assert said in answer.text
    assert state(store, ada) is PAUSED


@pytest.mark.parametrize("gone", [SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED])
def test_who_left_stays_away(
    client: Browser, store: Store, asked: Subscriber, now: datetime, gone: SubscriberState
) -> None:
    store.subscribers.set_state(asked.id, gone, "for the test", now)
    answer = client.post(link(asked))
    assert answer.status_code == 200
    assert "No more digests will be sent" in answer.text
    assert store.subscribers.by_id(asked.id) == replace(asked, state=gone)


def test_answering_again_says_the_same(client: Browser, store: Store, asked: Subscriber) -> None:
    first, second = client.post(link(asked)), client.post(link(asked))
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert client.get(link(asked)).text == second.text
    assert not Elements(second.text).named("form")
    assert state(store, asked) is ACTIVE


def test_an_answer_needs_no_cookie_and_goes_nowhere_else(client: Browser, asked: Subscriber) -> None:
    answer = client.post(link(asked), data={"anything": "at all"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "location" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("kind", ["garbage", "revoked", "unknown reader", "another secret", "another purpose"])
def test_a_link_that_is_not_for_this_is_not_found(
    client: Browser, store: Store, asked: Subscriber, method: str, kind: str
) -> None:
    path = {
        "garbage": "/k/%00%ff..;x",
        "revoked": link(replace(asked, token_version=asked.token_version - 1)),
        "unknown reader": link(replace(asked, id=asked.id + 1)),
        "another secret": f"/k/{Tokens(b'other').issue(Purpose.KEEP, asked.id, asked.token_version)}",
        "another purpose": link(asked, Purpose.UNSUBSCRIBE),
    }[kind]
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert method == "HEAD" or "This link does not work" in answer.text
    assert "unsubscribed" not in answer.text  # that is not what they came for
    assert store.subscribers.by_id(asked.id) == asked
    assert client.request("POST", link(asked).replace("/k/", "/u/")).status_code == 404
    assert state(store, asked) is ACTIVE
