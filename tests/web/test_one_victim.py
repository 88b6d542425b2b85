"""S3: whoever signs somebody up ten thousand times has them mailed once a day, in our words."""

from datetime import datetime, time, timedelta

import pytest

from digest.jobs.letters import answer
from digest.model import Letter, LetterKind, Request, Subscriber, Topic, TopicKind
from digest.store.engine import Store
from digest.wishes import Usual
from tests.web.visits import ADDRESS, Visitors

TYPED = Subscriber(
    address=ADDRESS, zone="UTC", at=time(7, 30), name="Win Money", topics=(Topic(TopicKind.PHRASE, "casinos"),)
)
PER_HOUR = 200


@pytest.fixture
def visitors(store: Store, now: datetime) -> Visitors:
    return Visitors(store, now)


def test_by_the_form(visitors: Visitors, store: Store) -> None:
    for number in range(40):
        visitors.send(topics="casinos", authors="Win Money", network=f"198.51.100.{number}")
        answer(store, visitors.clock, Usual(), PER_HOUR)
        visitors.clock.pass_by(timedelta(minutes=30))
    assert letters(store) == 1
    visitors.clock.pass_by(timedelta(hours=5))
    visitors.send(topics="casinos")
    answer(store, visitors.clock, Usual(), PER_HOUR)
    assert letters(store) == 2  # the next day's


@pytest.mark.parametrize("times", [500, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
def test_by_all_that_gets_through_the_door(visitors: Visitors, store: Store, times: int) -> None:
    for number in range(times):
        asked = Request(kind=LetterKind.CONFIRM, address=ADDRESS, asked_at=visitors.clock.now(), wishes=TYPED)
        store.requests.put(asked)
        if number % (times // 50) == 0:
            answer(store, visitors.clock, Usual(), PER_HOUR)
        visitors.clock.pass_by(timedelta(hours=23, minutes=55) / times)
    answer(store, visitors.clock, Usual(), PER_HOUR)
    assert letters(store) == 1


def letters(store: Store) -> int:
    """How many went to the victim; none holds what was typed."""
    rows = store.deliveries.list(address=ADDRESS)
    for row in rows:
        letter = store.deliveries.content(row.id)
        assert isinstance(letter, Letter)
        assert (letter.subscriber.topics, letter.subscriber.name) == ((), "")
        assert "casinos" not in repr(letter)
    assert {row.kind for row in rows} <= {"confirm"}
    return len(rows)
