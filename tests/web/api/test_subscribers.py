"""Subscribers over the API: what the commands do, with the commands' words, and no more than they would."""

from datetime import datetime, timedelta

import pytest

from digest import records
from digest.clock import FixedClock
from digest.jobs.letters import answer
from digest.model import LetterKind, Subscriber, SubscriberState
from digest.store.engine import Store
from digest.wishes import Usual
from tests.store.cast import NOON
from tests.web.api.caller import Caller

ADA = "Ada.Lovelace@example.org"


def test_one_is_added_and_found_again(call: Caller, store: Store) -> None:
    asked = {"email": "bo@example.org", "topics": ["paper folding"], "mutes": ["category:cs.CR"], "tz": "Europe/Berlin"}
    answer = call.answer("POST", "/subscribers", json={**asked, "at": "6:05", "papers": 3})
    assert answer.status_code == 201
    made = answer.json()
    assert made | asked == made
    assert (made["state"], made["at"], made["papers"], made["cadence"]) == ("active", "06:05", 3, "daily")
    assert made["created_at"] == "2026-05-28T12:00:00Z"
    assert answer.headers["location"] == f"https://papers.example.org/api/v1/subscribers/{made['id']}"
    assert call("GET", f"/subscribers/{made['id']}") == made
    stored = store.subscribers.by_id(made["id"])
    assert stored
    assert set(made) == set(records.subscriber(stored))


def test_what_is_not_said_is_as_usual(call: Caller, store: Store) -> None:
    made = call("POST", "/subscribers", {"email": " bo@example.org "}, 201)
    assert (made["email"], made["tz"], made["at"], made["topics"]) == ("bo@example.org", "UTC", "07:30", [])


@pytest.mark.parametrize("state", list(SubscriberState))
def test_nobody_is_added_twice_nor_brought_back_so(
    call: Caller, store: Store, ada: Subscriber, now: datetime, state: SubscriberState
) -> None:
    store.subscribers.set_state(ada.id, state, "for the test", now)
    problem = call.fails("POST", "/subscribers", 409, {"email": ADA.upper(), "confirmed": True})
    assert f"is there already, and {state.value}; it has the id {ada.id}" in problem
    assert call("GET", f"/subscribers/{ada.id}")["state"] == state.value


@pytest.mark.parametrize("email", ["bo@example.org", ADA])
def test_one_may_be_asked_first(call: Caller, store: Store, ada: Subscriber, email: str) -> None:
    wishes = {"email": email, "topics": ["kites"], "confirm": True}
    assert call("POST", "/subscribers", wishes, 202) == {"email": email}
    assert store.subscribers.list() == [ada]
    assert store.requests.waiting(5) == [(LetterKind.CONFIRM, email.lower())]
    report = answer(store, FixedClock(NOON), Usual(), 200)
    assert report.queued.total() == 1
    pending = store.subscribers.get("bo@example.org")
    assert email == ADA or (pending and pending.state is SubscriberState.PENDING and not pending.topics)
    assert "is no e-mail address" in call.fails("POST", "/subscribers", 422, {**wishes, "email": "bo"})


def test_a_suppressed_address_wants_somebodys_word(call: Caller, store: Store, now: datetime) -> None:
    store.suppressions.add("bo@example.org", "bounced", "", now)
    assert "is suppressed" in call.fails("POST", "/subscribers", 409, {"email": "bo@example.org"})
    assert store.subscribers.list() == []
    call("POST", "/subscribers", {"email": "bo@example.org", "confirmed": True}, 201)
    assert not store.suppressions.contains("bo@example.org")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "email is missing"),
        ({"email": "nobody"}, "is no e-mail address"),
        ({"email": 7}, "email is no text"),
        ({"email": "bo@example.org", "topics": ["the"]}, "holds no telling word"),
        ({"email": "bo@example.org", "categories": ["cs.XX"]}, "is not an arXiv category"),
        ({"email": "bo@example.org", "tz": "Berlin"}, "there is no zone"),
        ({"email": "bo@example.org", "at": "25:00"}, "is no time of day"),
        ({"email": "bo@example.org", "cadence": "hourly"}, "is no cadence"),
        ({"email": "bo@example.org", "name": "evil \u202etxt"}, "write one line of printable characters"),
        ({"email": "bo@example.org", "papers": 51}, "papers is too large"),
        ({"email": "bo@example.org", "papers": "ten"}, "papers is no whole number"),
        ({"email": "bo@example.org", "language": "tlh"}, "there is no language"),
        ({"email": "bo@example.org", "abstracts": "long"}, "is no way to show abstracts"),
        ({"email": "bo@example.org", "state": "active"}, "there is no key “state”"),
        ([], "the body is no object"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_stored(call: Caller, store: Store, wrong: object, said: str) -> None:
    assert said in call.fails("POST", "/subscribers", 422, wrong)
    assert store.subscribers.list() == []


def test_only_what_is_given_changes(call: Caller, store: Store, ada: Subscriber) -> None:
    before = call("PATCH", f"/subscribers/{ada.id}", {"topics": ["paper folding"], "authors": ["Bo Unreal"]})
    after = call("PATCH", f"/subscribers/{ada.id}", {"topics": [], "abstracts": "titles", "name": "Ada"})
    assert after == {**before, "topics": [], "abstracts": "titles", "name": "Ada"}
    assert call("PATCH", f"/subscribers/{ada.id}", {}) == after
    assert "there is no zone" in call.fails("PATCH", f"/subscribers/{ada.id}", 422, {"name": "No", "tz": "x"})
    assert call("GET", f"/subscribers/{ada.id}") == after


def test_a_new_hour_has_a_new_due_time(call: Caller, store: Store, ada: Subscriber, now: datetime) -> None:
    store.subscribers.schedule({ada.id: now + timedelta(hours=19, minutes=30)})
    assert call("PATCH", f"/subscribers/{ada.id}", {"at": "09:00"})["next_due_at"] == "2026-05-28T09:00:00Z"
    assert call("PATCH", f"/subscribers/{ada.id}", {"at": "18:15"})["next_due_at"] == "2026-05-28T18:15:00Z"


def test_a_pause_and_its_end(call: Caller, ada: Subscriber) -> None:
    paused = call("POST", f"/subscribers/{ada.id}/pause", {"until": "2026-06-03"})
    assert (paused["state"], paused["paused_until"]) == ("paused", "2026-06-03")
    assert call("POST", f"/subscribers/{ada.id}/pause", {})["paused_until"] is None
    assert "is not ahead" in call.fails("POST", f"/subscribers/{ada.id}/pause", 422, {"until": "2026-05-28"})
    resumed = call("POST", f"/subscribers/{ada.id}/resume", {})
    assert (resumed["state"], resumed["paused_until"]) == ("active", None)


@pytest.mark.parametrize("date", ["2026-02-30", "0000-01-01", "03.06.2026", "20260603", 1780000000, "2026-06-03T00:00"])
def test_a_date_is_written_one_way(call: Caller, ada: Subscriber, date: object) -> None:
    said = call.fails("POST", f"/subscribers/{ada.id}/pause", 422, {"until": date})
    assert said.endswith("write a date as 2026-05-28")


def test_who_left_comes_back_on_somebodys_word(call: Caller, store: Store, ada: Subscriber, now: datetime) -> None:
    assert call("POST", f"/subscribers/{ada.id}/unsubscribe")["state"] == "unsubscribed"
    assert "gets no mail as it is" in call.fails("POST", f"/subscribers/{ada.id}/pause", 409, {})
    assert "unsubscribed; say confirmed" in call.fails("POST", f"/subscribers/{ada.id}/resume", 409, {})
    assert call("POST", f"/subscribers/{ada.id}/resume", {"confirmed": True})["state"] == "active"
    store.suppressions.add(ADA, "bounced", "", now)
    assert "is suppressed; say confirmed" in call.fails("POST", f"/subscribers/{ada.id}/resume", 409, {})
    call("POST", f"/subscribers/{ada.id}/resume", {"confirmed": True})
    assert not store.suppressions.contains(ADA)


def test_who_is_erased_is_gone(call: Caller, store: Store, ada: Subscriber) -> None:
    assert call("DELETE", f"/subscribers/{ada.id}", status=204) is None
    assert store.subscribers.list() == []
    assert f"there is no subscriber {ada.id}" in call.fails("DELETE", f"/subscribers/{ada.id}", 404)


@pytest.mark.parametrize("path", ["", "/topics"])
def test_who_is_not_there(call: Caller, path: str) -> None:
    assert "there is no subscriber 7" in call.fails("GET", f"/subscribers/7{path}", 404)


def test_the_list_comes_in_pages(call: Caller, store: Store, ada: Subscriber) -> None:
    ids = [ada.id, *(call("POST", "/subscribers", {"email": f"r{n}@example.org"}, 201)["id"] for n in range(4))]
    call("POST", f"/subscribers/{ids[1]}/unsubscribe")
    first = call("GET", "/subscribers?limit=2")
    assert [each["id"] for each in first["subscribers"]] == ids[:2]
    assert first["next"] == ids[1]
    second = call("GET", f"/subscribers?limit=3&after={first['next']}")
    assert [each["id"] for each in second["subscribers"]] == ids[2:]
    last = call("GET", f"/subscribers?limit=3&after={second['next']}")
    assert last == {"subscribers": [], "next": None}
    assert [each["id"] for each in call("GET", "/subscribers?state=unsubscribed")["subscribers"]] == [ids[1]]


def test_one_is_found_by_the_address(call: Caller, ada: Subscriber) -> None:
    found = call("GET", "/subscribers?email=ada.lovelace@EXAMPLE.org")
    assert found == {"subscribers": [call("GET", f"/subscribers/{ada.id}")], "next": None}
    assert call("GET", "/subscribers?email=bo@example.org")["subscribers"] == []
    assert call("GET", f"/subscribers?email={ADA}&state=paused")["subscribers"] == []


def test_a_filter_that_is_misspelt_does_not_show_everybody(call: Caller, ada: Subscriber) -> None:
    assert "there is no parameter" in call.fails("GET", "/subscribers?sate=paused", 422)
    assert call.fails("DELETE", f"/subscribers/{ada.id}?sure=no", 422).endswith("there are none")
    assert call("GET", f"/subscribers/{ada.id}")["id"] == ada.id
