"""How old a form is, who showed it, and what work was done for it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.tokens import Tokens
from digest.web.stamp import OLDEST, YOUNGEST, Age, age, is_proof, stamp
from tests.web.browser import TOKENS
from tests.web.visits import proof

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("passed", "found"),
    [
        (timedelta(0), Age.YOUNG),
        (YOUNGEST - SECOND, Age.YOUNG),
        (YOUNGEST, Age.GOOD),
        (OLDEST, Age.GOOD),
        (OLDEST + SECOND, Age.OLD),
        (-SECOND, Age.YOUNG),
        (-timedelta(days=400), Age.OLD),
    ],
    ids=str,
)
def test_a_form_is_good_from_three_seconds_to_a_day(now: datetime, passed: timedelta, found: Age) -> None:
    assert age(TOKENS, stamp(TOKENS, now), now + passed) is found


def test_a_stamp_of_another_site_or_time_is_none(now: datetime) -> None:
    ours = stamp(TOKENS, now)
    later = now + timedelta(minutes=1)
    assert age(Tokens(b"the secret of another"), ours, later) is Age.OLD
    seconds, _, seal = ours.partition(".")
    assert age(TOKENS, f"{int(seconds) + 1}.{seal}", later) is Age.OLD


@given(st.text())
def test_whatever_else_comes_is_old(value: str) -> None:
    assert age(TOKENS, value, datetime.fromisoformat("2026-05-28T12:00:00Z")) is Age.OLD


def test_a_proof_is_one_for_its_stamp_and_its_address_only() -> None:
    found = proof("stamp", "ada@example.org", 12)
    assert is_proof(found, "stamp", "ada@example.org", 12)
    assert not is_proof(found, "stamp", "bob@example.org", 12)
    assert not is_proof(found, "other", "ada@example.org", 12)
    assert not is_proof(found, "stamp", "ada@example.org", 40)


@pytest.mark.parametrize("value", ["", "x", "-1", "1" * 16, "²", "1\n"])
def test_what_is_no_number_is_no_proof(value: str) -> None:
    assert not is_proof(value, "stamp", "ada@example.org", 1)


def test_nothing_is_asked_for_where_there_are_no_bits() -> None:
    assert is_proof("", "stamp", "\ud800", 0)
    assert not is_proof("1", "stamp", "\ud800", 200)
