"""What is worth a person's look is said in one line with its mend; what is as it should be, or mends itself, is not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.jobs.problems import MANY, OVERDUE, Facts, problems
from digest.model import Cause, DayCount, DeliveryState, Pause, SourceState

NOW = datetime(2026, 5, 29, 12, 30, tzinfo=UTC)
THURSDAY = date(2026, 5, 28)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FINE = Facts(now=NOW, day=THURSDAY)


def of(state: DeliveryState, cause: Cause = Cause.NONE, count: int = 12, day: date = THURSDAY) -> DayCount:
    return DayCount(day, state, cause, count)


def about(*counts: DayCount, day: date = THURSDAY) -> list[str]:
    return problems(replace(FINE, day=day, counts=counts))


def test_nothing_is_wrong_where_nothing_happened() -> None:
    assert problems(FINE) == []


@pytest.mark.parametrize(
    "cause",
    [
        Cause.NONE, Cause.WEEKEND, Cause.HOLIDAY, Cause.NOTHING_NEW, Cause.BELOW_THRESHOLD, Cause.MUTED, Cause.PAUSED,
        Cause.SUPPRESSED,
    ],
)  # fmt: skip
def test_a_weekday_without_mail_is_fine_for_a_reason(cause: Cause) -> None:
    assert about(of(DeliveryState.SKIPPED, cause)) == []


def test_what_may_have_been_sent_before_a_restore_and_what_was_withdrawn_is_no_trouble() -> None:
    assert about(of(DeliveryState.MISSED, Cause.RESTORED), of(DeliveryState.SUPPRESSED)) == []


@pytest.mark.parametrize(
    ("count", "why"),
    [
        (of(DeliveryState.SKIPPED, Cause.SOURCE_DOWN), "a source was down (12)"),
        (of(DeliveryState.MISSED, Cause.NOT_RUNNING), "nothing ran (12)"),
        (of(DeliveryState.MISSED, Cause.LATE), "too late (12)"),
        (of(DeliveryState.QUEUED, count=1), "queued (1)"),
        (of(DeliveryState.FAILED, count=1200), "failed (1,200)"),
    ],
)
def test_a_weekday_without_mail_is_said_with_what_came_of_them(count: DayCount, why: str) -> None:
    paused = of(DeliveryState.SKIPPED, Cause.PAUSED)
    assert about(count, paused) == [f"no mail went out on Thursday 28 May 2026: {why}"]
    assert about(count, paused, of(DeliveryState.SENT, count=1)) == []


def test_a_weekend_without_mail_is_none() -> None:
    saturday = THURSDAY + 2 * DAY
    assert about(of(DeliveryState.MISSED, Cause.NOT_RUNNING, day=saturday), day=saturday) == []
    assert about(of(DeliveryState.MISSED, Cause.NOT_RUNNING, day=saturday), day=saturday - DAY)


def test_a_source_is_silent_after_two_days_of_failures() -> None:
    def of_source(**more: object) -> list[str]:
        state = SourceState(name="arxiv", problem="it answered 503", failures=9)
        return problems(replace(FINE, sources=[(replace(state, **more), HOUR)]))  # type: ignore[arg-type]

    assert of_source(succeeded_at=NOW - 2 * DAY) == []
    told = "arxiv was last read on 27 May 2026, 12:29 UTC: it answered 503"
    assert of_source(succeeded_at=NOW - 2 * DAY - timedelta(minutes=1)) == [told]
    assert of_source(succeeded_at=None, problem="") == ["arxiv was never read"]
    assert of_source(succeeded_at=None) == ["arxiv was never read: it answered 503"]
    assert of_source(succeeded_at=NOW - 9 * DAY, failures=2) == []  # the machine was away; it tries again soon


def test_a_source_that_is_read_once_a_week_is_silent_after_two() -> None:
    state = SourceState(name="weekly", problem="it answered 503", failures=9, succeeded_at=NOW - 13 * DAY)
    assert problems(replace(FINE, sources=[(state, 7 * DAY)])) == []
    older = replace(state, succeeded_at=NOW - 15 * DAY)
    assert len(problems(replace(FINE, sources=[(older, 7 * DAY)]))) == 1


def test_a_queue_that_does_not_drain_is_said_and_a_few_full_mailboxes_are_not() -> None:
    late = replace(FINE, oldest=NOW - 3 * HOUR)
    told = "should have left more than 2 hours ago, the oldest since 29 May 2026, 09:30 UTC; see: digest status"
    assert OVERDUE == 2 * HOUR
    assert problems(replace(late, overdue={DeliveryState.QUEUED: 1})) == [f"1 digest {told}"]
    assert problems(replace(late, overdue={DeliveryState.DEFERRED: MANY})) == []
    assert problems(replace(late, overdue={DeliveryState.DEFERRED: MANY + 1})) == [f"21 digests {told}"]
    both = {DeliveryState.DEFERRED: MANY, DeliveryState.TRANSMITTING: 2}
    assert problems(replace(late, overdue=both)) == [f"2 digests {told}"]


def test_who_is_due_and_not_decided_on_is_counted() -> None:
    [told] = problems(replace(FINE, undecided=3))
    assert told.startswith("there is neither a digest nor a reason for 3 subscribers whose hour was more than 2 hours")


def test_a_pause_of_all_sending_is_said() -> None:
    pause = Pause(NOW + HOUR, "21 of the last 100 messages were refused for good")
    [told] = problems(replace(FINE, pause=pause))
    assert told == f"sending is paused until 29 May 2026, 13:30 UTC: {pause.reason}"


def test_bad_ends_are_counted_each_with_its_command() -> None:
    ended = {DeliveryState.FAILED: 1, DeliveryState.UNCERTAIN: 2, DeliveryState.POISONED: 3}
    assert problems(replace(FINE, ended=ended)) == [
        "1 digest failed; see: digest delivery list --state failed",
        "3 digests could not be composed; see: digest delivery list --state poisoned",
        "2 digests may or may not have arrived; see: digest delivery list --state uncertain",
    ]


def test_the_worst_comes_first() -> None:
    facts = replace(
        FINE,
        counts=[of(DeliveryState.MISSED, Cause.NOT_RUNNING)],
        ended={DeliveryState.FAILED: 1},
        undecided=1,
        sources=[(SourceState(name="arxiv", failures=9), HOUR)],
    )
    assert [told.split()[0] for told in problems(facts)] == ["no", "there", "arxiv", "1"]


@pytest.mark.parametrize(("failed", "told"), [(2, False), (3, True)])
def test_one_dead_address_in_fifty_is_no_trouble(failed: int, told: bool) -> None:
    sent = (of(DeliveryState.SENT, count=100),)
    assert bool(problems(replace(FINE, counts=sent, ended={DeliveryState.FAILED: failed}))) is told
    assert problems(replace(FINE, counts=sent, ended={DeliveryState.UNCERTAIN: 1}))
