"""How often something may be asked for."""

import threading
from datetime import datetime, timedelta

import pytest

from digest.web.limits import NO_WAIT, Limit
from tests.web.visits import SetClock

HOUR = timedelta(hours=1)


@pytest.fixture
def clock(now: datetime) -> SetClock:
    return SetClock(now)


def granted(limit: Limit, times: int, key: str = "a") -> int:
    return sum(limit.wait(key) == NO_WAIT for _ in range(times))


def test_so_many_at_once_and_as_many_again_in_an_hour(clock: SetClock) -> None:
    limit = Limit(clock, 6, HOUR)
    assert granted(limit, 10) == 6
    clock.pass_by(HOUR / 2)
    assert granted(limit, 10) == 3
    clock.pass_by(10 * HOUR)
    assert granted(limit, 10) == 6


def test_it_says_how_long_to_wait_and_that_is_long_enough(clock: SetClock) -> None:
    limit = Limit(clock, 6, HOUR)
    granted(limit, 6)
    wait = limit.wait("a")
    assert wait == timedelta(minutes=10)
    clock.pass_by(wait)
    assert limit.wait("a") == NO_WAIT


def test_one_key_does_not_use_up_anothers(clock: SetClock) -> None:
    limit = Limit(clock, 2, HOUR)
    granted(limit, 5, "a")
    assert granted(limit, 5, "b") == 2


def test_who_is_refused_is_not_made_to_wait_longer_for_asking(clock: SetClock) -> None:
    limit = Limit(clock, 1, HOUR)
    granted(limit, 100)
    clock.pass_by(HOUR)
    assert limit.wait("a") == NO_WAIT


def test_a_clock_that_is_set_back_or_was_years_ahead_locks_nobody_out(clock: SetClock) -> None:
    limit = Limit(clock, 2, HOUR)
    clock.pass_by(timedelta(days=4000))
    granted(limit, 2)
    clock.pass_by(-timedelta(days=4000))
    assert granted(limit, 5) == 0
    clock.pass_by(HOUR)
    assert granted(limit, 5) == 2


def test_memory_is_bounded_and_those_who_ask_now_are_remembered(clock: SetClock) -> None:
    limit = Limit(clock, 1, HOUR, keys=100)
    for number in range(10_000):
        limit.wait(f"198.51.100.{number}")
    assert len(limit) == 100
    assert limit.wait("198.51.100.9999") > NO_WAIT


def test_threads_share_it_without_getting_more(clock: SetClock) -> None:
    limit, got = Limit(clock, 500, HOUR), list[int]()
    threads = [threading.Thread(target=lambda: got.append(granted(limit, 200))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 500
