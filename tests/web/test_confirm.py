"""The link of the letter that asks whether a sign-up was meant."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from digest.model import LetterKind, Subscriber, SubscriberState
from digest.store.engine import Store
from digest.tokens import Purpose, Tokens
from digest.web.confirm import first_digest
from tests.web.browser import TOKENS, Elements
from tests.web.visits import ADDRESS, LATER, Visitors

HOURS = timedelta(hours=1)


@pytest.fixture
def visitors(store: Store, now: datetime) -> Visitors:
    return Visitors(store, now)


def newcomer(address: str) -> Subscriber:
    return Subscriber(address=address, zone="UTC", at=time(7, 30), state=SubscriberState.PENDING)


def mailed(visitors: Visitors, **fields: str) -> str:
    """Signs up, has the scheduler answer, and opens the letter: the path in it."""
    visitors.send(**fields)
    return letter(visitors)


def letter(visitors: Visitors) -> str:
    store, now = visitors.store, visitors.clock.now()
    answered = store.requests.answer(LetterKind.CONFIRM, ADDRESS, newcomer, lambda *_: LetterKind.CONFIRM, now)
    assert answered is LetterKind.CONFIRM
    visitors.clock.pass_by(LATER)
    return path(reader(store).id, now.date())


def path(subscriber_id: int, day: date, tokens: Tokens = TOKENS, purpose: Purpose = Purpose.CONFIRM) -> str:
    return f"/c/{tokens.issue(purpose, subscriber_id, day.toordinal())}"


def reader(store: Store) -> Subscriber:
    found = store.subscribers.get(ADDRESS)
    assert found
    return found


def pressed(visitors: Visitors, link: str) -> int:
    """The button of the page, as a browser presses it."""
    page = Elements(visitors.get(link).text)
    seen = next(field["value"] for field in page.named("input") if field.get("name") == "seen")
    return visitors.browser.post(link, data={"seen": seen}).status_code


def test_the_page_says_what_will_come_and_changes_nothing(visitors: Visitors, store: Store) -> None:
    link = mailed(visitors, topics="moss, ice", tz="Europe/Zurich", at="06:45")
    for method in ("GET", "HEAD", "GET"):
        assert visitors.browser.request(method, link).status_code == 200
    text = visitors.get(link).text
    for words in ("g•••@example.org", "moss", "ice", "06:45", "Zurich"):
        assert words in text
    assert ADDRESS not in text
    assert reader(store).state is SubscriberState.PENDING
    assert not reader(store).topics


def test_the_button_makes_them_a_subscriber_who_consented(visitors: Visitors, store: Store) -> None:
    link = mailed(visitors, topics="moss", at="06:45")
    knocks = visitors.knocks
    answer = visitors.browser.post(link, headers={"x-forwarded-for": "192.0.2.99"})
    assert answer.status_code == 200
    after = reader(store)
    assert (after.state, after.at, [topic.value for topic in after.topics]) == (
        SubscriberState.ACTIVE,
        time(6, 45),
        ["moss"],
    )
    assert visitors.knocks == knocks + 1
    assert f'href="/p/{TOKENS.issue(Purpose.PREFERENCES, after.id, after.token_version)}"' in answer.text
    consent = store.requests.consents(after.id)[0]
    assert consent.confirmed_at == visitors.clock.now() > consent.asked_at
    assert consent.asked_from != consent.confirmed_from
    assert "192.0.2" not in consent.asked_from + consent.confirmed_from


def test_pressing_twice_is_pressing_once(visitors: Visitors, store: Store) -> None:
    link = mailed(visitors)
    assert [visitors.browser.post(link).status_code for _ in range(3)] == [200] * 3
    assert len(store.requests.consents(reader(store).id)) == 1
    again = visitors.get(link)
    assert again.status_code == 200
    assert not Elements(again.text).named("form")
    assert "/p/" not in again.text  # whoever only looks is shown no way in


@pytest.mark.parametrize(("passed", "status"), [(47 * HOURS, 200), (49 * HOURS, 404), (9 * 24 * HOURS, 404)], ids=str)
def test_a_link_is_good_for_two_days(visitors: Visitors, store: Store, passed: timedelta, status: int) -> None:
    link = mailed(visitors)
    visitors.clock.pass_by(passed)
    answer = visitors.browser.post(link)
    assert answer.status_code == status
    assert (reader(store).state is SubscriberState.ACTIVE) is (status == 200)
    if status == 404:
        assert 'href="/"' in answer.text


@pytest.mark.parametrize("what", ["other purpose", "other site", "other day", "nobody", "garbage", "no date"])
def test_what_is_not_the_link_of_a_letter_does_nothing(visitors: Visitors, store: Store, what: str) -> None:
    mailed(visitors)
    someone, today = reader(store), visitors.clock.now().date()
    link = {
        "other purpose": path(someone.id, today, purpose=Purpose.MOVE),
        "other site": path(someone.id, today, tokens=Tokens(b"another")),
        "other day": path(someone.id, today - timedelta(days=1)),
        "nobody": path(999, today),
        "garbage": "/c/" + "A" * 32,
        "no date": f"/c/{TOKENS.issue(Purpose.CONFIRM, someone.id, 0)}",
    }[what]
    assert visitors.browser.post(link).status_code == 404
    assert reader(store).state is SubscriberState.PENDING


def test_nobody_confirms_what_a_stranger_typed_after_they_looked(visitors: Visitors, store: Store) -> None:
    link = mailed(visitors, topics="moss")
    seen = next(f["value"] for f in Elements(visitors.get(link).text).named("input") if f.get("name") == "seen")
    visitors.send(topics="casinos")
    answer = visitors.browser.post(link, data={"seen": seen})
    assert "casinos" in answer.text  # shown first
    assert reader(store).state is SubscriberState.PENDING
    assert pressed(visitors, link) == 200
    assert reader(store).state is SubscriberState.ACTIVE


@pytest.mark.parametrize("state", [SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED])
def test_who_left_comes_back_by_the_link_and_not_before(
    visitors: Visitors, store: Store, state: SubscriberState
) -> None:
    store.subscribers.add(replace(newcomer(ADDRESS), state=state), visitors.clock.now())
    store.suppressions.add(ADDRESS, "bounced", "550 5.1.1", visitors.clock.now())
    link = mailed(visitors)
    visitors.get(link)
    assert reader(store).state is state
    assert pressed(visitors, link) == 200
    assert reader(store).state is SubscriberState.ACTIVE
    assert not store.suppressions.contains(ADDRESS)


def test_the_letters_language_is_the_one_they_chose(visitors: Visitors) -> None:
    link = mailed(visitors, language="de")
    assert '<html lang="de"' in visitors.get(link).text
    assert '<html lang="de"' in visitors.browser.post(link).text


@pytest.mark.parametrize(
    ("at", "cadence", "first"),
    [
        (time(7, 30), "daily", None),  # NOON: today's comes at once
        (time(18), "daily", datetime.fromisoformat("2026-05-28T18:00Z")),
        (time(7, 30), "weekly", datetime.fromisoformat("2026-06-01T07:30Z")),
    ],
)
def test_when_the_first_digest_comes(now: datetime, at: time, cadence: str, first: datetime | None) -> None:
    someone = replace(newcomer(ADDRESS), at=at, cadence=cadence)
    assert first_digest(someone, now) == first
