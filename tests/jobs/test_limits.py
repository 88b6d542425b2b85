"""Nobody goes before their turn, and nobody waits for longer than the limit asks."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.jobs.limits import DAY, LINE, Limits, Turns
from tests.jobs.conftest import MORNING

MINUTE = timedelta(minutes=1)


def test_without_limits_nobody_waits() -> None:
    turns = Turns(Limits())
    assert [turns.take(5.0) for _ in range(3)] == [0, 0, 0]
    assert turns.of_domain(1, "example.org", MORNING) is None
    assert turns.day_over_until(MORNING) is None


def test_the_stricter_of_two_limits_counts() -> None:
    assert Limits(per_second=10).spacing == 0.1
    assert Limits(per_second=10, per_minute=60).spacing == 1
    assert Limits(per_second=0.5, per_minute=600).spacing == 2


@given(
    st.floats(0.5, 50), st.lists(st.floats(0, 3), min_size=2, max_size=60)
)  # seconds between two who ask for their turn
def test_turns_are_never_closer_than_the_spacing(per_second: float, pauses: list[float]) -> None:
    turns, now, went = Turns(Limits(per_second=per_second)), 100.0, []
    for pause in pauses:
        now += pause
        went.append(now + turns.take(now))
    gaps = [later - earlier for earlier, later in pairwise(went)]
    assert min(gaps) >= 1 / per_second - 1e-6


@given(st.integers(1, 240), st.integers(2, 50))
def test_each_of_a_domain_is_put_aside_once_and_the_minute_is_kept(limit: int, messages: int) -> None:
    turns = Turns(Limits(per_domain_minute=limit))
    when = {number: turns.of_domain(number, "example.org", MORNING) or MORNING for number in range(messages)}
    for number, moment in when.items():
        if moment > MORNING:
            assert turns.of_domain(number, "example.org", moment) is None
    for start in when.values():
        assert sum(start <= moment < start + MINUTE for moment in when.values()) <= limit + 2  # those of now go at once
    assert turns.of_domain(-1, "example.com", MORNING) is None, "another domain has turns of its own"


def test_a_line_that_is_too_long_is_asked_again_and_a_clock_that_was_ahead_is_forgotten() -> None:
    turns = Turns(Limits(per_domain_minute=1))
    when = [turns.of_domain(number, "example.org", MORNING) for number in range(200)]
    assert max(filter(None, when)) <= MORNING + LINE
    assert when[-1] == MORNING + LINE
    past = MORNING - timedelta(days=300)
    assert turns.of_domain(1000, "example.org", past) is None


def test_a_day_is_any_24_hours() -> None:
    turns = Turns(Limits(per_day=3))
    turns.begin([MORNING - 20 * timedelta(hours=1), MORNING - MINUTE])
    assert turns.day_over_until(MORNING) is None
    turns.count(MORNING)
    assert turns.day_over_until(MORNING) == MORNING - 20 * timedelta(hours=1) + DAY
    assert turns.day_over_until(MORNING + timedelta(hours=4)) is None
    turns.count(MORNING + timedelta(hours=4))
    assert turns.day_over_until(MORNING + timedelta(hours=4)) == MORNING - MINUTE + DAY
