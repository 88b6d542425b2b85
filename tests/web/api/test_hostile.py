"""Whatever is sent, the answer is one of ours, and the program is none the worse."""

import json
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import pytest

from digest.model import Subscriber
from digest.store.engine import Store, open_store
from digest.web.api import gate
from digest.web.guard import LARGEST_BODY
from tests.web.api.caller import Caller

NUL, SURROGATE, HUGE = "\x00", "\ud800", 2**63
TEXTS = (
    "",
    " ",
    NUL,
    f"a{NUL}b",
    SURROGATE,
    "\udfff\ud83d",
    "\u202etxt",
    "\x1b[31m",
    "é" * 300,
    "𝔘🙂",
    "a\nb",
    "%",
    "_'",
)
NUMBERS = (0, -1, HUGE, -HUGE, 2**31, 10**400, 1.5, True, None)
IN_PATHS = ("%00", "%ED%A0%80", "%FF%FE", "a%00b@example.org", "%E2%80%AE", "%0A", "%25", "%2F", "..%2f")
AS_NUMBERS = (*map(str, NUMBERS), "1e3", "١", "+1", " 1", "1_0", "0x1", "9" * 5000)
LISTS = ("topics", "categories", "authors", "mutes")
PLAIN = ("name", "tz", "at", "cadence", "papers", "language", "abstracts", "text_only")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """On both: what one takes, the other may not."""
    with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def ada(store: Store, now: datetime) -> Subscriber:
    return store.subscribers.add(Subscriber(address="ada@example.org", zone="UTC", at=time(7, 30)), now)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST", 100_000)


def sent(call: Caller, method: str, path: str, value: Any) -> int:
    """The status of an answer that is JSON, or empty."""
    headers = {"Content-Type": "application/json"}
    answer = call.answer(method, path, content=json.dumps(value).encode(), headers=headers)
    assert answer.status_code < 500, f"{method} {path} {value!a}"
    assert not answer.content or isinstance(answer.json(), dict)
    return answer.status_code


def test_every_field(call: Caller, ada: Subscriber) -> None:
    for value in (*TEXTS, *NUMBERS, [], {}, [SURROGATE], [[]]):
        for path, body in bodies(ada, value):
            sent(call, "PATCH" if path == f"/subscribers/{ada.id}" else "POST", path, body)
        sent(call, "PUT", f"/subscribers/{ada.id}/topics", {"topics": value})
    assert call("GET", "/subscribers")["subscribers"]


def bodies(ada: Subscriber, value: Any) -> Iterator[tuple[str, Any]]:
    """Where a value may stand, in a body that is right otherwise."""
    one = f"/subscribers/{ada.id}"
    yield from ((one, {name: value}) for name in PLAIN)
    yield from ((one, {name: [value]}) for name in LISTS)
    yield one, {"mutes": [f"author:{value}"], "topics": value}
    yield "/subscribers", {"email": value}
    yield "/subscribers", {"email": "bo@example.org", "confirmed": value, "name": value}
    yield from ((f"{one}/topics", {"kind": kind, "value": value}) for kind in ("phrase", "category", "author", value))
    yield f"{one}/pause", {"until": value}
    yield f"{one}/resume", {"confirmed": value}
    yield "/suppressions", {"email": value}
    yield "/suppressions", {"email": "cy@example.org", "reason": value}
    yield "/suppressions", {ascii(value): value}
    yield "/suppressions", {SURROGATE: value}


def test_every_place_in_an_address(call: Caller, ada: Subscriber) -> None:
    places = (
        "/subscribers?email=", "/subscribers?state=", "/subscribers/", "/editions/",
        f"/subscribers/{ada.id}/topics?kind=phrase&value=", "/deliveries?email=", "/deliveries?date=", "/deliveries/",
        "/suppressions/", "/stats?since=", "/",
    )  # fmt: skip
    for place in places:
        for text in IN_PATHS:
            for method in ("GET", "DELETE", "POST", "PUT"):
                sent(call, method, place + text, {})


def test_every_number(call: Caller) -> None:
    places = (
        "/subscribers/", "/subscribers?after=", "/subscribers?limit=", "/deliveries/", "/deliveries?after=",
        "/suppressions?after=", "/editions/newest?papers=", "/editions?limit=", "/stats?days=",
    )  # fmt: skip
    for number in AS_NUMBERS:
        for place in places:
            sent(call, "GET", place + number, {})
        sent(call, "DELETE", f"/subscribers/{number}", {})
        sent(call, "POST", f"/deliveries/{number}/retry", {})


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b'{"email": "\xff"}', 400),
        (b"null", 422),
        (b'{"email": NaN}', 422),
        (b"[" * 8000, 400),
        (b'{"papers": ' + b"9" * 6000 + b"}", 400),
        (b'{"email": "' + b"a" * LARGEST_BODY + b'"}', 413),
        (b'{"email": "bo@example.org", "email": 7}', 422),
    ],
    ids=range(9),
)  # fmt: skip
def test_bodies_that_are_none(call: Caller, store: Store, content: bytes, status: int) -> None:
    answer = call.answer("POST", "/subscribers", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    if status != 413:  # that is said before it gets here
        assert set(answer.json()) == {"error", "mend"}
    assert store.subscribers.list() == []


def test_what_was_sent_is_not_said_again(call: Caller) -> None:
    secret = "correct horse battery staple"
    assert secret not in call.fails("POST", "/subscribers", 422, {"email": ["x"], "name": secret})
    assert secret not in call.fails("PATCH", "/subscribers/1", 422, {"papers": secret})
    assert call.fails("DELETE", "/suppressions/nobody@example.org", 404).count("nobody") == 0
