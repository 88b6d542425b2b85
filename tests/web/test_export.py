"""A copy of everything, for who knows the address; and the erasure of everything."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from digest.model import LetterKind, Request, Subscriber, SubscriberState, Topic, TopicKind, Verdict
from digest.store.engine import Store
from digest.tokens import Purpose
from digest.web.proof import GUESSES
from tests.web.browser import Browser, Elements, state
from tests.web.library import paper
from tests.web.own import DAY, at, link, send

ANY_CASE = "  ADA.lovelace@EXAMPLE.org "
WRONG = ["", "a•••@example.org", "bob@example.org", "ada.lovelace@example.org.evil.example", "é" * 999]


@pytest.fixture
def known(store: Store, ada: Subscriber, now: datetime) -> Subscriber:
    """One of whom there is something of every kind."""
    store.subscribers.update(replace(ada, name="Ada", topics=(Topic(TopicKind.PHRASE, "maps"),)))
    send(store, ada, now)
    store.feedback.put(ada.id, paper(1).id, Verdict.MORE, now)
    asked = Request(kind=LetterKind.MOVE, address="new@example.org", asked_at=now, subscriber_id=ada.id, network="n")
    store.requests.put(asked)
    store.suppressions.add(ada.address, "complaint", "an ARF report", now)
    return ada


def test_the_copy_holds_all_of_it(client: Browser, known: Subscriber) -> None:
    answer = client.post(link(known, "export"), data={"address": ANY_CASE})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="digest-2026-05-28.json"'
    assert answer.headers["cache-control"] == "no-store"
    held = json.loads(answer.content)
    assert held["exported_at"] == "2026-05-28T12:00:00+00:00"
    assert (held["subscriber"]["email"], held["subscriber"]["name"]) == (known.address, "Ada")
    assert held["subscriber"]["topics"] == ["maps"]
    assert [(each["id"], each["verdict"]) for each in held["feedback"]] == [(paper(1).id, "more")]
    assert [(each["kind"], each["email"]) for each in held["requests"]] == [("move", "new@example.org")]
    assert [each["kind"] for each in held["events"]] == ["active"]
    assert held["suppression"]["reason"] == "complaint"
    assert held["consents"] == []
    today, yesterday = held["deliveries"]
    assert (today["state"], today["reason"], today["sent_papers"]) == ("skipped", "no paper of 84 matched a topic", [])
    assert [each["id"] for each in yesterday["sent_papers"]] == [paper(1).id, paper(2).id]
    assert [each["text"] for each in yesterday["dials"]] == ["Ok: queued as 4711"]


def test_the_copy_names_nobody_else_and_holds_no_link(
    client: Browser, store: Store, known: Subscriber, now: datetime
) -> None:
    bob = store.subscribers.add(replace(known, id=0, address="bob@example.org"), now)
    store.feedback.put(bob.id, paper(2).id, Verdict.LESS, now)
    text = client.post(link(known, "export"), data={"address": known.address}).text
    assert "bob" not in text
    for purpose in Purpose:
        assert link(known, purpose=purpose).rpartition("/")[2] not in text


@pytest.mark.parametrize("gone", [SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED])
def test_who_left_still_has_a_right_to_it(
    client: Browser, store: Store, known: Subscriber, now: datetime, gone: SubscriberState
) -> None:
    store.subscribers.set_state(known.id, gone, "for the test", now)
    answer = client.post(link(known, "export"), data={"address": known.address})
    assert json.loads(answer.content)["subscriber"]["state"] == gone


@pytest.mark.parametrize("what", ["export", "erase", "address"])
def test_an_address_with_a_slip_in_it_is_still_there(client: Browser, known: Subscriber, what: str) -> None:
    page = client.post(link(known, what), data={"address": "ada.lovelace@example.orgg", "new": "a@b"}).text
    typed = {field["name"]: field["value"] for field in Elements(page).named("input")}
    assert typed == {"address": "ada.lovelace@example.orgg"} | ({"new": "a@b"} if what == "address" else {})


@pytest.mark.parametrize("what", ["export", "erase"])
@pytest.mark.parametrize("typed", WRONG)
def test_a_forwarded_link_alone_does_neither(
    client: Browser, store: Store, known: Subscriber, what: str, typed: str
) -> None:
    answer = client.post(link(known, what), data={"address": typed})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "not the address" in answer.text
    assert "lovelace" not in answer.text.replace(f'value="{typed}"', "").lower()  # but for what they typed themselves
    assert state(store, known) is SubscriberState.ACTIVE


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_does_neither(client: Browser, store: Store, known: Subscriber, method: str) -> None:
    before = store.subscribers.by_id(known.id)
    for what in ("export", "erase"):
        answer = client.request(method, f"{link(known, what)}?address={known.address}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert store.subscribers.by_id(known.id) == before


def test_guessing_ends_after_a_few_tries(store: Store, known: Subscriber, now: datetime) -> None:
    browser = at(store, now)
    for n in range(GUESSES):
        what = ("export", "erase", "address")[n % 3]
        assert browser.post(link(known, what), data={"address": f"a{n}@example.org"}).status_code == 422
    answer = browser.post(link(known, "erase"), data={"address": known.address})
    assert "too many tries" in answer.text
    assert state(store, known) is SubscriberState.ACTIVE


def test_erasing_takes_all_of_it(client: Browser, store: Store, known: Subscriber) -> None:
    page = client.get(link(known, "erase")).text
    assert "One thing stays" in page  # there is a suppression
    answer = client.post(link(known, "erase"), data={"address": ANY_CASE})
    assert answer.status_code == 200
    assert "Everything is erased" in answer.text
    assert "All that is left is a code" in answer.text
    assert store.subscribers.by_id(known.id) is None
    assert store.feedback.of([known.id]).get(known.id, ()) == ()
    assert store.history.events(known.id) == []
    assert store.suppressions.contains(known.address)
    for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE):
        assert client.get(link(known, purpose=purpose)).status_code == 404


def test_of_who_was_never_suppressed_nothing_is_said_to_stay(client: Browser, ada: Subscriber) -> None:
    assert "One thing stays" not in client.get(link(ada, "erase")).text
    assert "a code" not in client.post(link(ada, "erase"), data={"address": ada.address}).text


def test_nobody_else_is_erased(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    bob = store.subscribers.add(replace(ada, id=0, address="bob@example.org"), now + DAY)
    client.post(link(ada, "erase"), data={"address": ada.address})
    assert state(store, bob) is SubscriberState.ACTIVE
