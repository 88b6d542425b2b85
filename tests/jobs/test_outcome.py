"""A verdict becomes a state, with our policy and the day's end in mind."""

from datetime import timedelta

import pytest

from digest.jobs.outcome import GIVE_UP, JITTER, RESEND_AFTER, outcome
from digest.mail.reply import judge
from digest.model import Delivery, DeliveryState, Reply, Stage
from tests.jobs.conftest import MORNING

OWED = Delivery(
    id=1,
    subscriber_id=1,
    address="ada@example.org",
    local_date=MORNING.date(),
    state=DeliveryState.CLAIMED,
    due_at=MORNING,
)
LOST = Reply(Stage.DOT)
GREYLISTED = Reply(Stage.RCPT, 450, "4.2.0", "greylisted, come back later")


def test_waits_are_only_ever_longer_so_that_a_greylist_of_five_minutes_is_over_at_the_third_try() -> None:
    for _ in range(200):
        now = MORNING
        for attempt in (1, 2):
            end = outcome(judge(GREYLISTED, attempt), OWED, now, on_uncertain="resend", doubted=False)
            assert end.state is DeliveryState.DEFERRED
            assert end.next_attempt_at
            now = end.next_attempt_at
        assert MORNING + timedelta(seconds=300) <= now <= MORNING + timedelta(seconds=360) * (1 + JITTER)


@pytest.mark.parametrize(
    ("policy", "doubted", "state"),
    [
        ("resend", False, DeliveryState.DEFERRED),
        ("resend", True, DeliveryState.UNCERTAIN),
        ("hold", False, DeliveryState.UNCERTAIN),
        ("hold", True, DeliveryState.UNCERTAIN),
    ],
)
def test_a_lost_answer_is_sent_again_once_at_most(policy: str, doubted: bool, state: DeliveryState) -> None:
    end = outcome(judge(LOST, 1), OWED, MORNING, on_uncertain=policy, doubted=doubted)
    assert end.state is state
    assert (end.next_attempt_at is not None) == (state is DeliveryState.DEFERRED)
    if end.next_attempt_at:
        assert end.next_attempt_at >= MORNING + RESEND_AFTER


@pytest.mark.parametrize(("doubted", "state"), [(False, DeliveryState.FAILED), (True, DeliveryState.UNCERTAIN)])
def test_when_the_next_edition_is_due_it_is_given_up_and_a_doubt_stays_one(doubted: bool, state: DeliveryState) -> None:
    late = MORNING + GIVE_UP
    end = outcome(judge(GREYLISTED, 5), OWED, late, on_uncertain="resend", doubted=doubted)
    assert end.state is state
    assert "given up" in end.reason
    assert end.next_attempt_at is None
