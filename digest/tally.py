"""What became of a day's digests, as numbers.

In:    the ledger's counts.
Out:   a Tally for each day, and of all.
Never: a judgement.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from digest.model import Cause, DayCount, DeliveryState
from digest.store.transitions import OPEN

DAY = timedelta(days=1)
FAILED = (DeliveryState.FAILED, DeliveryState.POISONED, DeliveryState.UNCERTAIN)  # a person may want to look


@dataclass(slots=True)
class Tally:
    """`states` has every row; `skipped` and `missed` say why, as far as the rows do."""

    states: Counter[DeliveryState] = field(default_factory=Counter)
    skipped: Counter[Cause] = field(default_factory=Counter)
    missed: Counter[Cause] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        return self.states[DeliveryState.SENT]

    @property
    def causes(self) -> Counter[Cause]:
        """Of all for whom no message was made, or none in time."""
        return self.skipped + self.missed

    @property
    def failed(self) -> int:
        return sum(self.states[state] for state in FAILED)

    @property
    def waiting(self) -> int:
        return sum(self.states[state] for state in OPEN)

    def add(self, count: DayCount) -> None:
        self.states[count.state] += count.count
        if count.state is DeliveryState.SKIPPED:
            self.skipped[count.cause] += count.count
        elif count.state is DeliveryState.MISSED:
            self.missed[count.cause] += count.count


def tally(counts: Iterable[DayCount]) -> Tally:
    """All of them in one."""
    found = Tally()
    for count in counts:
        found.add(count)
    return found


def by_day(counts: Iterable[DayCount]) -> dict[date, Tally]:
    """In the order the days come in."""
    days: dict[date, Tally] = {}
    for count in counts:
        days.setdefault(count.day, Tally()).add(count)
    return days


def every_day(counts: Iterable[DayCount], today: date) -> dict[date, Tally]:
    """From the first date that has rows to today, and later ones that have: a date without is news too."""
    found = by_day(counts)
    first = min(found, default=today + DAY)
    between = {first + n * DAY for n in range((today - first).days + 1)}
    return {each: found.get(each, Tally()) for each in sorted(found.keys() | between)}
