"""Decides for every subscriber who is due: a digest, or why there is none today.

In:    subscribers due at now, the newest edition.
Out:   one delivery for each (subscriber, local date): queued with its papers, or skipped or missed with the reason.
Never: a second one for a date; a digest later than `max_lateness`, but for a subscriber's first.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from digest.clock import Clock
from digest.due import last_due, next_due
from digest.editorial.selection import Rules
from digest.errors import InputError
from digest.jobs.offers import Due, Offers
from digest.jobs.publish import edition_day
from digest.model import Cause, Digest, NoDigest, Subscriber
from digest.store.deliveries import Missed, Owed
from digest.store.engine import Store

log = structlog.get_logger()

BATCH = 500

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class EnqueueReport:
    """`waiting` are due but have no edition yet; `skipped` and `missed` count by reason, `causes` counts both."""

    due: int = 0
    queued: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    causes: Counter[Cause] = field(default_factory=Counter)
    waiting: int = 0
    next_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """When an edition appears (UTC hour) and how late a digest may be."""

    edition_hour: int
    max_lateness: timedelta


def enqueue(
    store: Store,
    clock: Clock,
    rules: Rules,
    terms: Terms,
    *,
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> EnqueueReport:
    """Works through all who are due, a batch in a transaction. Safe to stop and to run again at any point."""
    now, report, last_id = clock.now(), EnqueueReport(), 0
    offers = Offers(store, rules, now, edition_day(now, terms.edition_hour))
    total = store.subscribers.count_due(now) if progress else 0
    while not stopping() and (batch := store.subscribers.due(now, BATCH, after_id=last_id)):
        last_id = batch[-1].id
        _enqueue_batch(store, offers, batch, terms, report)
        if progress:
            progress(report.due, total)
    report.next_due_at = store.subscribers.next_due()
    log.info("enqueued", due=report.due, queued=report.queued, skipped=report.skipped.total(), waiting=report.waiting)
    return report


def _enqueue_batch(
    store: Store, offers: Offers, batch: Sequence[Subscriber], terms: Terms, report: EnqueueReport
) -> None:
    now = offers.now
    first_later: dict[int, datetime] = {}
    missed: list[Owed] = []
    owed: list[Due] = []
    for subscriber in batch:
        match _decided(subscriber, offers, terms):
            case datetime() as later:
                first_later[subscriber.id] = later
            case Due() as due:
                owed.append(due)
                missed += _passed_over(subscriber, due.day, due.due_at, now)
            case Owed() as late:
                missed += [*_passed_over(subscriber, late.local_date, late.due_at, now), late]
            case None:
                report.waiting += 1
    results = [_owed(due, cut, now) for due, cut in zip(owed, offers.cut(owed), strict=True)]
    store.subscribers.schedule(first_later)
    store.deliveries.enqueue(missed + results, now)
    report.due += len(batch) - len(first_later)
    _count(report, missed + results)


def _decided(subscriber: Subscriber, offers: Offers, terms: Terms) -> Due | Owed | datetime | None:
    """A digest to cut, one that is missed, the later instant a new subscriber's first is due at, or None: wait."""
    now, due = offers.now, _due(subscriber, offers.now)
    if not isinstance(due, Due):
        return due
    if (lateness := now - due.due_at) > terms.max_lateness:
        return _owed(due, Missed(f"it was {_hours(lateness)} late; {_limit(terms)} is the limit", Cause.LATE), now)
    published = offers.newest is not None and offers.newest.date >= edition_day(now, terms.edition_hour)
    return due if published else None


def _due(subscriber: Subscriber, now: datetime) -> Due | datetime | None:
    """What is due; the later instant a new subscriber's first is due at; None where nobody can say."""
    try:
        day, due_at = last_due(subscriber.at, subscriber.zone, subscriber.cadence, now)
        is_first = subscriber.next_due_at is None or subscriber.next_due_at > now  # of a clock that was ahead
        if is_first and day != now.astimezone(ZoneInfo(subscriber.zone)).date():
            return next_due(subscriber.at, subscriber.zone, subscriber.cadence, now)[1]
    except (InputError, ZoneInfoNotFoundError, ValueError):  # a zone this machine does not know stops nobody else
        log.exception("cannot say when somebody is due", subscriber=subscriber.id, zone=subscriber.zone)
        return None
    return Due(subscriber, day, now if is_first else due_at)


def _passed_over(subscriber: Subscriber, today: date, today_at: datetime, now: datetime) -> list[Owed]:
    """The date before today's that was promised and never came, because nothing ran: written down, not sent."""
    if subscriber.next_due_at is None or subscriber.next_due_at >= today_at:
        return []
    day, due_at = last_due(subscriber.at, subscriber.zone, subscriber.cadence, subscriber.next_due_at)
    return (
        [_owed(Due(subscriber, day, due_at), Missed("nothing ran that day", Cause.NOT_RUNNING), now)]
        if day < today
        else []
    )


def pass_over(store: Store, clock: Clock, reason: str) -> int:
    """For all who are due by now a row that is missed with `reason` in place of a digest; returns how many there are.

    Whose first hour is still ahead waits for it. Safe to stop and to run again at any point.
    """
    now, rows, last_id = clock.now(), 0, 0
    while batch := store.subscribers.due(now, BATCH, after_id=last_id):
        last_id = batch[-1].id
        due = {subscriber.id: _due(subscriber, now) for subscriber in batch}
        store.subscribers.schedule({number: later for number, later in due.items() if isinstance(later, datetime)})
        missed = [_owed(each, Missed(reason, Cause.RESTORED), now) for each in due.values() if isinstance(each, Due)]
        rows += store.deliveries.enqueue(missed, now)
    return rows


def _owed(due: Due, result: Digest | NoDigest | Missed, now: datetime) -> Owed:
    subscriber = due.subscriber
    following = next_due(subscriber.at, subscriber.zone, subscriber.cadence, now)[1]
    return Owed(subscriber.id, due.day, due.due_at, result, following)


def _count(report: EnqueueReport, owed: Sequence[Owed]) -> None:
    for one in owed:
        match one.result:
            case Digest():
                report.queued += 1
            case NoDigest(reason, cause):
                report.skipped[reason] += 1
                report.causes[cause] += 1
            case Missed(reason, cause):
                report.missed[reason] += 1
                report.causes[cause] += 1


def _hours(lateness: timedelta) -> str:
    return f"{lateness / timedelta(hours=1):.0f} h"


def _limit(terms: Terms) -> str:
    return _hours(terms.max_lateness)
