"""A pause: begun with a length or a date, ended with a button; it brings nobody back who left."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from digest.model import Subscriber, SubscriberState
from digest.store.engine import Store
from tests.web.browser import Browser, Elements, state
from tests.web.own import at, link

ACTIVE, PAUSED = SubscriberState.ACTIVE, SubscriberState.PAUSED
TODAY = date(2026, 5, 28)


def until(store: Store, subscriber: Subscriber) -> tuple[SubscriberState, date | None]:
    found = store.subscribers.by_id(subscriber.id)
    assert found
    return found.state, found.paused_until


def test_the_page_says_until_when(client: Browser, ada: Subscriber) -> None:
    page = client.get(link(ada, "pause")).text
    assert "1 week, until Thursday, 4 June 2026" in page
    assert "4 weeks, until Thursday, 25 June 2026" in page
    assert len(Elements(page).named("button")) == 1


@pytest.mark.parametrize(
    ("data", "day"),
    [
        ({"weeks": "1"}, date(2026, 6, 4)),
        ({"weeks": "4", "until": ""}, date(2026, 6, 25)),
        ({"weeks": "open"}, None),
        ({"until": "2026-05-29"}, date(2026, 5, 29)),
        ({"until": "2027-05-29"}, date(2027, 5, 29)),
    ],
)
def test_a_pause_begins(client: Browser, store: Store, ada: Subscriber, data: dict[str, str], day: date | None) -> None:
    answer = client.post(link(ada, "pause"), data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link(ada)}?done=paused")
    assert until(store, ada) == (PAUSED, day)
    assert "The pause has begun" in client.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"weeks": "3"},
        {"weeks": "-1"},
        {"weeks": "²"},
        {"weeks": "1", "until": "2026-06-30"},
        {"until": "2026-05-28"},
        {"until": "2027-05-30"},
        {"until": "9999-12-31"},
        {"until": "0001-01-01"},
        {"until": "tomorrow"},
        {"until": "2026-06-31"},
    ],
)
def test_what_cannot_be_is_said(client: Browser, store: Store, ada: Subscriber, data: dict[str, str]) -> None:
    answer = client.post(link(ada, "pause"), data=data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert until(store, ada) == (ACTIVE, None)


def test_what_was_chosen_and_typed_is_still_there(client: Browser, ada: Subscriber) -> None:
    fields = Elements(client.post(link(ada, "pause"), data={"weeks": "2", "until": "2026-07-01"}).text).named("input")
    assert [field["value"] for field in fields if "checked" in field or field["name"] == "until"] == ["2", "2026-07-01"]


def test_today_is_where_they_live(store: Store, ada: Subscriber, now: datetime) -> None:
    store.subscribers.update(replace(ada, zone="Pacific/Kiritimati"))  # 14 hours ahead: tomorrow already
    assert at(store, now).post(link(ada, "pause"), data={"until": "2026-05-29"}).status_code == 422
    assert at(store, now).post(link(ada, "pause"), data={"until": "2026-05-30"}).status_code == 303


def test_a_pause_can_be_changed_and_ended(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    client.post(link(ada, "pause"), data={"weeks": "1"})
    client.post(link(ada, "pause"), data={"weeks": "2"})
    assert until(store, ada) == (PAUSED, TODAY + timedelta(weeks=2))
    for page in (client.get(link(ada)).text, client.get(link(ada, "pause")).text):
        assert "Thursday, 11 June 2026" in page
        assert "End the pause" in page
    answer = client.post(link(ada, "pause"), data={"resume": "yes"})
    assert answer.headers["location"] == f"{link(ada)}?done=resumed"
    assert until(store, ada) == (ACTIVE, None)
    found = store.subscribers.by_id(ada.id)
    assert found
    assert found.heard_at == now
    assert store.history.events(ada.id)[-1].reason == "asked for it by their own link"


def test_after_weeks_of_pause_the_next_digest_is_that_of_the_next_hour(
    store: Store, ada: Subscriber, now: datetime
) -> None:
    store.subscribers.schedule({ada.id: now})
    at(store, now).post(link(ada, "pause"), data={"weeks": "open"})
    later = now + timedelta(days=40)
    at(store, later).post(link(ada, "pause"), data={"resume": "yes"})
    found = store.subscribers.by_id(ada.id)
    assert found
    assert found.next_due_at
    assert found.next_due_at.date() == later.date()


def test_ending_a_pause_lifts_no_suppression(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    client.post(link(ada, "pause"), data={"weeks": "1"})
    store.suppressions.add(ada.address, "complaint", "an ARF report", now)
    client.post(link(ada, "pause"), data={"resume": "yes"})
    assert store.suppressions.contains(ada.address)


@pytest.mark.parametrize("gone", [state for state in SubscriberState if state not in (ACTIVE, PAUSED)])
@pytest.mark.parametrize("data", [{"resume": "yes"}, {"weeks": "1"}])
def test_who_gets_no_mail_is_neither_paused_nor_woken(
    client: Browser, store: Store, ada: Subscriber, now: datetime, gone: SubscriberState, data: dict[str, str]
) -> None:
    store.subscribers.set_state(ada.id, gone, "for the test", now)
    assert not Elements(client.get(link(ada, "pause")).text).named("form")
    assert client.post(link(ada, "pause"), data=data).status_code == 303
    assert state(store, ada) is gone
