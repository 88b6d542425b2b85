from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from digest.model import Subscriber
from digest.sunset import Sunset, Verdict, judge

NOW = datetime(2026, 5, 27, 5, 30, tzinfo=UTC)
DAY = date(2026, 5, 27)
SUNSET = Sunset(after_days=180, grace_days=30)
SECOND = timedelta(seconds=1)


def reader(**changes: object) -> Subscriber:
    silent = Subscriber(address="ada@example.org", zone="UTC", at=time(5, 30), created_at=NOW - timedelta(days=400))
    return replace(silent, **changes)  # type: ignore[arg-type]


def test_nobody_is_asked_unless_the_operator_wants_it() -> None:
    assert judge(reader(), DAY, NOW, Sunset()) == Verdict()
    assert judge(reader(keep_by=DAY - timedelta(days=9)), DAY, NOW, Sunset()) == Verdict()


@pytest.mark.parametrize(
    ("silence", "asked"), [(timedelta(days=180) - SECOND, None), (timedelta(days=180), date(2026, 6, 26))]
)
@pytest.mark.parametrize("since", ["heard_at", "created_at"])
def test_silence_counts_from_the_last_sign_of_life(silence: timedelta, asked: date | None, since: str) -> None:
    assert judge(reader(**{since: NOW - silence}), DAY, NOW, SUNSET) == Verdict(asked)


def test_a_sign_of_life_counts_more_than_the_day_they_came() -> None:
    assert judge(reader(heard_at=NOW), DAY, NOW, SUNSET) == Verdict()


def test_one_who_was_never_stored_is_not_asked() -> None:
    assert judge(reader(created_at=None), DAY, NOW, SUNSET) == Verdict()


@pytest.mark.parametrize("left", [30, 1, 0])
def test_the_question_stands_until_its_day_is_over(left: int) -> None:
    keep_by = DAY + timedelta(days=left)

    assert judge(reader(keep_by=keep_by), DAY, NOW, SUNSET) == Verdict(keep_by)


def test_no_answer_pauses_from_the_day_after() -> None:
    verdict = judge(reader(keep_by=date(2026, 5, 26)), DAY, NOW, SUNSET)

    assert verdict.keep_by == date(2026, 5, 26)
    assert verdict.pause == "paused: asked whether they still read this, they had not answered by 26 May 2026"


def test_a_question_of_a_clock_that_was_ahead_is_withdrawn() -> None:
    ahead = reader(heard_at=NOW - timedelta(days=10), keep_by=date(2036, 6, 26))

    assert judge(ahead, DAY, NOW, SUNSET) == Verdict()


def test_nobody_is_paused_who_was_not_asked_however_long_nothing_ran() -> None:
    years_later = NOW + timedelta(days=4000)

    verdict = judge(reader(), years_later.date(), years_later, SUNSET)

    assert verdict == Verdict(years_later.date() + timedelta(days=30))
