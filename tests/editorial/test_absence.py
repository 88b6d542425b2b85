"""An empty edition says why: the weekend, a silent source, or a day on which nobody published."""

from datetime import UTC, date, datetime, time

import pytest

from digest.editorial.absence import unread, why_empty
from digest.editorial.edition import compile_edition
from digest.model import Cause, Edition, NoDigest

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 5, day) for day in (22, 23, 24, 25))
DOWN = unread("arxiv", "it answered 503")


def empty(day: date, *notes: str) -> Edition:
    """As `publish` makes it, with its own note that nothing is new."""
    return compile_edition(day, datetime.combine(day, time(4), UTC), (), {}, (), None, notes)


@pytest.mark.parametrize(
    ("editions", "reason", "cause"),
    [
        ([empty(SATURDAY)], "no paper is new: it is the weekend", Cause.WEEKEND),
        ([empty(SUNDAY), empty(SATURDAY)], "no paper is new in 2 days: it is the weekend", Cause.WEEKEND),
        ([empty(MONDAY)], "no paper is new, though every source was read", Cause.HOLIDAY),
        ([empty(FRIDAY)], "no paper is new, though every source was read", Cause.HOLIDAY),
        (
            [empty(MONDAY), empty(SUNDAY), empty(SATURDAY)],
            "no paper is new in 3 days, though every source was read",
            Cause.HOLIDAY,
        ),
        (
            [empty(MONDAY, DOWN)],
            "no paper is new; arxiv could not be read: it answered 503",
            Cause.SOURCE_DOWN,
        ),
        (
            [empty(SATURDAY, DOWN), empty(FRIDAY, DOWN)],
            "no paper is new in 2 days; arxiv could not be read: it answered 503",
            Cause.SOURCE_DOWN,
        ),
        ([empty(SATURDAY, "hf: one entry was left out")], "no paper is new: it is the weekend", Cause.WEEKEND),
    ],
)
def test_why_there_is_nothing(editions: list[Edition], reason: str, cause: Cause) -> None:
    assert why_empty(editions) == NoDigest(reason, cause)


def test_of_many_silent_sources_some_are_named() -> None:
    silent = [unread(f"feed-{n}", "no answer") for n in range(5)]
    found = why_empty([empty(MONDAY, *silent)])
    assert found.cause is Cause.SOURCE_DOWN
    assert found.reason == (
        "no paper is new; feed-0 could not be read: no answer; feed-1 could not be read: no answer, and so 3 more"
    )


def test_something_is_needed() -> None:
    with pytest.raises(ValueError, match="empty"):
        why_empty([])
