"""The form that has the link to one's preferences mailed."""

from datetime import datetime

import pytest

from digest.model import LetterKind
from digest.store.engine import Store
from tests.web.browser import Elements
from tests.web.visits import ADDRESS, Visitors, requests


@pytest.fixture
def visitors(store: Store, now: datetime) -> Visitors:
    return Visitors(store, now)


def test_looking_shows_a_form_for_an_address(visitors: Visitors, store: Store) -> None:
    page = visitors.get("/link")
    assert page.status_code == 200
    assert page.headers["x-robots-tag"] == "noindex"
    assert [label.get("for") for label in Elements(page.text).named("label")][-1] == "address"
    assert not requests(store)


def test_it_is_asked_for_and_the_scheduler_told(visitors: Visitors, store: Store) -> None:
    answer = visitors.send("/link")
    assert answer.status_code == 200
    assert ADDRESS in answer.text
    assert "/p/" not in answer.text
    assert store.requests.waiting(10) == [(LetterKind.LINK, ADDRESS)]
    assert visitors.knocks == 1


def test_what_is_no_address_is_said_beside_it(visitors: Visitors, store: Store) -> None:
    answer = visitors.send("/link", address="grace@")
    assert answer.status_code == 422
    assert 'id="address-problem"' in answer.text
    assert not requests(store)


def test_machines_learn_nothing_and_get_nowhere(visitors: Visitors, store: Store) -> None:
    assert visitors.send("/link", note="x").text == visitors.send("/link", note="y").text
    assert not requests(store)


def test_it_stays_open_where_nobody_can_sign_up(store: Store, now: datetime) -> None:
    visitors = Visitors(store, now, signup=False)
    assert visitors.send("/link").status_code == 200
    assert requests(store) == 1


def test_it_speaks_the_visitors_language_to_the_end(visitors: Visitors) -> None:
    page = visitors.get("/link?lang=de").text
    assert 'action="/link?lang=de"' in page
    assert '<html lang="de"' in visitors.browser.post("/link?lang=de", data={"address": "x"}).text
