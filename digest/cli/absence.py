"""Why a date has no row in the ledger.

In:    a subscriber as they are now, a date, the moment, how long rows are kept.
Out:   one clause.
Never: the store; more than can be known: what they had asked for in former times is not kept.
"""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.due import days, due_at, exists
from digest.model import Subscriber


def why_no_row(subscriber: Subscriber, day: date, now: datetime, kept_days: int, stopped: str) -> str:
    """`stopped` says why they get no mail at all, or `""`; the reasons that lie in the date itself come first."""
    try:
        here = ZoneInfo(subscriber.zone)
    except (ZoneInfoNotFoundError, ValueError):
        return f"nothing is recorded for {day}; this machine does not know the zone {subscriber.zone}"
    of_the_date = next(_never(subscriber, day, now, kept_days, here), "")
    if of_the_date:
        return of_the_date
    if stopped:
        return f"nothing is recorded for {day}; {subscriber.address} {stopped}"
    return f"nothing is recorded for {day}; {_nothing_yet(subscriber, day, now)}"


def _never(subscriber: Subscriber, day: date, now: datetime, kept_days: int, here: ZoneInfo) -> Iterator[str]:
    added = subscriber.created_at.astimezone(here).date() if subscriber.created_at else day
    if not exists(day, subscriber.zone):
        yield f"there was no {day} in {subscriber.zone}"
    if day < added:
        yield f"nothing on {day}, before they were added on {added}"
    if day.weekday() not in days(subscriber.cadence):
        yield f"nothing is due on a {day:%A} ({subscriber.cadence})"
    if (now.astimezone(here).date() - day).days > kept_days:
        yield f"nothing is known of {day} any more; rows are kept {kept_days} days"


def _nothing_yet(subscriber: Subscriber, day: date, now: datetime) -> str:
    if due_at(day, subscriber.at, subscriber.zone) > now:
        return "it is yet to come"
    if subscriber.next_due_at is None or subscriber.next_due_at <= now:
        return "nothing has run since its hour"
    return "nothing ran that day, or they had other days or hours then"
