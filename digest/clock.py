"""The one place that reads the clock.

In:    nothing.
Out:   aware UTC datetimes.
Never: local time, naive datetimes, monotonic deadlines (those belong to the event loop).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; jobs get one, pure functions get `now`."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Stands still at one moment: `--as-of`, and tests."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment
