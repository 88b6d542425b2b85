"""Plays days through the real jobs: read, publish, enqueue, deliver over SMTP.

In:    an App on an embedded database, its clock, a fetcher, the moments of a day.
Out:   what each day came to: reports, the edition, every digest and the deliveries behind them.
Never: a job of its own, a wait; time passes by setting the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from digest.app import App
from digest.demo.inbox import Inbox, Mail
from digest.jobs.deliver import deliver
from digest.jobs.enqueue import enqueue
from digest.jobs.ingest import SourceReport, ingest
from digest.jobs.publish import edition_day, publish
from digest.model import Delivery, DeliveryState, Digest, Edition
from digest.sources.http import Fetcher


@dataclass(slots=True)
class StageClock:
    """Stands where the play has put it."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True, slots=True)
class Letter:
    """A digest that was sent, and the mail that came of it."""

    digest: Digest
    mail: Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day. `quiet` are the deliveries without mail, with their reason."""

    day: date
    reports: tuple[SourceReport, ...]
    edition: Edition | None
    letters: tuple[Letter, ...]
    quiet: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """The parts on stage. `app.clock` is `clock`."""

    app: App
    clock: StageClock
    fetcher: Fetcher
    inbox: Inbox

    async def day(self, polls: Sequence[datetime], send_at: datetime) -> Day:
        """Reads the sources at each of `polls`, publishes at its hour, mails all who are due at `send_at`."""
        day = edition_day(send_at, self.app.terms.edition_hour)
        reports: list[SourceReport] = []
        for poll in [poll for poll in polls if poll <= send_at]:
            reports += await self._read(poll)
            if edition_day(poll, self.app.terms.edition_hour) == day:
                publish(self.app.store, self.clock, self.app.terms.edition_hour, self.app.source_names)
        await self.mail(send_at)
        for poll in [poll for poll in polls if poll > send_at]:
            reports += await self._read(poll)
        return self._told(day, reports)

    async def mail(self, now: datetime) -> int:
        """Enqueues and delivers as of `now`; how many messages were sent."""
        app, self.clock.moment = self.app, now
        enqueue(app.store, self.clock, app.rules, app.terms)
        async with app.transport() as transport, app.press() as press:
            with app.store.seat() as seat:
                report = await deliver(app.store, press.compose, transport, self.clock, app.policy, app.pace, seat)
        return report[DeliveryState.SENT]

    async def _read(self, now: datetime) -> list[SourceReport]:
        self.clock.moment = now
        return await ingest(self.app.store, self.app.sources, self.fetcher, self.clock, force=True)

    def _told(self, day: date, reports: Sequence[SourceReport]) -> Day:
        store = self.app.store
        of_day = [delivery for delivery in store.deliveries.list() if delivery.edition == day]
        of_day.sort(key=lambda delivery: delivery.id)
        return Day(
            day=day,
            reports=tuple(reports),
            edition=store.editions.get(day),
            letters=tuple(self._letter(delivery) for delivery in of_day if delivery.state is DeliveryState.SENT),
            quiet=tuple(delivery for delivery in of_day if delivery.state is not DeliveryState.SENT),
        )

    def _letter(self, delivery: Delivery) -> Letter:
        mails = [mail for mail in self.inbox.mails if mail.recipient == delivery.address]
        return Letter(self.app.store.deliveries.digest(delivery.id), mails[-1])
