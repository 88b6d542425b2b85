"""The relay is left alone while it is away, and tried with care afterwards."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.jobs.pace import MEND_WAITS, RECENT, REFUSED, WAITS, Pace
from digest.mail.reply import judge
from digest.model import Reply, Stage
from tests.jobs.conftest import MORNING

TAKEN = Reply(Stage.DOT, 250, "2.0.0", "queued")
AWAY = Reply(Stage.CONNECT, text="connection refused")
BUSY = Reply(Stage.CONNECT, 421, "4.3.2", "too many connections")
WRONG_PASSWORD = Reply(Stage.AUTH, 535, "5.7.8", "wrong")
DEAD = Reply(Stage.RCPT, 550, "5.1.1", "nobody here")
GREYLISTED = Reply(Stage.RCPT, 450, "4.2.0", "greylisted, come back later")


def learn(pace: Pace, reply: Reply, now: datetime = MORNING) -> str:
    return pace.learn(judge(reply, 1), now)


def opened(now: datetime = MORNING) -> Pace:
    pace = Pace(connections=4)
    while not learn(pace, AWAY, now):
        pass
    return pace


def test_a_cohort_of_failures_stops_the_dialling_and_one_success_between_them_does_not() -> None:
    pace = Pace(connections=4)
    assert [bool(learn(pace, reply)) for reply in (AWAY, AWAY, AWAY, TAKEN, AWAY, AWAY, AWAY)] == [False] * 7
    assert pace.resting(MORNING) == ""
    assert "cannot be reached" in learn(pace, AWAY)
    assert "cannot be reached" in pace.resting(MORNING)


def test_a_dead_relay_gets_one_probe_each_half_minute_at_most() -> None:
    pace, now, probes = opened(), MORNING, []
    while now < MORNING + timedelta(hours=1):
        if not pace.resting(now):
            assert pace.width == 1
            probes.append(now)
            assert learn(pace, AWAY, now)
        now += timedelta(seconds=1)
    gaps = [later - earlier for earlier, later in zip([MORNING, *probes], probes, strict=False)]
    assert min(gaps) >= timedelta(seconds=30)
    assert gaps[: len(WAITS)] == list(WAITS)
    assert max(gaps) == WAITS[-1]


def test_after_a_good_probe_the_connections_come_back_one_by_one() -> None:
    pace, widths = opened(), []
    for _ in range(60):
        assert not learn(pace, TAKEN)
        widths.append(pace.width)
    assert sorted(set(widths)) == [1, 2, 3, 4]
    assert widths == sorted(widths)
    assert pace.rest_until is None
    for _ in range(3):
        assert not learn(pace, AWAY)
    assert learn(pace, AWAY)
    assert pace.rest_until == MORNING + WAITS[0], "the waits begin anew"


def test_a_wrong_password_is_not_tried_again_and_again() -> None:
    pace = Pace(connections=4)
    assert learn(pace, WRONG_PASSWORD)
    assert pace.rest_until == MORNING + MEND_WAITS[0]


def test_a_busy_relay_gets_half_of_the_connections() -> None:
    pace = Pace(connections=8)
    assert not learn(pace, BUSY)
    assert pace.width == 4
    assert not learn(pace, BUSY)
    assert pace.width == 2
    assert not any(learn(pace, BUSY) for _ in range(5))
    assert learn(pace, BUSY), "eight were on their way"


def test_a_greylist_slows_nothing_down() -> None:
    pace = Pace(connections=4)
    assert not any(learn(pace, GREYLISTED) for _ in range(50))
    assert pace.width == 4


def test_a_clock_that_is_put_back_does_not_stretch_the_rest() -> None:
    pace = opened(MORNING + timedelta(days=300))
    assert pace.resting(MORNING + timedelta(days=300))
    assert pace.resting(MORNING) == ""


def test_too_many_refusals_raise_an_alarm_and_then_count_anew() -> None:
    pace = Pace()
    for number in range(300):
        assert pace.too_many_refused(DEAD if number % 5 == 0 else TAKEN) == "", "every fifth is not more than 20 %"
    said = [pace.too_many_refused(DEAD) for _ in range(REFUSED + 1)]
    assert any(said)
    assert f"of the last {RECENT} messages were refused" in next(filter(None, said))
    assert sum(map(bool, said)) == 1


@pytest.mark.parametrize("reply", [AWAY, BUSY, WRONG_PASSWORD])
def test_what_says_nothing_of_a_message_is_no_refusal(reply: Reply) -> None:
    pace = Pace()
    assert not any(pace.too_many_refused(reply) for _ in range(200))


REPLIES = st.sampled_from([TAKEN, AWAY, BUSY, WRONG_PASSWORD, DEAD, GREYLISTED, Reply(Stage.DOT)])


@given(st.lists(st.tuples(REPLIES, st.integers(0, 400)), max_size=80), st.integers(1, 9))
def test_whatever_comes_there_is_one_connection_at_least_and_the_rest_ends(
    answers: list[tuple[Reply, int]], connections: int
) -> None:
    pace, now = Pace(connections=connections), MORNING
    for reply, seconds in answers:
        now += timedelta(seconds=seconds)
        stopped = learn(pace, reply, now)
        assert 1 <= pace.width <= connections
        assert bool(stopped) <= bool(pace.resting(now))
        assert not pace.resting(now + MEND_WAITS[-1])


def test_those_that_were_on_their_way_do_not_make_the_rest_longer() -> None:
    pace = Pace(connections=4)
    assert [bool(learn(pace, WRONG_PASSWORD)) for _ in range(4)] == [True] * 4
    assert pace.rest_until == MORNING + MEND_WAITS[0]
    pace = opened()
    assert learn(pace, AWAY)
    assert pace.rest_until == MORNING + WAITS[0]


def test_a_refusal_of_us_that_is_given_up_does_not_close_what_is_open() -> None:
    pace, policy = Pace(connections=4), Reply(Stage.RCPT, 554, "5.7.1", "relay access denied")
    assert pace.learn(judge(policy, 1), MORNING)
    until = pace.rest_until
    assert not pace.learn(judge(policy, 3), MORNING + timedelta(minutes=6))
    assert pace.rest_until == until


def test_after_a_halving_it_takes_as_many_good_ones_again() -> None:
    pace = Pace(connections=4)
    for _ in range(50):
        learn(pace, TAKEN)
    learn(pace, BUSY)
    assert [learn(pace, TAKEN) or pace.width for _ in range(10)] == [2] * 9 + [3]
