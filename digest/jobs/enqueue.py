"""Decides for every subscriber who is due: a digest, or why there is none today.

In:    subscribers due at now, the newest edition.
Out:   one delivery for each (subscriber, local date): queued with its papers, or skipped or missed with the reason;
       with it pauses that are over or begin.
Never: a second one for a date; a digest later than `max_lateness`, but for a subscriber's first.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from digest.clock import Clock
from digest.due import after_change, due_by, next_due
from digest.editorial.selection import Rules
from digest.errors import InputError
from digest.jobs.offers import Due, Offers
from digest.jobs.publish import edition_day
from digest.jobs.standing import standing
from digest.model import Cause, Digest, NoDigest, Subscriber, SubscriberState
from digest.store.deliveries import Change, Missed, Owed
from digest.store.engine import Store
from digest.sunset import Sunset

log = structlog.get_logger()

NO_SUNSET = Sunset()
BATCH = 500
AGAIN = timedelta(hours=1)
PASSED_OVER = 31  # dates of one subscriber that are written down after an absence; a clock may jump by years

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
    """When an edition appears (UTC hour), how late a digest may be, whom to ask whether they still read theirs."""

    edition_hour: int
    max_lateness: timedelta
    sunset: Sunset = NO_SUNSET


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
    now, report = clock.now(), EnqueueReport()
    if batch := store.subscribers.due(now, BATCH):
        offers = Offers(store, rules, now, edition_day(now, terms.edition_hour))
        total = store.subscribers.count_due(now) if progress else 0
        while batch and not stopping():
            _enqueue_batch(store, offers, batch, terms, report)
            if progress:
                progress(report.due, total)
            batch = store.subscribers.due(now, BATCH, after_id=batch[-1].id)
    report.next_due_at = store.subscribers.next_due()
    if report.due > report.waiting:
        done = {"queued": report.queued, "skipped": report.skipped.total(), "missed": report.missed.total()}
        log.info("enqueued", due=report.due, **done, waiting=report.waiting)
    return report


def _enqueue_batch(
    store: Store, offers: Offers, batch: Sequence[Subscriber], terms: Terms, report: EnqueueReport
) -> None:
    later: dict[int, datetime] = {}
    rows: list[Owed] = []
    to_cut: list[Due] = []
    for subscriber in batch:
        match _decided(subscriber, offers, terms):
            case datetime() as moment:
                later[subscriber.id] = moment
            case Due() as due:
                to_cut.append(due)
                rows += _passed_over(due, offers.now)
            case (Due() as due, result):
                rows += [*_passed_over(due, offers.now), _owed(due, result, offers.now)]
            case None:
                report.waiting += 1
    rows += [_owed(due, cut, offers.now) for due, cut in zip(to_cut, offers.cut(to_cut), strict=True)]
    store.subscribers.schedule(later)
    store.deliveries.enqueue(rows, offers.now)
    report.due += len(batch) - len(later)
    _count(report, rows)


def _decided(
    subscriber: Subscriber, offers: Offers, terms: Terms
) -> Due | tuple[Due, NoDigest | Missed] | datetime | None:
    """A digest to cut, one they do not get, the later moment to look at them again, or None: the edition is awaited."""
    now, due = offers.now, _due(subscriber, offers.now)
    if isinstance(due, datetime):
        return due
    stands = standing(subscriber, due.day, now, terms.sunset)
    due = Due(stands.subscriber, due.day, due.due_at, subscriber, stands.event)
    if stands.none:
        return due, stands.none
    if (lateness := now - due.due_at) > terms.max_lateness:
        return due, Missed(f"it was {_hours(lateness)} late; {_limit(terms)} is the limit", Cause.LATE)
    published = offers.newest is not None and offers.newest >= edition_day(now, terms.edition_hour)
    return due if published else None


def _due(subscriber: Subscriber, now: datetime) -> Due | datetime:
    """What is due; or the later moment to look again, at a new subscriber's first hour or where nobody can say."""
    try:
        day, due_at = due_by(subscriber.at, subscriber.zone, subscriber.cadence, subscriber.next_due_at, now)
        is_first = subscriber.next_due_at is None or subscriber.next_due_at > now  # of a clock that was ahead
        if is_first and day != now.astimezone(ZoneInfo(subscriber.zone)).date():
            return next_due(subscriber.at, subscriber.zone, subscriber.cadence, now)[1]
    except (InputError, ZoneInfoNotFoundError, ValueError) as error:  # a zone unknown here stops nobody else
        log.error("cannot say when somebody is due", subscriber=subscriber.id, zone=subscriber.zone, problem=str(error))
        return now + AGAIN
    return Due(subscriber, day, now if is_first else due_at)


def _passed_over(due: Due, now: datetime) -> list[Owed]:
    """The dates before today's that were promised and never came, because nothing ran: written down, not sent."""
    who, rows = due.was or due.subscriber, list[Owed]()
    if who.state is not SubscriberState.ACTIVE or who.next_due_at is None or who.next_due_at >= due.due_at:
        return rows
    day, due_at = due_by(who.at, who.zone, who.cadence, who.next_due_at, who.next_due_at)
    while day < due.day and len(rows) < PASSED_OVER:
        rows.append(_owed(Due(who, day, due_at), Missed("nothing ran at that hour", Cause.NOT_RUNNING), now))
        day, due_at = next_due(who.at, who.zone, who.cadence, due_at)
    return rows


def pass_over(store: Store, clock: Clock, reason: str) -> int:
    """For all who are due by now a row that is missed with `reason` in place of a digest; returns how many there are.

    Whose first hour is still ahead waits for it. Safe to stop and to run again at any point.
    """
    now, rows, last_id = clock.now(), 0, 0
    while batch := store.subscribers.due(now, BATCH, after_id=last_id):
        last_id = batch[-1].id
        due = {subscriber.id: _due(subscriber, now) for subscriber in batch}
        store.subscribers.schedule({number: later for number, later in due.items() if isinstance(later, datetime)})
        missed = [_owed(one, Missed(reason, Cause.RESTORED), now) for one in due.values() if isinstance(one, Due)]
        rows += store.deliveries.enqueue(missed, now)
    return rows


def _owed(due: Due, result: Digest | NoDigest | Missed, now: datetime) -> Owed:
    who = due.subscriber
    following = after_change(who.at, who.zone, who.cadence, now, (due.day, due.due_at))
    return Owed(who.id, due.day, due.due_at, result, following, _change(due, result))


def _change(due: Due, result: Digest | NoDigest | Missed) -> Change | None:
    """Whether they still read this can only be asked in a digest."""
    was = due.was or due.subscriber
    becomes = due.subscriber if isinstance(result, Digest) else replace(due.subscriber, keep_by=was.keep_by)
    return Change(was, becomes, due.event) if becomes != was else None


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
