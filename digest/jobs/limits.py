"""How many messages may leave in a second, a minute, a day, and to one domain.

In:    limits; the moment somebody asks.
Out:   how long to wait for one's turn. Turns are spaced evenly: a limit of 60 a minute is one each second, no burst.
Never: the clock, sleeping, the ledger.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
LINE = timedelta(hours=1)  # nobody is given a turn later than that
SOON = timedelta(seconds=1)  # not worth putting a message aside for


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages at most; 0: as many as there are. `per_domain_minute` counts for each recipients' domain."""

    per_second: float = 0
    per_minute: int = 0
    per_day: int = 0
    per_domain_minute: int = 0

    @property
    def spacing(self) -> float:
        """Seconds between two messages."""
        return max((1 / self.per_second if self.per_second else 0), (60 / self.per_minute if self.per_minute else 0))


class Turns:
    """Who may go when. Lives as long as the program, so that a new run does not start counting anew."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._next = 0.0
        self._domains: dict[str, datetime] = {}
        self._granted: dict[int, datetime] = {}
        self._today: deque[datetime] = deque()

    def take(self, seconds: float) -> float:
        """Takes the next turn and says how many seconds it is away; `seconds` is a clock that never goes back."""
        turn = max(seconds, self._next)
        self._next = turn + self.limits.spacing
        return turn - seconds

    def of_domain(self, number: int, domain: str, now: datetime) -> datetime | None:
        """When delivery `number` may go to that domain; None: now. It keeps the turn it was given."""
        if not self.limits.per_domain_minute:
            return None
        granted = self._granted.pop(number, None)
        if granted and granted <= now:
            return None
        ahead = self._domains.get(domain, now)
        if ahead > now + 2 * LINE:
            ahead = now  # a clock that was ahead
        if ahead > now + LINE:
            return now + LINE  # it asks again then, and has taken no turn
        turn = max(now, ahead)
        self._domains[domain] = turn + timedelta(minutes=1) / self.limits.per_domain_minute
        if turn <= now + SOON:
            return None
        self._granted[number] = turn
        return turn

    def begin(self, handed_over: Iterable[datetime]) -> None:
        """What the ledger knows of the last 24 hours."""
        self._today = deque(handed_over)

    def count(self, now: datetime) -> None:
        self._today.append(now)

    def day_over_until(self, now: datetime) -> datetime | None:
        """When the day's limit lets the next one go; None: now."""
        if not self.limits.per_day:
            return None
        while self._today and self._today[0] <= now - DAY:
            self._today.popleft()
        return self._today[-self.limits.per_day] + DAY if len(self._today) >= self.limits.per_day else None
