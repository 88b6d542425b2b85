"""Whether the relay may be dialled now, and through how many connections: a circuit breaker with memory.

In:    verdicts on answers, as they come.
Out:   how many transactions may be open at once; until when nothing may be; an alarm when too much is refused.
Never: the clock, the ledger, a verdict on one message.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.jobs.limits import Limits, Turns
from digest.mail.reply import Verdict
from digest.model import BEFORE_RECIPIENT, DeliveryState, Reply

WAITS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300))  # between probes of a relay that is away
MEND_WAITS = tuple(timedelta(seconds=seconds) for seconds in (300, 900, 1800))  # where a person has to mend something
GROW_AFTER = 10  # messages that went well, before one more connection is tried
RECENT = 100
REFUSED = 20  # of the recent ones: more is no accident, and would fail everybody
PAUSE = timedelta(hours=1)
LATELY = timedelta(minutes=15)


@dataclass(slots=True)
class Pace:
    """One for each relay; lives as long as the program.

    Closed, it lets `connections` transactions run. A cohort of failures in a row, as many as may run at once, opens it:
    nothing is dialled until `rest_until`; then one message probes, and each `GROW_AFTER` that go well allow one more.
    """

    connections: int = 4
    limits: Limits = field(default_factory=Limits)
    width: int = 0
    rest_until: datetime | None = None
    reason: str = ""
    turns: Turns = field(init=False)
    _failures: int = 0
    _cohort: int = 1
    _composed_at: datetime | None = None
    _rests: int = 0
    _went_well: int = 0
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=RECENT))

    def __post_init__(self) -> None:
        self.turns = Turns(self.limits)
        self.width = self.connections

    def composed(self, now: datetime) -> None:
        """A message was composed well: what cannot be composed soon after is at fault itself."""
        self._composed_at = now

    def composes(self, now: datetime) -> bool:
        return self._composed_at is not None and abs(now - self._composed_at) < LATELY

    @property
    def room(self) -> int:
        """How many transactions may be open now: while some of a cohort have failed, no others take their place."""
        return max(1, min(self.width, self._cohort - self._failures)) if self._failures else self.width

    @property
    def failing(self) -> str:
        """Why the last answer of the relay was a failure; `""` when it was none."""
        return self.reason if self._failures else ""

    def resting(self, now: datetime) -> str:
        """Why nothing may be dialled now; `""` when it may."""
        if self.rest_until is None or not self.rest_until - MEND_WAITS[-1] <= now < self.rest_until:
            return ""  # a clock that was put back must not stretch the rest
        return f"{self.reason}; the next try is at {self.rest_until:%H:%M:%S} UTC"

    def learn(self, verdict: Verdict, now: datetime) -> str:
        """Takes a verdict in, and says why the run must stop; `""` when it may go on."""
        if not self._failures:
            self._cohort = self.width  # as many as may fail side by side
        if verdict.ease:
            self.width, self._went_well = max(1, self.width // 2), 0
        if verdict.scope in {"recipient", "domain"}:
            if not verdict.ease:
                self._well()
            return ""
        if self.resting(now):
            return self.reason  # one that was still on its way when the others failed
        return self._failed(verdict, now)

    def _failed(self, verdict: Verdict, now: datetime) -> str:
        if verdict.scope == "us":  # at its last try a refusal says no more than was known
            return self.rest(verdict.reason, now, MEND_WAITS) if verdict.outcome is DeliveryState.DEFERRED else ""
        self._failures, self.reason = self._failures + 1, verdict.reason
        return self.rest(verdict.reason, now) if self._failures >= self._cohort else ""

    def too_many_refused(self, reply: Reply) -> str:
        """Counts a permanent refusal of a message; the alarm when there are too many, after which it counts anew."""
        if reply.stage in BEFORE_RECIPIENT or not reply.code:
            return ""
        self._recent.append(reply.code >= 500)
        refused = sum(self._recent)
        if refused <= REFUSED:
            return ""
        total = len(self._recent)
        self._recent.clear()
        return f"{refused} of the last {total} messages were refused for good"

    def _well(self) -> None:
        self._failures, self._rests, self.rest_until = 0, 0, None
        self._went_well += 1
        if self._went_well >= GROW_AFTER and self.width < self.connections:
            self.width, self._went_well = self.width + 1, 0

    def rest(self, reason: str, now: datetime, waits: tuple[timedelta, ...] = WAITS) -> str:
        """Opens it, each time in a row for longer; returns the reason."""
        self.rest_until = now + waits[min(self._rests, len(waits) - 1)]
        self.reason, self.width = reason, 1
        self._failures, self._went_well, self._rests = 0, 0, self._rests + 1
        return reason
