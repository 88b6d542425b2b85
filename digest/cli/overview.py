"""How everything stands, in one look.

In:    an App.
Out:   an Overview: the scheduler, the queue, two weeks of mail, the sources; what is wrong.
Never: an address, a password.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from digest.health import Health, judge
from digest.model import DayCount, DeliveryState, Heartbeat, Queue, SubscriberState

if TYPE_CHECKING:
    from digest.app import App
    from digest.jobs.problems import Facts
    from digest.store.editions import EditionSummary
    from digest.store.engine import Store
    from digest.tally import Tally

DAYS = 14
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`counts` has the last DAYS local dates, up to the UTC date of `facts.now`; `facts` has what may be wrong."""

    site: str
    database: str
    home: str  # why nothing is sent from this database, or `""`
    beat: Heartbeat | None
    queue: Queue
    counts: tuple[DayCount, ...]
    subscribers: Mapping[SubscriberState, int]
    next_due_at: datetime | None
    edition: "EditionSummary | None"
    facts: "Facts"

    @property
    def program(self) -> str:
        return f"digest {version('digest')}"

    @property
    def now(self) -> datetime:
        return self.facts.now

    @property
    def today(self) -> date:
        return self.now.astimezone(UTC).date()

    @property
    def health(self) -> Health:
        return judge(self.beat, self.queue, self.now)

    @property
    def problems(self) -> list[str]:
        """What somebody should see to, a line each: what a monitor would be told, then what the operator is mailed."""
        from digest.jobs.problems import problems

        sending = self.beat.sending if self.beat else ""
        behind = "" if self.facts.overdue else self.health.behind  # else the facts say so, with the number
        stopped = f"sending stopped: {sending}" if sending else ""
        return [*filter(None, (*self.health.problems, self.home, stopped, behind)), *problems(self.facts)]

    @property
    def of_today(self) -> "Tally":
        from digest.tally import tally

        return tally(count for count in self.counts if count.day == self.today)

    def sent(self) -> dict[date, int]:
        """Of each of the last DAYS dates, oldest first."""
        found = {self.today - back * DAY: 0 for back in reversed(range(DAYS))}
        for count in self.counts:
            if count.state is DeliveryState.SENT and count.day in found:
                found[count.day] += count.count
        return found


def look(app: "App", before: Overview | None = None) -> Overview:
    """What the look `before` saw of days that are over is not asked for again. Raises StoreUnavailable."""
    from digest.jobs.summary import gathered
    from digest.store.seat import NotAdopted
    from digest.store.troubles import shown
    from digest.tally import FAILED

    now, store = app.clock.now(), app.store
    newest = store.editions.list(1)
    return Overview(
        site=app.site.name,
        database=shown(store.database.url),
        home="" if store.is_adopted() else str(NotAdopted(restored=store.is_restored())),
        beat=store.heartbeats.last(),
        queue=store.statistics.queue(now),
        counts=_counts(store, now.astimezone(UTC).date(), before),
        subscribers=store.statistics.subscribers(),
        next_due_at=store.subscribers.next_due(),
        edition=newest[0] if newest else None,
        facts=replace(
            gathered(store, app.sources, now), ended=store.statistics.ended(FAILED, now - DAY, now + DAY)
        ),  # up to this moment, not to the end of a day; a clock that was ahead may have written the last ones
    )


def _counts(store: "Store", today: date, before: Overview | None) -> tuple[DayCount, ...]:
    """Yesterday is not over in every zone."""
    if before is None or before.today != today:
        return tuple(store.statistics.days(today - (DAYS - 1) * DAY))
    over = (count for count in before.counts if count.day < today - DAY)
    return (*over, *store.statistics.days(today - DAY))


def describe(found: Overview) -> dict[str, object]:
    """As JSON, with stable keys."""
    today, pause = found.of_today, found.facts.pause
    return {
        "status": found.health.status,
        "problems": found.problems,
        "program": found.program,
        "database": found.database,
        "scheduler": _scheduler(found.beat) if found.beat else None,
        "queue": {"depth": found.queue.depth, "oldest_due_at": found.queue.oldest_due_at},
        "today": {"date": found.today, **{state.value: today.states[state] for state in DeliveryState}},
        "causes": {cause.value: count for cause, count in today.causes.items() if cause},
        "sent": {day.isoformat(): count for day, count in found.sent().items()},
        "subscribers": {state.value: found.subscribers.get(state, 0) for state in SubscriberState},
        "next_due_at": found.next_due_at,
        "edition": {"date": found.edition.date, "papers": found.edition.entries} if found.edition else None,
        "pause": {"until": pause.until, "reason": pause.reason} if pause else None,
        "sources": [
            {
                "name": state.name,
                "succeeded_at": state.succeeded_at,
                "papers": state.papers,
                "failures": state.failures,
                "problem": state.problem,
            }
            for state, _ in found.facts.sources
        ],
    }


def _scheduler(beat: Heartbeat) -> dict[str, object]:
    return {
        "at": beat.at,
        "started_at": beat.started_at,
        "lag_seconds": beat.lag,
        "stuck": beat.stuck,
        "sending": beat.sending,
        "ticks": dict(beat.ticks),
    }
