"""What the machine calls a copy without excuse. The stories themselves run with the other promises."""

from dataclasses import replace
from datetime import date

from tests.crash.days import Letter, repeated
from tests.crash.story import Taken, excess

FIRST = Letter("ada@example.org", date(2026, 5, 25), "<1@example.org>", frozenset({1}), "abc")
KNOWN, UNKNOWN = Taken(FIRST, unknown=False), Taken(FIRST, unknown=True)


def test_a_copy_needs_an_ending_that_nobody_learnt_of() -> None:
    assert excess([KNOWN]) == []
    assert excess([UNKNOWN, UNKNOWN, KNOWN]) == []
    assert excess([UNKNOWN, UNKNOWN]) == []
    [told] = excess([KNOWN, UNKNOWN])
    assert "again although the sender knew" in told


def test_a_copy_is_the_same_octets() -> None:
    [told] = excess([UNKNOWN, Taken(replace(FIRST, content="abd"), unknown=False)])
    assert "in different words" in told


def test_another_day_is_no_copy() -> None:
    assert excess([KNOWN, Taken(replace(FIRST, day=date(2026, 5, 26), message_id="<2@example.org>"), False)]) == []


def test_a_date_a_message_and_a_paper_come_once() -> None:
    other = replace(FIRST, day=date(2026, 5, 26), message_id="<2@example.org>", sheets=frozenset({2}))
    assert repeated([FIRST, other, replace(FIRST, recipient="bo@example.org")]) == []
    assert len(repeated([FIRST, FIRST])) == 3
    assert repeated([FIRST, replace(other, sheets=frozenset({1, 2}))]) == ["ada@example.org got sheet 1 2 times"]
