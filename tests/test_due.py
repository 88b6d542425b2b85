"""A digest is due exactly once on each existing local date."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.due import (
    FURTHEST,
    FURTHEST_OF_ANY,
    after_change,
    days,
    due_at,
    due_by,
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


def test_cairo_s_clock_skips_the_hour_after_midnight() -> None:
    friday = date(2026, 4, 24)
    assert due_at(friday, time(0, 30), "Africa/Cairo") == datetime(2026, 4, 23, 22, 30, tzinfo=UTC)  # 01:30 there
    assert due_at(friday, time(1, 30), "Africa/Cairo") == datetime(2026, 4, 23, 22, 30, tzinfo=UTC)


def test_lord_howe_s_clock_skips_half_an_hour() -> None:
    sunday = date(2026, 10, 4)
    assert due_at(sunday, time(1, 59), "Australia/Lord_Howe") == datetime(2026, 10, 3, 15, 29, tzinfo=UTC)
    assert due_at(sunday, time(2, 15), "Australia/Lord_Howe") == datetime(2026, 10, 3, 15, 45, tzinfo=UTC)  # 02:45
    assert due_at(sunday, time(2, 45), "Australia/Lord_Howe") == datetime(2026, 10, 3, 15, 45, tzinfo=UTC)


def test_kwajalein_had_no_twenty_first_of_august_1993() -> None:
    before = due_at(date(1993, 8, 20), time(7, 30), "Pacific/Kwajalein")
    assert not exists(date(1993, 8, 21), "Pacific/Kwajalein")
    assert next_due(time(7, 30), "Pacific/Kwajalein", "daily", before) == (
        date(1993, 8, 22),
        before + timedelta(hours=24),
    )


def test_where_clocks_go_back_over_midnight_the_new_date_stays_the_last_one() -> None:
    """St John's, until 2011: at one minute past midnight it was 23:01 of the day before."""
    sunday = date(2010, 11, 7), datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    assert last_due(time(0), "America/St_Johns", "daily", sunday[1] + timedelta(minutes=40)) == sunday


MORNING, TUESDAY = time(7, 30), date(2026, 5, 26)


def had(day: date, zone: str, at: time = MORNING) -> tuple[date, datetime]:
    return day, due_at(day, at, zone)


def test_after_a_change_it_is_the_first_hour_whose_date_had_none() -> None:
    berlin = "Europe/Berlin"
    of_today = had(TUESDAY, berlin)
    noon = datetime(2026, 5, 26, 10, 0, tzinfo=UTC)
    later_today = after_change(time(18), berlin, "daily", noon, of_today)
    assert later_today == due_at(date(2026, 5, 27), time(18), berlin)
    assert after_change(time(18), berlin, "daily", noon, None) == due_at(TUESDAY, time(18), berlin)
    assert after_change(time(18), berlin, "daily", noon, had(date(2026, 5, 25), berlin)) == due_at(
        TUESDAY, time(18), berlin
    )
    assert after_change(MORNING, berlin, "weekly", noon, of_today) == due_at(date(2026, 6, 1), MORNING, berlin)


def test_nobody_waits_longer_than_two_days_for_a_change() -> None:
    of_tuesday = had(TUESDAY, "Pacific/Kiritimati")
    now = of_tuesday[1] + timedelta(hours=3)
    there = "Pacific/Honolulu"  # 24 hours behind
    assert after_change(MORNING, there, "daily", now, of_tuesday) == of_tuesday[1] + timedelta(hours=48)
    assert after_change(time(23), there, "daily", now, of_tuesday) == of_tuesday[1] + timedelta(hours=48)
    assert after_change(time(6), there, "daily", now, of_tuesday) == of_tuesday[1] + timedelta(hours=46.5)
    on_days = after_change(time(23), there, "mon,wed,fri", now, of_tuesday)  # it never came every day
    assert on_days == due_at(date(2026, 5, 27), time(23), there)
    long_ago = had(date(2026, 5, 20), "Pacific/Kiritimati")  # resumed after a pause: at their own hour
    assert after_change(time(23), there, "daily", now, long_ago) == due_at(date(2026, 5, 25), time(23), there)


def test_a_move_by_more_than_a_day_of_offset_is_the_exception() -> None:
    of_tuesday = had(TUESDAY, "Pacific/Kiritimati", time(0, 10))
    found = after_change(time(23), "Pacific/Niue", "daily", of_tuesday[1], of_tuesday)  # 25 hours behind
    assert found == due_at(date(2026, 5, 27), time(23), "Pacific/Niue")
    assert found - of_tuesday[1] > timedelta(hours=48)


def test_an_appointment_is_for_its_own_date() -> None:
    there, late = "Pacific/Honolulu", datetime(2026, 5, 27, 17, 30, tzinfo=UTC)
    asked = time(23), there, "daily", late
    assert due_by(*asked, late) == (date(2026, 5, 27), late)
    before = (TUESDAY, due_at(TUESDAY, time(23), there))
    assert due_by(*asked, late - timedelta(seconds=1)) == before
    assert due_by(time(23), there, "daily", None, late) == before
    assert due_by(time(23), there, "mon,tue", late, late) == before  # not a day of theirs any more
    own = due_at(date(2026, 5, 27), time(23), there)
    assert due_by(*asked, own) == (date(2026, 5, 27), own)  # nobody looked until their own hour


EDITS = st.lists(
    st.tuples(
        st.integers(1, 60 * 60),  # minutes since the edit before
        st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59))),
        st.sampled_from((*ZONES, "Pacific/Kiritimati", "Pacific/Honolulu", "Pacific/Pago_Pago", "Asia/Tokyo")),
    ),
    max_size=12,
)
START = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


class Reader:
    """What `enqueue` and an edit do to one subscriber, and the rows they leave."""

    def __init__(self, at: time, zone: str, now: datetime) -> None:
        self.at, self.zone = at, zone
        self.rows: dict[date, datetime] = {}
        self.sent: dict[date, datetime] = {}
        self.edited_at = now
        self.widest: dict[date, timedelta] = {}  # the offsets' widest span since the row before
        self.offsets = [self.offset(now)]
        self.due = after_change(at, zone, "daily", now, None)

    def offset(self, now: datetime) -> timedelta:
        return now.astimezone(ZoneInfo(self.zone)).utcoffset() or timedelta()

    def ticks_until(self, now: datetime) -> None:
        while self.due <= now:
            day, due = due_by(self.at, self.zone, "daily", self.due, self.due)
            self.due = after_change(self.at, self.zone, "daily", self.due, (day, due))
            assert day not in self.rows
            self.rows[day] = due
            self.sent[day] = max(due, self.edited_at)
            self.widest[day] = max(self.offsets) - min(self.offsets)
            self.offsets = [self.offset(due)]

    def edit(self, at: time, zone: str, now: datetime) -> None:
        self.at, self.zone, self.edited_at = at, zone, now
        self.offsets.append(self.offset(now))
        newest = max(self.rows, default=None)
        self.due = after_change(at, zone, "daily", now, (newest, self.rows[newest]) if newest else None)


@settings(max_examples=400)
@given(start=START, at=TIMES, zone=st.sampled_from(ZONES), edits=EDITS)
def test_no_edits_bring_two_for_one_date_or_a_silence_of_more_than_two_days(
    start: datetime, at: time, zone: str, edits: list[tuple[int, time, str]]
) -> None:
    reader, now = Reader(at, zone, start), start
    for minutes, new_at, new_zone in edits:
        now += timedelta(minutes=minutes)
        reader.ticks_until(now)
        reader.edit(new_at, new_zone, now)
    reader.ticks_until(now + timedelta(days=5))
    assert list(reader.rows) == sorted(reader.rows)
    for (_, sent), (day, later) in pairwise(reader.sent.items()):
        assert sent <= later
        assert later - sent <= timedelta(hours=48) or reader.widest[day] > timedelta(hours=24)


def test_who_moves_the_hour_before_now_gets_todays_at_once() -> None:
    berlin, noon = "Europe/Berlin", datetime(2026, 5, 26, 10, tzinfo=UTC)
    yesterday = date(2026, 5, 25), due_at(date(2026, 5, 25), time(18), berlin)
    assert after_change(MORNING, berlin, "daily", noon, yesterday) == due_at(TUESDAY, MORNING, berlin)
    assert after_change(MORNING, berlin, "daily", noon, None) == due_at(TUESDAY, MORNING, berlin)
    assert after_change(MORNING, berlin, "wed", noon, None) == due_at(date(2026, 5, 27), MORNING, berlin)


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
