"""`/healthz` says what the scheduler left in the database; a database that is away is no bare 500."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from digest.clock import FixedClock
from digest.model import Heartbeat, Subscriber, SubscriberState
from digest.store.database import Database
from digest.store.engine import Store
from digest.tokens import Purpose
from digest.web import health
from digest.web.server import create_app
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser, state

MINUTE = timedelta(minutes=1)


@pytest.fixture
def beat(now: datetime) -> Heartbeat:
    return Heartbeat(at=now - MINUTE / 4, started_at=now - 60 * MINUTE, ticks={"mail": now}, lag=0.002)


def said(client: Browser, status: int) -> Any:
    answer = client.get("/healthz")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


@contextmanager
def away(store: Store) -> Iterator[None]:
    """Until then the file is something else."""
    path = Path(str(store.database.url.database))
    store.database.engine.dispose()
    kept = path.read_bytes()
    path.write_bytes(b"no database at all " * 100)
    yield
    store.database.engine.dispose()
    path.write_bytes(kept)


# --- how it is -------------------------------------------------------------------------------------------------------


def test_all_is_well(client: Browser, store: Store, beat: Heartbeat) -> None:
    store.heartbeats.put(beat)
    expected = {"status": "ok", "problems": [], "queue": 0, "beat_seconds": 15, "lag_seconds": 0.002}
    assert said(client, 200) == expected


def test_nothing_has_run(client: Browser) -> None:
    assert said(client, 503) == {"status": "down", "problems": ["no scheduler has run yet"], "queue": 0}


def test_a_scheduler_that_went_silent(client: Browser, store: Store, beat: Heartbeat) -> None:
    store.heartbeats.put(replace(beat, at=beat.at - 2 * MINUTE))
    assert said(client, 503)["problems"] == ["no sign of the scheduler since 2026-05-28 11:57:45 UTC"]


def test_one_that_is_stuck(client: Browser, store: Store, beat: Heartbeat) -> None:
    store.heartbeats.put(replace(beat, stuck="the tick mail"))
    assert said(client, 503)["status"] == "down"


def test_a_head_says_what_a_get_says_without_the_words(client: Browser, store: Store, beat: Heartbeat) -> None:
    store.heartbeats.put(beat)
    head, get = client.request("HEAD", "/healthz"), client.get("/healthz")
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


def test_there_is_nothing_to_post(client: Browser) -> None:
    assert client.post("/healthz").status_code == 405


def test_the_database_is_asked_once_in_a_while(
    client: Browser, store: Store, beat: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(client, 503)
    store.heartbeats.put(beat)
    said(client, 503)
    monkeypatch.setattr(health, "FRESH", 0.0)
    said(client, 200)


# --- a database that is away -----------------------------------------------------------------------------------------


def test_it_says_so_and_nothing_of_where_it_is(client: Browser, store: Store) -> None:
    with away(store):
        assert said(client, 503) == {"status": "down", "problems": ["the database does not answer"]}


def test_one_who_asks_while_another_waits_for_it_is_not_kept(
    store: Store, now: datetime, beat: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.heartbeats.put(beat)
    monkeypatch.setattr(health, "PATIENCE", 0.01)
    asked, answered = threading.Event(), threading.Event()

    class Slow(FixedClock):
        def now(self) -> datetime:
            asked.set()
            assert answered.wait(30)
            return super().now()

    client = Browser(create_app(store, TOKENS, TEMPLATES, SITE, Slow(now)))
    first = threading.Thread(target=client.get, args=("/healthz",))
    first.start()
    assert asked.wait(30)
    assert said(client, 503)["problems"] == ["the database does not answer"]
    answered.set()
    first.join()
    assert said(client, 200)["status"] == "ok"


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.KEEP])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_asks_to_come_back_and_changes_nothing(
    client: Browser, store: Store, ada: Subscriber, method: str, purpose: Purpose
) -> None:
    path = f"/{purpose.value}/{TOKENS.issue(purpose, ada.id, ada.token_version)}"
    with away(store), capture_logs() as lines:
        answer = client.request(method, path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "content-security-policy" in answer.headers
    assert "Not just now" in answer.text
    assert str(store.database.url.database) not in answer.text
    [line] = lines
    assert line["event"] == "a page cannot be shown"
    assert "is not a database file" in line["problem"]
    assert path not in str(line)
    assert state(store, ada) is SubscriberState.ACTIVE


def test_a_lock_that_does_not_end_is_a_page_too(ada: Subscriber, store: Store, now: datetime) -> None:
    url = store.database.url.render_as_string()
    with closing(Database(url)) as other, closing(Database(url, deadline=0.2)) as hasty:
        client = Browser(create_app(Store(hasty), TOKENS, TEMPLATES, SITE, FixedClock(now)))
        path = f"/u/{TOKENS.issue(Purpose.UNSUBSCRIBE, ada.id, ada.token_version)}"
        with other.write():
            assert client.post(path).status_code == 503
        assert client.post(path).status_code == 200
    assert state(store, ada) is SubscriberState.UNSUBSCRIBED
