"""The way back: for a day one button undoes leaving, and who left may say why, once, from a fixed list."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from digest.clock import FixedClock
from digest.model import Subscriber, SubscriberState
from digest.store.engine import Store
from digest.tokens import Purpose, Tokens
from digest.web.context import Options
from digest.web.server import create_app
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser, Elements, state

ACTIVE, PAUSED, LEFT = SubscriberState.ACTIVE, SubscriberState.PAUSED, SubscriberState.UNSUBSCRIBED
DAY = timedelta(hours=24)


def link(subscriber: Subscriber) -> str:
    return f"/u/{TOKENS.issue(Purpose.UNSUBSCRIBE, subscriber.id, subscriber.token_version)}"


def at(store: Store, moment: datetime, tokens: Tokens = TOKENS, **options: bool) -> Browser:
    app = create_app(store, tokens, TEMPLATES, SITE, FixedClock(moment), options=Options(**options))
    return Browser(app)


def actions(page: str) -> list[str]:
    return [str(form.get("action", "")).rpartition("/")[2] for form in Elements(page).named("form")]


def told(store: Store, subscriber: Subscriber) -> list[str]:
    return [event.reason for event in store.history.events(subscriber.id) if event.kind == "reason"]


def test_who_left_is_offered_the_way_back_and_asked_why(client: Browser, ada: Subscriber) -> None:
    page = client.post(link(ada)).text
    assert actions(page) == ["undo", "reason"]
    assert "A•••@example.org" in page
    assert "lovelace" not in page.lower()


def test_one_button_undoes_it(client: Browser, store: Store, ada: Subscriber) -> None:
    client.post(link(ada))
    answer = client.post(f"{link(ada)}/undo")
    assert answer.status_code == 200
    assert "It is as it was" in answer.text
    assert state(store, ada) is ACTIVE
    assert store.history.events(ada.id)[-1].reason == "took it back"


def test_pressed_twice_it_says_the_same(client: Browser, store: Store, ada: Subscriber) -> None:
    client.post(link(ada))
    first, second = (client.post(f"{link(ada)}/undo") for _ in range(2))
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert state(store, ada) is ACTIVE


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("what", ["", "/undo", "/reason"])
def test_looking_brings_nobody_back(client: Browser, store: Store, ada: Subscriber, method: str, what: str) -> None:
    client.post(link(ada))
    before = store.history.events(ada.id)
    answer = client.request(method, f"{link(ada)}{what}")
    assert answer.status_code == (303 if what else 200)
    assert answer.headers.get("location") == (link(ada) if what else None)
    assert state(store, ada) is LEFT
    assert store.history.events(ada.id) == before


@pytest.mark.parametrize(
    ("later", "comes_back"), [(DAY - timedelta(seconds=1), True), (DAY, False), (DAY * 400, False)]
)
def test_a_day_later_only_a_new_sign_up_helps(
    client: Browser, store: Store, ada: Subscriber, now: datetime, later: timedelta, comes_back: bool
) -> None:
    client.post(link(ada))
    tomorrow = at(store, now + later)
    page = tomorrow.get(link(ada)).text
    assert ("undo" in actions(page)) is comes_back
    assert ("sign up anew" in page) is not comes_back
    answer = tomorrow.post(f"{link(ada)}/undo")
    assert answer.status_code == (200 if comes_back else 409)
    assert (state(store, ada) is ACTIVE) is comes_back


def test_where_nobody_can_sign_up_there_is_an_address(store: Store, ada: Subscriber, now: datetime) -> None:
    at(store, now).post(link(ada))
    page = at(store, now + DAY, signup=False).get(link(ada)).text
    assert "sign up anew" not in page
    assert 'href="mailto:team@example.org"' in page


@pytest.mark.parametrize("by", ["the operator", "never confirmed", "suppressed"])
def test_only_what_the_link_did_can_be_undone(
    client: Browser, store: Store, ada: Subscriber, now: datetime, by: str
) -> None:
    if by == "the operator":
        store.subscribers.set_state(ada.id, LEFT, "asked by telephone", now)
    elif by == "never confirmed":
        store.subscribers.set_state(ada.id, SubscriberState.PENDING, "for the test", now)
        client.post(link(ada))
    else:
        client.post(link(ada))
        store.subscribers.set_state(ada.id, SubscriberState.SUPPRESSED, "complained", now)
    before = state(store, ada)
    assert "undo" not in actions(client.get(link(ada)).text)
    assert client.post(f"{link(ada)}/undo").status_code == 409
    assert state(store, ada) is before is not ACTIVE


@pytest.mark.parametrize(("until", "again"), [(None, PAUSED), (date(2026, 6, 30), PAUSED), (date(2026, 5, 28), ACTIVE)])
def test_who_was_paused_is_paused_again(
    client: Browser, store: Store, ada: Subscriber, now: datetime, until: date | None, again: SubscriberState
) -> None:
    store.subscribers.update(replace(ada, paused_until=until))
    store.subscribers.set_state(ada.id, PAUSED, "on holiday", now)
    client.post(link(ada))
    assert client.post(f"{link(ada)}/undo").status_code == 200
    assert state(store, ada) is again


def test_a_reason_is_noted_once_for_each_leaving(client: Browser, store: Store, ada: Subscriber) -> None:
    client.post(link(ada))
    answer = client.post(f"{link(ada)}/reason", data={"reason": "too-often"})
    assert "Thank you for saying why" in answer.text
    assert actions(answer.text) == ["undo"]
    client.post(f"{link(ada)}/reason", data={"reason": "other"})
    assert told(store, ada) == ["too-often"]
    client.post(f"{link(ada)}/undo")
    client.post(link(ada))
    client.post(f"{link(ada)}/reason", data={"reason": "off-topic"})
    assert told(store, ada) == ["too-often", "off-topic"]


def test_who_said_why_can_still_come_back(client: Browser, store: Store, ada: Subscriber) -> None:
    client.post(link(ada))
    client.post(f"{link(ada)}/reason", data={"reason": "no-time"})
    assert client.post(f"{link(ada)}/undo").status_code == 200
    assert state(store, ada) is ACTIVE


@pytest.mark.parametrize("typed", ["", "spam, all of it", "<script>", "too-often\x00"])
def test_nothing_else_is_noted(client: Browser, store: Store, ada: Subscriber, typed: str) -> None:
    client.post(link(ada))
    assert client.post(f"{link(ada)}/reason", data={"reason": typed}).status_code == 200
    assert told(store, ada) in ([], ["too-often"])


def test_who_did_not_leave_is_asked_nothing(client: Browser, store: Store, ada: Subscriber) -> None:
    client.post(f"{link(ada)}/reason", data={"reason": "too-often"})
    assert told(store, ada) == []
    assert state(store, ada) is ACTIVE


@pytest.mark.parametrize("what", ["undo", "reason"])
def test_nobody_comes_back_by_a_link_that_is_not_theirs(
    client: Browser, store: Store, ada: Subscriber, what: str
) -> None:
    client.post(link(ada))
    other = TOKENS.issue(Purpose.PREFERENCES, ada.id, ada.token_version)
    for path in (f"/u/{other}/{what}", f"/u/x/{what}", f"{link(replace(ada, id=ada.id + 1))}/{what}"):
        answer = client.post(path)
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
    assert state(store, ada) is LEFT


def test_the_link_leads_out_over_a_rotation_of_the_secret(store: Store, ada: Subscriber, now: datetime) -> None:
    rotated = at(store, now, Tokens(b"a new secret", b"the secret of this site"))
    page = rotated.post(link(ada)).text
    assert state(store, ada) is LEFT
    [undo, _] = Elements(page).named("form")
    assert rotated.post(str(undo["action"])).status_code == 200
    assert state(store, ada) is ACTIVE
