"""When a digest is due.

In:    a wall time, an IANA zone, a cadence and a moment.
Out:   local dates and the UTC instants they are due at; exactly one instant for each existing local date.
Never: the clock, the store, more than one instant for a date.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.errors import InputError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMED = {"daily": frozenset(range(7)), "weekdays": frozenset(range(5)), "weekly": frozenset({0})}
DAY = timedelta(days=1)
# No due time lies further ahead, an hour lost to summer time included: one that does was set by a clock that was ahead.
FURTHEST = {"daily": 2 * DAY, "weekdays": 4 * DAY}
FURTHEST_OF_ANY = 8 * DAY
LONGEST = 2 * DAY  # without a digest for one who gets one each day, whatever they change

Had = tuple[date, datetime]  # the local date of the newest digest, and the instant it was due at


def days(cadence: str) -> frozenset[int]:
    """The weekdays of a cadence, Monday = 0. Raises InputError for anything but house words and day names."""
    if cadence in NAMED:
        return NAMED[cadence]
    names = [name.strip().lower() for name in cadence.split(",")]
    if not all(name in WEEKDAYS for name in names):
        raise InputError(f"“{cadence}” is no cadence", "say daily, weekdays, weekly or days such as mon,wed")
    return frozenset(WEEKDAYS.index(name) for name in names)


def due_at(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of `at` on `day`: the first of two where clocks go back, moved forward where they skip it.

    The rule is RFC 5545 §3.3.5's for local times, which `fold=0` of PEP 495 gives.
    """
    return datetime.combine(day, at.replace(fold=0), ZoneInfo(zone)).astimezone(UTC)


def exists(day: date, zone: str) -> bool:
    """False for a date that a zone skipped as a whole (Apia had no 2011-12-30)."""
    return date_in(due_at(day, time(12), zone), zone) == day


def date_in(moment: datetime, zone: str) -> date:
    """The date of a moment in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def _walk(start: date, step: timedelta, at: time, zone: str, cadence: str) -> Iterator[tuple[date, datetime]]:
    wanted = days(cadence)
    day = start
    while True:
        if day.weekday() in wanted:
            due = due_at(day, at, zone)
            if date_in(due, zone) == day or exists(day, zone):  # the second for a time in a gap at midnight
                yield day, due
        day += step


def next_due(at: time, zone: str, cadence: str, after: datetime) -> tuple[date, datetime]:
    """The first local date due later than `after`, and its instant."""
    start = date_in(after, zone) - DAY  # a time in a gap may land on the next date
    return next((day, due) for day, due in _walk(start, DAY, at, zone, cadence) if due > after)


def last_due(at: time, zone: str, cadence: str, now: datetime) -> tuple[date, datetime]:
    """The last local date that was due at `now` or before, and its instant."""
    start = date_in(now, zone) + DAY  # clocks may go back over midnight, and the date with them
    return next((day, due) for day, due in _walk(start, -DAY, at, zone, cadence) if due <= now)


def due_by(at: time, zone: str, cadence: str, appointed: datetime | None, now: datetime) -> tuple[date, datetime]:
    """What `last_due` says, or the date that `after_change` appointed for an hour not their own, once that has come."""
    day, due = last_due(at, zone, cadence, now)
    if appointed is not None and due < appointed <= now:
        of_appointment = date_in(appointed, zone)
        if of_appointment > day and of_appointment.weekday() in days(cadence):
            return of_appointment, appointed
    return day, due


def after_change(at: time, zone: str, cadence: str, now: datetime, had: Had | None) -> datetime:
    """When the next digest is due, after `had`, once the hour, the zone or the days have changed.

    Today's, at once, where its hour has passed by now and today had none; else the first hour to come whose local date
    had none. Where that is more than 48 h after the last one and the cadence wants both dates, it is once at an hour
    not their own: 48 h after the last one. A move westward by more than 24 h of offset is the exception: the local date
    is then still one that had its digest.
    """
    today, passed = last_due(at, zone, cadence, now)
    if today == date_in(now, zone) and (had is None or today > had[0]):
        return passed
    day, due = next_due(at, zone, cadence, now)
    while had and day <= had[0]:
        day, due = next_due(at, zone, cadence, due)
    if had is None or due <= (latest := had[1] + LONGEST) or latest <= now:
        return due
    date_then = date_in(latest, zone)
    wanted = {date_then.weekday(), (date_then - DAY).weekday()} <= days(cadence)
    return latest if wanted and date_then > had[0] else due


def offered_after(newest: date, cadence: str, day: date, last: date | None) -> date:
    """The date after which editions up to `newest` are for a digest of `day`: that of the last one they had, or as far
    back as the digest day before. A last one later than `newest` is of a clock that was ahead, and counts for nothing.
    """
    had = last if last and last <= newest else date.min
    return max(newest - timedelta(days=reach(cadence, day)), had)


def reach(cadence: str, day: date) -> int:
    """How many days back a digest of `day` looks: to the digest day before it (3 on a Monday of `weekdays`)."""
    wanted = days(cadence)
    return next(back for back in range(1, 8) if (day - timedelta(days=back)).weekday() in wanted)
