"""The suppression list over the API."""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

from digest.model import Subscriber
from digest.store.engine import Store
from tests.web.api.caller import Caller

BO = "bo@example.org"


def test_put_on_it_listed_and_taken_off(call: Caller) -> None:
    assert call("POST", "/suppressions", {"email": BO, "reason": "wrote to us"}, 204) is None
    [one] = call("GET", "/suppressions")["suppressions"]
    assert one == {"email": BO, "reason": "wrote to us", "evidence": "", "created_at": "2026-05-28T12:00:00Z"}
    assert "on the list already" in call.fails("POST", "/suppressions", 409, {"email": BO})
    call("DELETE", f"/suppressions/{BO}", status=204)
    assert "not on the list" in call.fails("DELETE", f"/suppressions/{BO}", 404)
    assert call("GET", "/suppressions") == {"suppressions": [], "next": None}


def test_its_subscriber_gets_no_more_mail_until_somebody_says_so(call: Caller, ada: Subscriber) -> None:
    call("POST", "/suppressions", {"email": ada.address}, 204)
    assert call("GET", f"/subscribers/{ada.id}")["state"] == "suppressed"
    call("DELETE", f"/suppressions/{ada.address}", status=204)
    assert call("GET", f"/subscribers/{ada.id}")["state"] == "suppressed"
    assert "is suppressed" in call.fails("POST", f"/subscribers/{ada.id}/resume", 409, {})


def test_one_who_was_erased_has_no_address_on_it_and_can_be_taken_off(call: Caller, ada: Subscriber) -> None:
    call("POST", "/suppressions", {"email": ada.address}, 204)
    call("DELETE", f"/subscribers/{ada.id}", status=204)
    [one] = call("GET", "/suppressions")["suppressions"]
    assert one["email"] == ""
    assert "is suppressed" in call.fails("POST", "/subscribers", 409, {"email": ada.address})
    call("DELETE", f"/suppressions/{ada.address}", status=204)
    call("POST", "/subscribers", {"email": ada.address}, 201)


@pytest.mark.parametrize("address", ["a/b@example.org", "a%b@example.org", "a+b?c=d@example.org", "a#b@example.org"])
def test_an_address_with_signs_that_mean_something_in_a_path(call: Caller, address: str) -> None:
    call("POST", "/suppressions", {"email": address}, 204)
    call("DELETE", f"/suppressions/{quote(address, safe='/')}", status=204)
    assert call("GET", "/suppressions")["suppressions"] == []


def test_the_list_comes_in_pages(call: Caller, store: Store, now: datetime) -> None:
    for number in range(5):
        store.suppressions.add(f"r{number}@example.org", "bounced", "", now + timedelta(hours=number))
    first = call("GET", "/suppressions?limit=3")
    second = call("GET", f"/suppressions?limit=3&after={first['next']}")
    assert [each["email"][1] for page in (first, second) for each in page["suppressions"]] == list("01234")
    assert second["next"] is None
