"""How everything stands, in one look.

In:    an App.
Out:   an Overview: the scheduler, the queue, two weeks of mail, the sources; what is wrong.
Never: an address, a password.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from digest.health import Health, judge
from digest.model import Cause, DayCount, DeliveryState, Heartbeat, Pause, Queue, SourceState

if TYPE_CHECKING:
    from digest.app import App
    from digest.store.editions import EditionSummary

DAYS = 14
SILENT = timedelta(days=2)  # or two intervals of the source, where that is longer
NEVER_READ = 3  # failures in a row, before the first good reading
SEEN_TO = (DeliveryState.UNCERTAIN, DeliveryState.POISONED)  # stay as they are until somebody sees to them


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`counts` has the last DAYS local dates, up to the UTC date of `now`."""

    now: datetime
    site: str
    database: str
    home: str  # why nothing is sent from this database, or `""`
    beat: Heartbeat | None
    queue: Queue
    counts: tuple[DayCount, ...]
    next_due_at: datetime | None
    edition: "EditionSummary | None"
    pause: Pause | None
    sources: tuple[tuple[SourceState, timedelta], ...]  # with the interval of each

    @property
    def program(self) -> str:
        return f"digest {version('digest')}"

    @property
    def today(self) -> date:
        return self.now.astimezone(UTC).date()

    @property
    def health(self) -> Health:
        return judge(self.beat, self.queue, self.now)

    @property
    def problems(self) -> list[str]:
        """What somebody should see to, a line each."""
        found = [*self.health.problems, self.health.behind, self.home]
        if self.pause:
            found.append(f"sending is paused until {self.pause.until:%Y-%m-%d %H:%M} UTC: {self.pause.reason}")
        for state in SEEN_TO:
            if count := self.of_today(state):
                found.append(f"{count:,} of today {state.value}; see: digest delivery list --state {state.value}")
        found += [self._unread(state, every) for state, every in self.sources]
        return [each for each in found if each]

    def _unread(self, state: SourceState, every: timedelta) -> str:
        if state.succeeded_at is None:
            return f"{state.name} was never read: {state.problem}" if state.failures >= NEVER_READ else ""
        silence = self.now - state.succeeded_at
        if silence <= max(SILENT, 2 * every):
            return ""
        return f"{state.name} was not read for {silence.days} days" + (f": {state.problem}" if state.problem else "")

    def of_today(self, *states: DeliveryState) -> int:
        return sum(each.count for each in self.counts if each.day == self.today and each.state in states)

    def causes(self) -> dict[Cause, int]:
        """Why there was no mail today, the most frequent first."""
        found: dict[Cause, int] = {}
        for each in self.counts:
            if each.day == self.today and each.cause:
                found[each.cause] = found.get(each.cause, 0) + each.count
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def sent(self) -> dict[date, int]:
        """Of each of the last DAYS dates, oldest first."""
        found = {self.today - timedelta(days=back): 0 for back in reversed(range(DAYS))}
        for each in self.counts:
            if each.state is DeliveryState.SENT and each.day in found:
                found[each.day] += each.count
        return found


def look(app: "App") -> Overview:
    """Raises StoreUnavailable."""
    from digest.store.seat import NotAdopted

    now, store = app.clock.now(), app.store
    newest = store.editions.list(1)
    return Overview(
        now=now,
        site=app.site.name,
        database=store.database.url.render_as_string(hide_password=True),
        home="" if store.is_adopted() else str(NotAdopted(restored=store.is_restored())),
        beat=store.heartbeats.last(),
        queue=store.statistics.queue(now),
        counts=tuple(store.statistics.days(now.astimezone(UTC).date() - timedelta(days=DAYS - 1))),
        next_due_at=store.subscribers.next_due(),
        edition=newest[0] if newest else None,
        pause=store.deliveries.paused(now),
        sources=tuple((store.sources.get(source.name), source.every) for source in app.sources),
    )


def describe(found: Overview) -> dict[str, object]:
    """As JSON, with stable keys."""
    return {
        "status": found.health.status,
        "problems": found.problems,
        "program": found.program,
        "database": found.database,
        "scheduler": _scheduler(found.beat) if found.beat else None,
        "queue": {"depth": found.queue.depth, "oldest_due_at": found.queue.oldest_due_at},
        "today": {"date": found.today, **{state.value: found.of_today(state) for state in DeliveryState}},
        "causes": {cause.value: count for cause, count in found.causes().items()},
        "sent": {day.isoformat(): count for day, count in found.sent().items()},
        "next_due_at": found.next_due_at,
        "edition": {"date": found.edition.date, "papers": found.edition.entries} if found.edition else None,
        "pause": {"until": found.pause.until, "reason": found.pause.reason} if found.pause else None,
        "sources": [
            {
                "name": state.name,
                "succeeded_at": state.succeeded_at,
                "papers": state.papers,
                "failures": state.failures,
                "problem": state.problem,
            }
            for state, _ in found.sources
        ],
    }


def _scheduler(beat: Heartbeat) -> dict[str, object]:
    return {
        "at": beat.at,
        "started_at": beat.started_at,
        "lag_seconds": beat.lag,
        "stuck": beat.stuck,
        "ticks": dict(beat.ticks),
    }
