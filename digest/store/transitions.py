"""The life of a delivery, as one table: which moves there are, from where to where, and why.

In:    nothing.
Out:   MOVES; `ledger.py` takes from it where each of its statements may start, and the tests hold it to the rest.
Never: SQL, a state that is reached without an entry here.
"""

from dataclasses import dataclass
from enum import StrEnum

from digest.model import DeliveryState as State


class Move(StrEnum):
    """What can be done to a delivery. The value is its name in the documentation."""

    CLAIM = "claim"
    PERMIT = "permit"
    SETTLE = "settle"
    HAND_BACK = "hand back"
    POSTPONE = "postpone"
    DROP = "drop"
    TAKE_BACK = "take back"
    DOUBT = "doubt"
    MISS = "miss"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Transition:
    """`fenced`: only the sender that claimed it last may, so one that was thought dead changes nothing."""

    since: frozenset[State]
    to: frozenset[State]
    why: str
    fenced: bool = True


HELD = frozenset({State.CLAIMED, State.TRANSMITTING})
OPEN = HELD | {State.QUEUED, State.DEFERRED}
FIRST = frozenset({State.QUEUED, State.SKIPPED, State.MISSED})  # what a row is made as

MOVES: dict[Move, Transition] = {
    Move.CLAIM: Transition(
        frozenset({State.QUEUED, State.DEFERRED}),
        frozenset({State.CLAIMED}),
        "a sender takes it for itself, with a new fence and a lease",
        fenced=False,
    ),
    Move.PERMIT: Transition(
        frozenset({State.CLAIMED}),
        frozenset({State.TRANSMITTING}),
        "RCPT was accepted and DATA comes next: from here on a crash is ambiguous",
    ),
    # An answer is still true after the lease ran out, as long as nobody else has claimed the row since.
    Move.SETTLE: Transition(
        HELD | {State.QUEUED, State.UNCERTAIN},
        frozenset({State.SENT, State.DEFERRED, State.FAILED, State.UNCERTAIN}),
        "the server answered, or did not",
    ),
    Move.HAND_BACK: Transition(
        HELD,
        frozenset({State.QUEUED}),
        "its sender knows that nothing was sent: the run ended, the relay was away, the permit was lost",
    ),
    Move.POSTPONE: Transition(
        frozenset({State.CLAIMED}),
        frozenset({State.DEFERRED}),
        "it cannot be composed now, or its domain has had its share of the minute",
    ),
    Move.DROP: Transition(
        frozenset({State.CLAIMED, State.QUEUED, State.DEFERRED}),
        frozenset({State.SUPPRESSED, State.MISSED, State.POISONED, State.UNCERTAIN}),
        "it ends without being dialled: unwanted, too late, or three times not to be composed",
    ),
    Move.TAKE_BACK: Transition(
        HELD,
        frozenset({State.QUEUED}),
        "its sender is gone: `claimed` never reached DATA; `transmitting` goes again under `resend`, up to 5 attempts",
        fenced=False,
    ),
    Move.DOUBT: Transition(
        frozenset({State.TRANSMITTING}),
        frozenset({State.UNCERTAIN}),
        "its sender is gone after DATA: under `hold`, and after 5 attempts, the operator decides",
        fenced=False,
    ),
    Move.MISS: Transition(
        OPEN,
        frozenset({State.MISSED}),
        "the database was restored: it may have been sent already",
        fenced=False,
    ),
    Move.RETRY: Transition(
        frozenset({State.FAILED, State.UNCERTAIN, State.POISONED, State.MISSED, State.DEFERRED, State.SUPPRESSED}),
        frozenset({State.QUEUED}),
        "the operator says so",
        fenced=False,
    ),
}
