"""The steps of a run and what came of them.

In:    an App, the moment each step works at.
Out:   one report for all steps, shown as lines or JSON; exit 1 when something needs a person.
Never: a step left out because an earlier one failed, but mail to a server that just refused us.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import typer

from digest.app import App
from digest.cli import report
from digest.cli.output import complain, progress, say_json, steps
from digest.clock import Clock, FixedClock
from digest.jobs.deliver import DeliverReport, deliver
from digest.jobs.enqueue import EnqueueReport, enqueue
from digest.jobs.ingest import SourceReport, ingest
from digest.jobs.letters import LettersReport, answer
from digest.jobs.publish import PublishReport, publish
from digest.model import Heartbeat

CRON_SECONDS = 900.0  # a quarter of an hour, as the README has it


def moments(day: date, edition_hour: int) -> list[datetime]:
    """When a day is looked at in a replay: at the edition's hour, every hour from then on, and just before midnight."""
    first = datetime.combine(day, time(edition_hour), UTC)
    hours = [first + timedelta(hours=n) for n in range(24 - edition_hour)]
    return [*hours, datetime.combine(day, time(23, 59), UTC)]


@dataclass(slots=True)
class Cycle:
    """Runs steps and keeps their reports; those of several moments are added up."""

    app: App
    sources: list[SourceReport] | None = None
    published: PublishReport | None = None
    answered: LettersReport | None = None
    enqueued: EnqueueReport | None = None
    delivered: DeliverReport | None = None

    def ingest(self, moment: datetime, *, only: str | None = None, force: bool = False) -> None:
        with progress("reading"):
            self.sources = asyncio.run(self._read(FixedClock(moment), only, force))

    async def _read(self, clock: FixedClock, only: str | None, force: bool) -> list[SourceReport]:
        async with self.app.fetcher() as fetcher:
            return await ingest(self.app.store, self.app.sources, fetcher, clock, only=only, force=force)

    def publish(self, moment: datetime) -> None:
        with progress("ranking"):
            self.published = publish(
                self.app.store, FixedClock(moment), self.app.terms.edition_hour, self.app.source_names
            )

    def answer(self) -> None:
        """With letters, who asked for something."""
        app = self.app
        self.answered = answer(app.store, app.clock, app.usual, app.web.signups_per_hour)

    def enqueue(self, moment: datetime) -> None:
        with progress("choosing") as move:
            found = enqueue(self.app.store, FixedClock(moment), self.app.rules, self.app.terms, progress=move)
        if before := self.enqueued:
            found.due += before.due - before.waiting  # those who waited are counted again
            found.queued += before.queued
            found.skipped += before.skipped
            found.missed += before.missed
        self.enqueued = found

    def deliver(self, clock: Clock) -> None:
        if self.delivered and self.delivered.problem:
            return
        with progress("sending") as move:
            found = asyncio.run(self._send(clock, move))
        if before := self.delivered:
            found.counts = dict(Counter(before.counts) + Counter(found.counts))
            found.requeued += before.requeued
            found.returned += before.returned
        self.delivered = found

    async def _send(self, clock: Clock, move: Callable[[int, int], None]) -> DeliverReport:
        app, asked_to_stop = self.app, asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
        async with app.transport() as transport, app.press() as press:
            with app.store.seat() as seat:
                found = await deliver(
                    app.store,
                    press.compose,
                    transport,
                    clock,
                    app.policy,
                    app.pace,
                    seat,
                    progress=move,
                    stopping=asked_to_stop.is_set,
                )
        if asked_to_stop.is_set():
            raise KeyboardInterrupt  # each message that was begun has come to its end
        return found

    def leave_heartbeat(self, started_at: datetime) -> None:
        """Who runs it from cron has no daemon that would."""
        sending = self.delivered.problem if self.delivered else ""
        beat = Heartbeat(at=self.app.clock.now(), started_at=started_at, sending=sending, every=CRON_SECONDS)
        self.app.store.heartbeats.put(beat)

    def conclude(self, as_json: bool) -> None:
        """Shows the reports; raises typer.Exit(1) after naming what needs a person."""
        if as_json:
            say_json(self._described())
        else:
            steps(self._lines())
        problems = list(report.problems(self.sources, self.delivered, self.app.relay))
        for problem in problems:
            complain(problem)
        if problems:
            raise typer.Exit(1)

    def _lines(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        if self.sources is not None:
            found += [("ingest", line) for line in report.ingest_lines(self.sources)]
        if self.published:
            found += [("publish", line) for line in report.publish_lines(self.published)]
        if self.answered:
            found += [("letters", line) for line in report.letters_lines(self.answered)]
        if self.enqueued:
            found += [("enqueue", line) for line in report.enqueue_lines(self.enqueued)]
        if self.delivered:
            found += [("deliver", line) for line in report.deliver_lines(self.delivered)]
        return found

    def _described(self) -> dict[str, object]:
        found: dict[str, object] = {}
        if self.sources is not None:
            found["ingest"] = [report.describe_source(each) for each in self.sources]
        if self.published:
            found["publish"] = report.describe_publish(self.published)
        if self.answered:
            found["letters"] = report.describe_letters(self.answered)
        if self.enqueued:
            found["enqueue"] = report.describe_enqueue(self.enqueued)
        if self.delivered:
            found["deliver"] = report.describe_deliver(self.delivered)
        return found
