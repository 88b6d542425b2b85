"""Whether the daemon does its work, judged from what it left in the database.

In:    the last heartbeat, the queue, the present moment.
Out:   a word for machines, and a clause for people for each thing that is wrong.
Never: a path, an address, or anything else that a stranger must not read.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import Heartbeat, Queue

MISSED = 6  # beats in a row that may be missing: 90 s of the daemon's, whose watchdog ends what is stuck within 75 s
OLDEST_MAIL = timedelta(hours=1)
SILENT = "the database does not answer"


@dataclass(frozen=True, slots=True)
class Health:
    """`problems` want somebody now; mail that is `behind` may catch up by itself, as after a relay that was away."""

    problems: tuple[str, ...] = ()
    behind: str = ""

    @property
    def status(self) -> str:
        return "down" if self.problems else "behind" if self.behind else "ok"


def judge(beat: Heartbeat | None, queue: Queue, now: datetime) -> Health:
    """A beat proves that the scheduler lives and that the database takes writes."""
    return Health(
        tuple(filter(None, (_unheard(beat, now), beat.stuck and f"stuck: {beat.stuck}" if beat else ""))),
        _behind(queue, now),
    )


def _unheard(beat: Heartbeat | None, now: datetime) -> str:
    """One from the future is of a clock that was ahead, and proves as little."""
    if beat is None:
        return "no scheduler has run yet"
    if abs(now - beat.at) <= timedelta(seconds=MISSED * beat.every):
        return ""
    return f"no sign of the scheduler since {beat.at:%Y-%m-%d %H:%M:%S} UTC"


def _behind(queue: Queue, now: datetime) -> str:
    if queue.oldest_due_at is None or now - queue.oldest_due_at <= OLDEST_MAIL:
        return ""
    return f"a message has been due since {queue.oldest_due_at:%Y-%m-%d %H:%M} UTC"
