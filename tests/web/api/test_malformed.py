"""What a program sent and cannot be used: the answer says what would be right, and little of what was sent."""

import json

import pytest

from digest.model import Subscriber
from tests.web.api.caller import Caller

ITEM = '{"kind": "phrase", "value": "paper folding"}'
EMAIL = '{"email": "ada@example.org"}'
KINDS = "there are phrase, category, author"
LONG = "the longest word that anybody has ever sent to it"


@pytest.fixture
def one(ada: Subscriber) -> str:
    return f"/subscribers/{ada.id}"


def test_a_key_that_is_misspelt(call: Caller, one: str) -> None:
    said = {"error": "there is no key “langauge”", "mend": "did you mean language?"}
    assert call("PATCH", one, {"langauge": "de"}, 422) == said
    assert call.fails("POST", f"{one}/pause", 422, {"x": 1}) == "there is no key “x”; there are until"
    assert call.fails("POST", "/subscribers", 422, {"emial": "x"}) == "there is no key “emial”; did you mean email?"
    wrong = {"topics": [{"knd": "phrase", "value": "x"}]}
    assert call.fails("PUT", f"{one}/topics", 422, wrong) == "there is no key “knd” in topics[0]; did you mean kind?"


def test_a_parameter_that_is_misspelt(call: Caller, one: str) -> None:
    assert call.fails("GET", "/subscribers?sate=paused", 422) == "there is no parameter “sate”; did you mean state?"
    assert call.fails("DELETE", f"{one}?sure=no", 422) == "there is no parameter “sure”; there are none"


def test_a_body_that_is_not_there(call: Caller, one: str) -> None:
    lacking = "the request has no body; send a JSON object, {} at least"
    for body in (b"", b"null"):
        headers = {"Content-Type": "application/json"}
        assert call.answer("PATCH", one, content=body, headers=headers).json()["error"] == "the request has no body"
    assert call.fails("PATCH", one, 422) == lacking
    assert call.fails("POST", "/subscribers", 422) == lacking.replace("{}", EMAIL)
    assert call.fails("POST", f"{one}/topics", 422) == lacking.replace("{}", ITEM)


def test_what_needs_no_key_needs_no_body(call: Caller, one: str) -> None:
    assert call("POST", f"{one}/pause")["state"] == "paused"
    assert call("POST", f"{one}/resume")["state"] == "active"


@pytest.mark.parametrize("body", [[], "x", 7, True])
def test_a_body_that_is_no_object(call: Caller, one: str, body: object) -> None:
    assert call.fails("PATCH", one, 422, body) == "the body is no object; send a JSON object, {} at least"
    assert call.fails("POST", f"{one}/pause", 422, body).startswith("the body is no object; ")


def test_a_body_that_is_not_called_json(call: Caller, one: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}  # as curl does, left alone
    for method, path in (("PATCH", one), ("POST", f"{one}/pause"), ("POST", "/subscribers")):
        answer = call.answer(method, path, content=b"{}", headers=headers)
        assert answer.status_code == 422
        assert answer.json() == {"error": "the body is not called JSON", "mend": "send Content-Type: application/json"}


def test_an_item_looks_like_this(call: Caller, one: str) -> None:
    at = f"{one}/topics"
    assert call.fails("PUT", at, 422, {"topics": ["robotics"]}) == f"topics[0] is no object; write {ITEM}"
    assert call.fails("PUT", at, 422, {"topics": "x"}) == f'topics is no list; as in {{"topics": [{ITEM}]}}'
    assert call.fails("PUT", at, 422, {}) == f'topics is missing; as in {{"topics": [{ITEM}]}}'
    assert call.fails(
        "PUT", at, 422, {"topics": [{"kind": "phrase", "value": "paper folding"}, {"kind": "author"}]}
    ) == ('topics[1].value is missing; as in {"value": "paper folding"}')
    assert call.fails("PATCH", one, 422, {"topics": "x"}) == 'topics is no list; write ["one", "two"]'
    assert call.fails("PATCH", one, 422, {"mutes": [{}]}) == "mutes[0] is no text; write it in quotes"


def test_the_words_there_are(call: Caller, one: str) -> None:
    at = f"{one}/topics"
    assert call.fails("POST", at, 422, {"value": "robotics"}) == f"kind is missing; {KINDS}"
    assert call.fails("POST", at, 422, {"kind": "colour", "value": "x"}) == f"there is no kind “colour”; {KINDS}"
    assert call.fails("POST", at, 422, {"kind": 7, "value": "x"}) == f"kind is no text; {KINDS}"
    assert call.fails("DELETE", f"{at}?kind=colour&value=x", 422) == f"there is no kind “colour”; {KINDS}"
    assert call.fails("DELETE", f"{at}?value=x", 422) == f"kind is missing; {KINDS}"
    states = "pending, active, paused, unsubscribed, suppressed"
    assert call.fails("GET", "/subscribers?state=actve", 422) == f"there is no state “actve”; there are {states}"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"papers": 51}, "papers is too large; at most 50"),
        ({"papers": -1}, "papers is too small; at least 0"),
        ({"papers": "ten"}, "papers is no whole number; write digits only, without quotes"),
        ({"papers": 1.5}, "papers is no whole number; write digits only, without quotes"),
        ({"text_only": "yes"}, "text_only is neither true nor false; write it without quotes"),
        ({"name": 7}, "name is no text; write it in quotes"),
        ({"name": "a" * 255}, "name is too long; at most 254 characters"),
        ({"name": "a\nb"}, "name cannot be used; write one line of printable characters"),
        ({"topics": ["a"] * 101}, "topics is too long; at most 100 items"),
    ],
)
def test_every_other_slip(call: Caller, one: str, sent: object, said: str) -> None:
    assert call.fails("PATCH", one, 422, sent) == said


def test_a_slip_in_an_address(call: Caller, one: str) -> None:
    assert call.fails("DELETE", f"{one}/topics?kind=phrase", 422) == "value is missing; add value=…"
    assert call.fails("GET", "/subscribers?limit=many", 422).startswith("limit is no whole number; ")
    assert call.fails("GET", "/subscribers/ada", 422).startswith("subscriber_id is no whole number; ")
    assert call.fails("GET", "/editions/yesterday", 422) == "date cannot be used; write a date as 2026-05-28"
    assert call.fails("GET", "/deliveries?email=" + "a" * 255, 422) == "email is too long; at most 254 characters"


@pytest.mark.parametrize(
    "sent",
    [
        {LONG: 1}, {"tz": LONG}, {"at": LONG}, {"cadence": LONG}, {"language": LONG}, {"abstracts": LONG},
        {"name": [LONG]}, {"categories": [LONG]}, {"topics": "the " * 60}, {"tz": f"” {LONG}"},
        {"\x1b[31m\ud800\u202e" + LONG: 1},
    ],
)  # fmt: skip
def test_little_of_what_was_sent_is_said_again(call: Caller, one: str, sent: dict[str, object]) -> None:
    answer = call.answer("PATCH", one, content=json.dumps(sent).encode(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert len(error) < 90
    assert error.isprintable()
    assert LONG not in answer.text
    assert "the the the the the the the the the the the" not in answer.text


def test_an_address_of_signs_that_cannot_be_is_not_spelled_out(call: Caller) -> None:
    signs = "".join(map(chr, range(0x410, 0x450)))
    assert len(call.fails("POST", "/subscribers", 422, {"email": f"{signs}@example.org"})) < 200
