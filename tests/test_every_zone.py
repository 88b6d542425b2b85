"""P8: on every date that a zone has, whatever its clocks do, exactly one digest is due.

Every zone there is, 366 days, four wall times, the middle of the zone's own gap among them. Which dates exist is read
off the zone's clock, half an hour at a time, and owes nothing to `due.py`.
"""

import time as stopwatch
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from digest.due import exists, last_due, next_due

DAYS = 366
ZONES = 590  # there are 599 at the time of writing
HALF_HOUR, TICK = timedelta(minutes=30), timedelta(microseconds=1)
# A year of today's rules, and one in which Apia skipped a date and clocks went back over midnight (St John's, Cairo).
YEARS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2011, 6, 1, tzinfo=UTC)

# Clocks that do what few do, in a year in which they did.
ODD = (
    ("Pacific/Apia", 2011),  # no 30 December
    ("Pacific/Kwajalein", 1993),  # no 21 August
    ("Africa/Cairo", 2010),  # skips the hour after midnight, twice
    ("America/St_Johns", 2010),  # at one minute past midnight it is the day before again
    ("America/Nuuk", 2024),  # skips the hour before midnight
    ("Australia/Lord_Howe", 2026),  # half an hour
    ("Antarctica/Troll", 2026),  # two hours
    ("Africa/Casablanca", 2026),  # winter time in Ramadan
)


def readings(zone: ZoneInfo, start: datetime) -> Iterator[datetime]:
    """What the zone's clock shows, every half hour, from a day before to a day after."""
    moment, last = start - timedelta(days=1), start + timedelta(days=DAYS + 1)
    while moment < last:
        yield moment.astimezone(zone)
        moment += HALF_HOUR


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def dates_and_gap(zone: ZoneInfo, start: datetime) -> tuple[list[date], time]:
    """The dates that the clock shows in these days, in order, and a time that it skips (07:30 if there is none)."""
    seen: dict[date, None] = {}
    gap, before = time(7, 30), start - timedelta(days=1)
    for reading in readings(zone, start):
        seen.setdefault(reading.date())
        jump = offset(zone, reading) - offset(zone, before)
        if timedelta(0) < jump < timedelta(hours=12):
            gap = (reading - jump / 2).time()
        before = reading
    return sorted(seen)[2:-2], gap


def check(name: str, at: time, dates: list[date]) -> None:
    """Walks over the dates: half an hour later it is still the last one, a moment earlier it was the one before."""
    zone = ZoneInfo(name)
    _, moment = last_due(at, name, "daily", datetime.combine(dates[0], at, UTC) - timedelta(days=1.5))
    walk = [next_due(at, name, "daily", moment)]
    while walk[-1][0] < dates[-1]:
        walk.append(next_due(at, name, "daily", walk[-1][1]))
    walk = [one for one in walk if one[0] >= dates[0]]
    assert [day for day, _ in walk] == dates, (name, at)
    for before, (day, due) in zip([None, *walk], walk, strict=False):
        for later in (due, due + HALF_HOUR):  # by then the clock may show the date before
            assert last_due(at, name, "daily", later) == (day, due), (name, at, day)
        if before:
            assert before[1] < due, (name, at, day)
            assert last_due(at, name, "daily", due - TICK) == before, (name, at, day)
        shown = due.astimezone(zone)
        if (shown.date(), shown.time()) != (day, at):  # then the clock skips that time, and shows it moved by the gap
            gap = offset(zone, due) - offset(zone, due - timedelta(hours=3))
            assert gap > timedelta(0), (name, at, day)
            assert shown.replace(tzinfo=None) - gap == datetime.combine(day, at), (name, at, day)
        assert shown.fold == 0, (name, at, day)


def check_year(name: str, start: datetime) -> int:
    """How many instants were looked at."""
    dates, gap = dates_and_gap(ZoneInfo(name), start)
    assert len(dates) >= DAYS - 3
    times = time(0), gap, time(2, 15), time(23, 59)
    for at in times:
        check(name, at, dates)
    return len(dates) * len(times)


@pytest.mark.parametrize(("name", "year"), ODD, ids=[name for name, _ in ODD])
def test_exactly_one_instant_where_clocks_do_odd_things(name: str, year: int) -> None:
    assert check_year(name, datetime(year, 1, 15, tzinfo=UTC)) > 4 * (DAYS - 5)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("start", YEARS, ids=lambda start: str(start.year))
def test_exactly_one_instant_for_each_existing_date(start: datetime) -> None:
    zones, began = sorted(available_timezones()), stopwatch.perf_counter()
    assert len(zones) >= ZONES
    instants = sum(check_year(name, start) for name in zones)
    seconds = stopwatch.perf_counter() - began
    print(f"P8: {len(zones)} zones x 4 wall times, {instants:,} instants in {seconds:.0f} s")


@pytest.mark.parametrize(("name", "missing"), [(ODD[0][0], date(2011, 12, 30)), (ODD[1][0], date(1993, 8, 21))])
def test_a_date_that_never_was_is_noticed(name: str, missing: date) -> None:
    """The control: the clock's own word, and ours."""
    dates, _ = dates_and_gap(ZoneInfo(name), datetime(missing.year, 1, 15, tzinfo=UTC))
    assert missing not in dates
    assert missing + timedelta(days=1) in dates
    assert not exists(missing, name)
