"""Editions, deliveries and counts over the API."""

from datetime import datetime, timedelta

import pytest

from digest import records
from digest.model import Cause, Delivery, DeliveryState, Edition, NoDigest, Reply, Stage, Subscriber
from digest.store.deliveries import Owed
from digest.store.engine import Store
from tests.store.cast import NOON, TODAY, owed, publish
from tests.web.api.caller import Caller

DAY = timedelta(days=1)
NOTHING = NoDigest("nothing new", Cause.NOTHING_NEW)


@pytest.fixture
def edition(store: Store) -> Edition:
    return publish(store)


@pytest.fixture
def failed(store: Store, ada: Subscriber, edition: Edition) -> Delivery:
    """Today's, which the server refused."""
    store.adopt()
    store.deliveries.enqueue([owed(edition, ada)], NOON)
    [mine] = store.deliveries.claim("me", 1, NOON)
    refused = Reply(Stage.RCPT, 550, "5.7.1", "not from you")
    assert store.deliveries.settle(mine, refused, DeliveryState.FAILED, now=NOON, reason="refused")
    found = store.deliveries.get(mine.id)
    assert found
    return found


def quiet(store: Store, one: Subscriber, days: int) -> None:
    """A row without a mail for each of the last days."""
    rows = [Owed(one.id, TODAY - n * DAY, NOON - n * DAY, NOTHING, NOON + DAY) for n in range(days)]
    store.deliveries.enqueue(rows, NOON)


# --- editions --------------------------------------------------------------------------------------------------------


def test_editions_are_listed_newest_first(call: Caller, store: Store, edition: Edition) -> None:
    publish(store, TODAY - DAY, first=10, at=NOON - DAY)
    listed = call("GET", "/editions")["editions"]
    assert [each["date"] for each in listed] == ["2026-05-28", "2026-05-27"]
    assert listed[0] == {
        "date": "2026-05-28", "cutoff_at": "2026-05-28T12:00:00Z", "papers": 3, "notes": ["one source was silent"],
    }  # fmt: skip
    assert call("GET", "/editions?limit=1")["editions"] == listed[:1]


def test_an_edition_and_its_first_papers(call: Caller, edition: Edition) -> None:
    whole = call("GET", "/editions/2026-05-28")
    assert whole == call("GET", "/editions/newest")
    assert (whole["total"], [each["rank"] for each in whole["papers"]]) == (3, [1, 2, 3])
    assert whole["papers"][0].keys() == records.ranked(edition.entries[0]).keys()
    assert whole["papers"][0]["id"] == edition.entries[0].paper.id
    first = {"phrase": "folded maps", "papers": 7, "times": 3.5, "fields": ["cs.LG", "cs.CG"]}
    assert (whole["rising"][0], len(whole["rising"])) == (first, len(edition.rising))
    assert call("GET", "/editions/2026-05-28?papers=1") == {**whole, "papers": whole["papers"][:1]}


def test_there_is_none(call: Caller) -> None:
    assert "there is no edition yet" in call.fails("GET", "/editions/newest", 404)
    assert "there is no edition of 2026-05-01" in call.fails("GET", "/editions/2026-05-01", 404)
    assert "write a date as 2026-05-28" in call.fails("GET", "/editions/yesterday", 422)


# --- deliveries ------------------------------------------------------------------------------------------------------


def test_a_row_with_every_answer(call: Caller, failed: Delivery) -> None:
    shown = call("GET", f"/deliveries/{failed.id}")
    tries = shown.pop("tries")
    assert shown.keys() == records.delivery(failed).keys()
    assert (shown["state"], shown["reason"], shown["date"]) == ("failed", "refused", "2026-05-28")
    assert tries == [
        {
            "number": 1, "at": "2026-05-28T12:00:00Z", "stage": "rcpt", "code": 550, "enhanced": "5.7.1",
            "text": "not from you", "outcome": "failed",
        }
    ]  # fmt: skip


def test_a_retry_queues_it_again_once(call: Caller, store: Store, failed: Delivery) -> None:
    assert call("POST", f"/deliveries/{failed.id}/retry")["state"] == "queued"
    found = store.deliveries.get(failed.id)
    assert found
    assert found.state is DeliveryState.QUEUED
    assert f"delivery {failed.id} is queued" in call.fails("POST", f"/deliveries/{failed.id}/retry", 409)


def test_rows_by_state_date_and_address_in_pages(
    call: Caller, store: Store, ada: Subscriber, failed: Delivery, now: datetime
) -> None:
    quiet(store, ada, 4)
    bo = call("POST", "/subscribers", {"email": "bo@example.org"}, 201)
    quiet(store, store.subscribers.list()[-1], 2)
    whole = call("GET", "/deliveries")
    assert (len(whole["deliveries"]), whole["next"]) == (6, None)
    pages = [call("GET", "/deliveries?limit=4")]
    pages.append(call("GET", f"/deliveries?limit=4&after={pages[0]['next']}"))
    assert [each for page in pages for each in page["deliveries"]] == whole["deliveries"]
    assert pages[1]["next"] is None

    def ids(query: str) -> list[int]:
        return [each["id"] for each in call("GET", f"/deliveries?{query}")["deliveries"]]

    assert ids("state=failed") == [failed.id]
    assert len(ids("date=2026-05-27")) == 2
    assert len(ids(f"email={bo['email']}")) == 2
    assert ids(f"email={bo['email']}&state=failed") == []


def test_a_row_that_is_not_there(call: Caller) -> None:
    for method, path in (("GET", "/deliveries/9"), ("POST", "/deliveries/9/retry"), ("GET", "/deliveries?after=9")):
        assert "there is no delivery 9" in call.fails(method, path, 404)


# --- counts ----------------------------------------------------------------------------------------------------------


def test_the_last_days_as_the_command_counts_them(call: Caller, store: Store, failed: Delivery) -> None:
    quiet(store, store.subscribers.list()[0], 9)
    counts = call("GET", "/stats")
    assert (counts["since"], len(counts["days"])) == ("2026-05-22", 7)
    assert counts["days"][0] == {
        "date": "2026-05-22", "sent": 0, "skipped": {"nothing-new": 1}, "missed": {}, "failed": 0, "poisoned": 0,
        "uncertain": 0, "suppressed": 0, "waiting": 0,
    }  # fmt: skip
    assert (counts["total"]["failed"], counts["total"]["skipped"]) == (1, {"nothing-new": 6})
    assert counts["subscribers"] == {"pending": 0, "active": 1, "paused": 0, "unsubscribed": 0, "suppressed": 0}
    assert counts["sources"] == [{"name": "arxiv", "succeeded_at": None, "papers": 0, "problem": ""}]
    assert len(call("GET", "/stats?days=2")["days"]) == 2
    assert call("GET", "/stats?since=2026-05-20")["since"] == "2026-05-20"
    assert call("GET", "/stats?since=9999-12-31")["days"] == []
    assert len(call("GET", "/stats?since=0001-01-01")["days"]) == 9
