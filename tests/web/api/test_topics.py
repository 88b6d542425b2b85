"""The topics of one subscriber over the API, one by one and all at once."""

import pytest

from digest.model import Subscriber
from digest.store.engine import Store
from tests.web.api.caller import Caller

FOLDING = {"kind": "phrase", "value": "paper folding", "muted": False}
LEARNING = {"kind": "category", "value": "cs.LG", "muted": False}


@pytest.fixture
def at(ada: Subscriber) -> str:
    return f"/subscribers/{ada.id}/topics"


def test_added_listed_and_removed(call: Caller, store: Store, ada: Subscriber, at: str) -> None:
    assert call("GET", at) == {"topics": []}
    call("POST", at, {"kind": "phrase", "value": " paper  folding "})
    assert call("POST", at, {"kind": "category", "value": "CS.lg"}) == {"topics": [FOLDING, LEARNING]}
    assert call("POST", at, LEARNING) == call("GET", at) == {"topics": [FOLDING, LEARNING]}
    stored = store.subscribers.by_id(ada.id)
    assert stored
    assert [topic.value for topic in stored.topics] == ["paper folding", "cs.LG"]
    assert call("DELETE", f"{at}?kind=phrase&value=Paper+Folding") == {"topics": [LEARNING]}
    assert "no such phrase" in call.fails("DELETE", f"{at}?kind=phrase&value=Paper+Folding", 404)


def test_the_last_word_on_a_topic_counts(call: Caller, at: str) -> None:
    call("POST", at, FOLDING)
    muted = {**FOLDING, "muted": True}
    assert call("POST", at, muted) == {"topics": [muted]}
    assert call("POST", at, FOLDING) == {"topics": [FOLDING]}


def test_all_at_once(call: Caller, at: str) -> None:
    call("POST", at, FOLDING)
    muted = {"kind": "author", "value": "Bo Unreal", "muted": True}
    assert call("PUT", at, {"topics": [LEARNING, muted, LEARNING]}) == {"topics": [LEARNING, muted]}
    assert call("PUT", at, {"topics": []}) == {"topics": []}


def test_what_matches_nothing_is_refused_and_the_rest_with_it(call: Caller, at: str) -> None:
    call("POST", at, FOLDING)
    assert "not an arXiv category" in call.fails(
        "PUT", at, 422, {"topics": [LEARNING, {"kind": "category", "value": "x"}]}
    )
    assert "there is no kind" in call.fails("POST", at, 422, {"kind": "colour", "value": "red"})
    assert "value is missing" in call.fails("DELETE", f"{at}?kind=phrase", 422)
    assert call("GET", at) == {"topics": [FOLDING]}
