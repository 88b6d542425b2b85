"""Silence, a question, its answer: the enqueue job, the mail and the page as one."""

import re
from datetime import date, datetime, timedelta

import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.publish import publish
from digest.mail.compose import Composer
from digest.model import Cause, DeliveryState, Subscriber, SubscriberState
from digest.store.engine import Store
from digest.sunset import Sunset
from digest.web.server import create_app
from tests.jobs.conftest import MORNING, list_papers, paper, reader
from tests.mail.digests import renderer
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser

TERMS = Terms(4, timedelta(hours=12), Sunset(after_days=180, grace_days=2))
ADDED = MORNING - timedelta(days=181)
ASKED = date(2026, 5, 30)  # the last day for an answer


@pytest.fixture
def ada(store: Store) -> Subscriber:
    return store.subscribers.add(reader(), ADDED)


def live(store: Store, day: int) -> DeliveryState:
    """Another morning with a paper for her."""
    morning = MORNING + timedelta(days=day)
    list_papers(store, paper(100 + day, f"Paper folding, part {day}"), at=morning - timedelta(hours=4))
    publish(store, FixedClock(morning), TERMS.edition_hour, ())
    enqueue(store, FixedClock(morning), Rules(), TERMS)
    found = store.deliveries.find("ada@example.org", morning.date())
    assert found
    return found.state


def link(store: Store, day: int) -> str:
    """Where the mail of that day asks her to go, or `""`."""
    found = store.deliveries.find("ada@example.org", (MORNING + timedelta(days=day)).date())
    assert found
    _, message = Composer(SITE, renderer(SITE), TOKENS).compose(store.deliveries.digest(found.id))
    return next(iter(re.findall(rb"https://papers\.example\.org(/k/[\w-]{32})", message)), b"").decode()


def browser(store: Store, now: datetime) -> Browser:
    return Browser(create_app(store, TOKENS, TEMPLATES, SITE, FixedClock(now)))


def known(store: Store) -> Subscriber:
    found = store.subscribers.get("ada@example.org")
    assert found
    return found


def test_an_answer_ends_the_question(store: Store, ada: Subscriber) -> None:
    live(store, 0)
    asked = link(store, 0)
    browser(store, MORNING).get(asked)  # a scanner of mail
    live(store, 1)
    assert link(store, 1) == asked
    browser(store, MORNING + timedelta(days=1)).post(asked)
    assert live(store, 2) is live(store, 3) is DeliveryState.QUEUED
    assert link(store, 2) == link(store, 3) == ""
    assert link(store, 0) == asked  # what was frozen stays the same message


def test_no_answer_is_a_pause_that_the_last_mail_can_end(store: Store, ada: Subscriber) -> None:
    assert [live(store, day) for day in range(3)] == [DeliveryState.QUEUED] * 3
    assert known(store).keep_by == ASKED
    assert live(store, 3) is live(store, 4) is DeliveryState.SKIPPED
    row = store.deliveries.find("ada@example.org")
    assert row
    assert row.cause is Cause.PAUSED
    assert "30 May 2026" in row.reason
    assert known(store).state is SubscriberState.PAUSED

    answer = browser(store, MORNING + timedelta(days=4, hours=1)).post(link(store, 2))

    assert "Your digest goes on" in answer.text
    assert live(store, 5) is DeliveryState.QUEUED
    assert link(store, 5) == ""
