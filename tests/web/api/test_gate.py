"""The API is there for whoever has the token, a number of times a minute, and for nobody else."""

from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI

from digest.clock import FixedClock
from digest.model import Subscriber
from digest.store.engine import Store
from digest.web.api import gate
from digest.web.context import Options
from digest.web.guard import LARGEST_BODY
from digest.web.server import create_app
from tests.web.api.caller import BEARER, ROOT, TOKEN, Caller
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser


@pytest.fixture
def client(app: FastAPI) -> Browser:
    return Browser(app)


def test_without_a_token_in_the_configuration_there_is_no_api(store: Store, now: datetime) -> None:
    client = Browser(create_app(store, TOKENS, TEMPLATES, SITE, FixedClock(now)))
    for path in ("/subscribers", "/openapi.json"):
        assert client.request("GET", f"{ROOT}{path}", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        "", "Bearer", "Bearer ", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer \xff",
        f"Bearer {TOKEN} {TOKEN}", f"Bearer {TOKEN.upper()}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_token_opens_nothing(client: Browser, store: Store, method: str, sent: str) -> None:
    headers = {"Authorization": sent.encode("latin-1")} if sent else {}
    answer = client.request(method, f"{ROOT}/subscribers", headers=headers, json={"email": "bo@example.org"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"error": "the token is missing or wrong", "mend": "send Authorization: Bearer TOKEN"}
    assert store.subscribers.list() == []


def test_who_has_no_token_learns_nothing_of_what_is_there(client: Browser, ada: Subscriber) -> None:
    paths = (f"/subscribers/{ada.id}", "/subscribers/0", "/nothing", "/openapi.json/")
    answers = [client.get(f"{ROOT}{path}") for path in paths]
    assert len({(each.status_code, each.text, str(each.headers)) for each in answers}) == 1


def test_the_scheme_is_written_in_any_case(client: Browser) -> None:
    headers = {"Authorization": f"bearer  {TOKEN}"}
    assert client.request("GET", f"{ROOT}/subscribers", headers=headers).status_code == 200


def test_answers_are_for_nobody_to_keep(call: Caller) -> None:
    headers = call.answer("GET", "/subscribers").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == "application/json"


def test_a_browser_on_another_site_opens_nothing(call: Caller, store: Store) -> None:
    other = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example.net"}
    answer = call.answer("POST", "/subscribers", json={"email": "bo@example.org"}, headers=other)
    assert answer.status_code == 403
    assert answer.json()["error"] == "another site's page sent this"
    assert store.subscribers.list() == []


@pytest.mark.parametrize("path", ["/subscribers", "/stats", "/suppressions", "/subscribers/7"])
def test_what_can_be_asked_for_can_be_asked_for_without_its_body(call: Caller, path: str) -> None:
    whole, head = call.answer("GET", path), call.answer("HEAD", path)
    assert (head.status_code, head.headers) == (whole.status_code, whole.headers)


@pytest.mark.parametrize(
    ("headers", "body", "status"), [({"Host": "x"}, b"", 421), ({}, b" " * (LARGEST_BODY + 1), 413)]
)
def test_what_is_refused_at_the_door_is_refused_in_json(
    call: Caller, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = call.answer("POST", "/subscribers", headers=headers, content=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "mend"}


def _status(client: Browser, headers: dict[str, str]) -> int:
    return client.request("GET", f"{ROOT}/subscribers", headers=headers).status_code


class Walking:
    """A clock that a test sets."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def test_so_often_and_no_more(store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST", 3)
    clock = Walking(now)
    client = Browser(create_app(store, TOKENS, TEMPLATES, SITE, clock, options=Options(api_token=TOKEN)))
    assert [_status(client, headers) for headers in (BEARER, {}, BEARER, BEARER)] == [200, 401, 200, 429]
    answer = client.get(f"{ROOT}/openapi.json")
    assert answer.headers["retry-after"] == "20"
    assert answer.json() == {"error": "too many requests", "mend": "at most 3 a minute"}
    clock.moment += timedelta(seconds=20)
    assert [_status(client, BEARER) for _ in range(2)] == [200, 429]
    assert client.get("/healthz").status_code == 503  # the pages are not counted
