"""Plays days through the real jobs: read, publish, enqueue, deliver over SMTP.

In:    an App on an embedded database, a fetcher, the moments of a day.
Out:   what each day came to: reports, the edition, every digest and the deliveries behind them.
Never: a job of its own; the clock stands where the replay puts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from digest.app import App
from digest.clock import FixedClock
from digest.jobs.deliver import deliver
from digest.jobs.enqueue import enqueue
from digest.jobs.ingest import SourceReport, ingest
from digest.jobs.publish import edition_day, publish
from digest.model import Delivery, DeliveryState, Digest, Edition
from digest.sources.http import Fetcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day. `sent` pairs a delivery with its digest; `quiet` are those without mail, with their reason."""

    day: date
    reports: tuple[SourceReport, ...]
    edition: Edition | None
    sent: tuple[tuple[Delivery, Digest], ...]
    quiet: tuple[Delivery, ...]


async def play(app: App, fetcher: Fetcher, polls: Sequence[datetime], send_at: datetime) -> Day:
    """Reads the sources at each of `polls` until `send_at`, publishes when the hour is there, then mails all who are due.

    Polls later than `send_at` follow after the mail.
    """
    day = edition_day(send_at, app.terms.edition_hour)
    reports: list[SourceReport] = []
    edition = None
    for poll in (poll for poll in polls if poll <= send_at):
        reports += await ingest(app.store, app.sources, fetcher, FixedClock(poll), force=True)
        if edition is None and edition_day(poll, app.terms.edition_hour) == day:
            edition = publish(app.store, FixedClock(poll), app.terms.edition_hour).edition
    await mail(app, send_at)
    for poll in (poll for poll in polls if poll > send_at):
        reports += await ingest(app.store, app.sources, fetcher, FixedClock(poll), force=True)
    deliveries = app.store.deliveries.list(date=day)
    sent = [delivery for delivery in deliveries if delivery.state is DeliveryState.SENT]
    return Day(
        day=day,
        reports=tuple(reports),
        edition=edition,
        sent=tuple((delivery, app.store.deliveries.digest(delivery.id)) for delivery in _by_due(sent)),
        quiet=tuple(delivery for delivery in _by_due(deliveries) if delivery not in sent),
    )


async def mail(app: App, now: datetime) -> int:
    """Enqueues and delivers as of `now`; how many messages were sent."""
    enqueue(app.store, FixedClock(now), app.rules, app.terms)
    async with app.transport() as transport:
        report = await deliver(app.store, app.composer, transport, FixedClock(now), app.policy)
    return report[DeliveryState.SENT]


def _by_due(deliveries: Sequence[Delivery]) -> list[Delivery]:
    return sorted(deliveries, key=lambda delivery: (delivery.due_at is None, delivery.due_at or 0, delivery.id))
