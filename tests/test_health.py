"""What counts as well: a fresh beat, nothing stuck, no mail that waits for long."""

from datetime import timedelta

import pytest

from digest.health import judge
from digest.model import Heartbeat, Queue
from tests.conftest import NOON

EMPTY = Queue(0, None)
SECOND = timedelta(seconds=1)


def beat(age: float = 0, stuck: str = "") -> Heartbeat:
    return Heartbeat(at=NOON - age * SECOND, started_at=NOON - 3600 * SECOND, stuck=stuck)


def waiting(seconds: float) -> Queue:
    return Queue(1, NOON - seconds * SECOND)


@pytest.mark.parametrize("age", [0, 15, 90, -90])
def test_a_fresh_beat_is_well(age: float) -> None:
    assert judge(beat(age), EMPTY, NOON).status == "ok"


@pytest.mark.parametrize("age", [91, 10**9, -91, -(10**9)])
def test_an_old_beat_is_none_and_one_from_the_future_neither(age: float) -> None:
    found = judge(beat(age), EMPTY, NOON)
    assert found.status == "down"
    assert found.problems[0].startswith("no sign of the scheduler since ")


def test_no_beat_at_all() -> None:
    assert judge(None, EMPTY, NOON).problems == ("no scheduler has run yet",)


def test_what_is_stuck_is_said() -> None:
    found = judge(beat(stuck="the tick mail"), EMPTY, NOON)
    assert (found.status, found.problems) == ("down", ("stuck: the tick mail",))


def test_mail_that_waits_for_an_hour_is_behind_and_no_more() -> None:
    assert judge(beat(), waiting(3600), NOON).status == "ok"
    found = judge(beat(), waiting(3601), NOON)
    assert (found.status, found.problems) == ("behind", ())
    assert found.behind == "a message has been due since 2026-05-28 10:59 UTC"


def test_what_is_down_is_not_only_behind() -> None:
    assert judge(None, waiting(86400), NOON).status == "down"
