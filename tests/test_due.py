"""A digest is due exactly once on each existing local date."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.due import (
    FURTHEST,
    FURTHEST_OF_ANY,
    days,
    due_at,
    exists,
    last_due,
    next_due,
    offered_after,
    reach,
)
from digest.errors import InputError

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "UTC",
)
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def test_the_wall_time_holds_over_a_change_to_summer_time() -> None:
    assert due_at(date(2026, 3, 28), time(7, 30), "Europe/Berlin") == datetime(2026, 3, 28, 6, 30, tzinfo=UTC)
    assert due_at(date(2026, 3, 29), time(7, 30), "Europe/Berlin") == datetime(2026, 3, 29, 5, 30, tzinfo=UTC)


def test_a_skipped_time_moves_forward_and_a_repeated_one_is_the_first() -> None:
    assert due_at(date(2026, 3, 29), time(2, 30), "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert due_at(date(2026, 10, 25), time(2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_apia_had_no_thirtieth_of_december_2011() -> None:
    assert not exists(date(2011, 12, 30), "Pacific/Apia")
    day, due = next_due(time(7, 30), "Pacific/Apia", "daily", due_at(date(2011, 12, 29), time(7, 30), "Pacific/Apia"))
    assert (day, due) == (date(2011, 12, 31), datetime(2011, 12, 30, 17, 30, tzinfo=UTC))


@given(moment=MOMENTS, at=TIMES, zone=st.sampled_from(ZONES))
def test_walking_on_gives_each_existing_date_once_and_in_order(moment: datetime, at: time, zone: str) -> None:
    walk = [next_due(at, zone, "daily", moment)]
    while len(walk) < 6:
        walk.append(next_due(at, zone, "daily", walk[-1][1]))
    for (day, due), (following, later) in pairwise(walk):
        assert due < later
        between = [day + timedelta(days=n) for n in range(1, (following - day).days)]
        assert not any(exists(skipped, zone) for skipped in between)
    assert walk[0][1] > moment


@given(moment=MOMENTS, at=TIMES, zone=st.sampled_from(ZONES), cadence=st.sampled_from(["daily", "weekdays", "mon,wed"]))
def test_last_and_next_are_neighbours(moment: datetime, at: time, zone: str, cadence: str) -> None:
    day, due = last_due(at, zone, cadence, moment)
    assert due <= moment < next_due(at, zone, cadence, moment)[1]
    assert next_due(at, zone, cadence, due) == next_due(at, zone, cadence, moment)
    assert day.weekday() in days(cadence)


@given(moment=MOMENTS, at=TIMES, zone=st.sampled_from(ZONES))
def test_where_no_gap_is_near_it_rings_at_the_wall_time(moment: datetime, at: time, zone: str) -> None:
    day, due = next_due(at, zone, "daily", moment)
    local = due.astimezone(ZoneInfo(zone))
    assert (local.date(), local.time()) == (day, at) or local.replace(tzinfo=None) > datetime.combine(day, at)


def test_a_cadence_reaches_back_to_the_digest_day_before() -> None:
    monday, tuesday = date(2026, 5, 25), date(2026, 5, 26)
    assert [reach("daily", monday), reach("weekdays", monday), reach("weekdays", tuesday), reach("weekly", monday)] == [
        1,
        3,
        1,
        7,
    ]
    assert reach("mon,wed", monday) == 5


@given(
    moment=MOMENTS,
    at=TIMES,
    zone=st.sampled_from(ZONES),
    cadence=st.sampled_from(["daily", "weekdays", "weekly", "sat"]),
)
def test_no_due_time_lies_further_ahead_than_its_cadence_reaches(
    moment: datetime, at: time, zone: str, cadence: str
) -> None:
    _, due = next_due(at, zone, cadence, moment)
    if all(exists(moment.date() + timedelta(days=n), zone) for n in range(-1, 9)):
        assert due - moment <= FURTHEST.get(cadence, FURTHEST_OF_ANY)


def test_the_last_edition_they_had_bounds_what_is_offered_unless_a_clock_was_ahead() -> None:
    newest = date(2026, 5, 28)
    assert offered_after(newest, "thu", newest, newest - timedelta(days=2)) == newest - timedelta(days=2)
    assert offered_after(newest, "thu", newest, newest) == newest
    assert offered_after(newest, "thu", newest, None) == newest - timedelta(days=7)
    assert offered_after(newest, "thu", newest, date(2036, 5, 28)) == newest - timedelta(days=7)


@pytest.mark.parametrize("cadence", ["", "hourly", "mon,", "mon,noday"])
def test_nonsense_is_no_cadence(cadence: str) -> None:
    with pytest.raises(InputError, match="is no cadence"):
        days(cadence)
