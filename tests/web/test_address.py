"""Another address: asked for by who knows the present one, confirmed from the new mailbox, told to nobody else."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.clock import FixedClock
from digest.jobs.letters import answer
from digest.model import LetterKind, Request, Subscriber, SubscriberState
from digest.store.engine import Store
from digest.tokens import Purpose, Tokens
from digest.wishes import Usual
from tests.web.browser import TOKENS, Browser, Elements
from tests.web.own import at, link

NEW = "ada@new.example"
HOURS = timedelta(hours=1)


def typed(subscriber: Subscriber, new: str = NEW) -> dict[str, str]:
    return {"address": subscriber.address, "new": new}


def address(store: Store, subscriber: Subscriber) -> str:
    found = store.subscribers.by_id(subscriber.id)
    assert found
    return found.address


def letter(store: Store, subscriber: Subscriber, now: datetime) -> str:
    """The scheduler answers; the path of the link in its newest letter."""
    answer(store, FixedClock(now), Usual(), 100)
    sent = [each for each in store.deliveries.list(limit=100) if each.kind == "move"]
    day = max(each.local_date for each in sent if each.subscriber_id == subscriber.id)
    return f"/m/{TOKENS.issue(Purpose.MOVE, subscriber.id, day.toordinal())}"


@pytest.fixture
def asked(client: Browser, store: Store, ada: Subscriber, now: datetime) -> str:
    assert client.post(link(ada, "address"), data=typed(ada)).status_code == 200
    return letter(store, ada, now)


# --- asking --------------------------------------------------------------------------------------------------------


def test_asking_writes_a_request_and_changes_nothing_else(store: Store, ada: Subscriber, now: datetime) -> None:
    knocks: list[int] = []
    page = at(store, now, knocks).post(link(ada, "address"), data=typed(ada, f"  {NEW} ")).text
    assert f"A letter goes to {NEW}" in page
    assert "A•••@example.org" in page
    found = store.requests.find(LetterKind.MOVE, ada.id)
    assert found
    assert found == Request(
        kind=LetterKind.MOVE, address=NEW, asked_at=now, subscriber_id=ada.id, network=found.network
    )
    assert len(found.network) == 24
    assert "127.0.0.1" not in found.network
    assert knocks == [1]
    assert store.subscribers.by_id(ada.id) == ada


@pytest.mark.parametrize("owner", ["nobody", "a reader", "suppressed"])
def test_the_answer_says_nothing_of_whose_address_it_is(
    client: Browser, store: Store, ada: Subscriber, now: datetime, owner: str
) -> None:
    free = client.post(link(ada, "address"), data=typed(ada, "bob@example.org"))
    if owner == "a reader":
        store.subscribers.add(replace(ada, id=0, address="bob@example.org"), now)
    elif owner == "suppressed":
        store.suppressions.add("bob@example.org", "complaint", "", now)
    taken = client.post(link(ada, "address"), data=typed(ada, "bob@example.org"))
    assert (free.status_code, free.content) == (taken.status_code, taken.content)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("", "No mail server"),
        ("no address", "No mail server"),
        ("a@b", "No mail server"),
        ("x" * 300 + "@example.org", "No mail server"),
        ("a@example.org\r\nBcc: b@example.org", "No mail server"),
        ("<script>@example.org", "No mail server"),
        ("Ada.Lovelace@example.org", "address you have"),
    ],
)
def test_what_cannot_be_is_said(client: Browser, store: Store, ada: Subscriber, new: str, said: str) -> None:
    page = client.post(link(ada, "address"), data=typed(ada, new))
    assert page.status_code == 422
    assert said in page.text
    assert "<script>" not in page.text
    assert store.requests.find(LetterKind.MOVE, ada.id) is None


def test_a_forwarded_link_alone_moves_nothing(client: Browser, store: Store, ada: Subscriber) -> None:
    page = client.post(link(ada, "address"), data={"address": "mallory@example.org", "new": NEW})
    assert page.status_code == 422
    assert "not the address" in page.text
    assert "lovelace" not in page.text.lower()
    assert store.requests.find(LetterKind.MOVE, ada.id) is None


@pytest.mark.parametrize("gone", [SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED])
def test_of_who_left_there_is_nothing_to_move(
    client: Browser, store: Store, ada: Subscriber, now: datetime, gone: SubscriberState
) -> None:
    store.subscribers.set_state(ada.id, gone, "for the test", now)
    assert not Elements(client.get(link(ada, "address")).text).named("form")
    assert client.post(link(ada, "address"), data=typed(ada)).status_code == 422
    assert store.requests.find(LetterKind.MOVE, ada.id) is None


# --- confirming ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_moves_nothing(client: Browser, store: Store, ada: Subscriber, asked: str, method: str) -> None:
    for _ in range(3):
        assert client.request(method, asked).status_code == 200
    assert address(store, ada) == ada.address


def test_the_letter_s_page_asks_with_one_button(client: Browser, asked: str) -> None:
    page = client.get(asked).text
    assert "A•••@example.org" in page
    assert "a•••@new.example" in page
    elements = Elements(page)
    assert elements.named("form") == [{"method": "post"}]
    assert len(elements.named("button")) == 1


def test_the_button_moves_them_and_all_that_is_theirs(
    client: Browser, store: Store, ada: Subscriber, asked: str
) -> None:
    page = client.post(asked)
    assert page.status_code == 200
    assert "a•••@new.example" in page.text
    assert store.subscribers.by_id(ada.id) == replace(ada, address=NEW)
    assert store.requests.find(LetterKind.MOVE, ada.id) is None
    assert client.get(link(ada)).status_code == 200


def test_pressing_again_says_the_same(client: Browser, store: Store, ada: Subscriber, asked: str) -> None:
    first, second = client.post(asked), client.post(asked)
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert "used up" in client.get(asked).text
    assert address(store, ada) == NEW


def test_somebody_else_s_address_stays_theirs(
    client: Browser, store: Store, ada: Subscriber, asked: str, now: datetime
) -> None:
    bob = store.subscribers.add(replace(ada, id=0, address=NEW), now)
    page = client.post(asked)
    assert page.status_code == 409
    assert "That does not work" in page.text
    assert (address(store, ada), address(store, bob)) == (ada.address, NEW)


@pytest.mark.parametrize(("later", "status"), [(47 * HOURS, 200), (48 * HOURS, 410), (9000 * HOURS, 410)])
def test_the_link_ends_after_two_days(
    store: Store, ada: Subscriber, asked: str, now: datetime, later: timedelta, status: int
) -> None:
    assert at(store, now + later).get(asked).status_code == status
    assert at(store, now + later).post(asked).status_code == status
    assert address(store, ada) == (NEW if status == 200 else ada.address)


def test_a_letter_to_a_misspelt_address_opens_nothing_once_another_is_asked_for(
    client: Browser, store: Store, ada: Subscriber, asked: str, now: datetime
) -> None:
    client.post(link(ada, "address"), data=typed(ada, "ada@right.example"))
    right = letter(store, ada, now)
    wrong = client.get(asked)
    assert wrong.status_code == 410
    assert "right.example" not in wrong.text
    assert client.post(asked).status_code == 410
    assert client.post(right).status_code == 200
    assert address(store, ada) == "ada@right.example"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_link_that_is_not_ours_is_not_found(
    client: Browser, store: Store, ada: Subscriber, asked: str, now: datetime, method: str
) -> None:
    day = now.toordinal()
    tokens = [
        "x",
        "%00%ff",
        TOKENS.issue(Purpose.CONFIRM, ada.id, day),
        TOKENS.issue(Purpose.MOVE, ada.id + 1, day),
        TOKENS.issue(Purpose.MOVE, ada.id, 0),
        TOKENS.issue(Purpose.MOVE, ada.id, 2**24 - 1),
        Tokens(b"other").issue(Purpose.MOVE, ada.id, day),
    ]
    for token in tokens:
        assert client.request(method, f"/m/{token}").status_code == 404
    assert address(store, ada) == ada.address
