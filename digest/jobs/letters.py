"""Answers what was asked for on the web, with a letter to the address it is about.

In:    the requests that were not answered yet, a limit of letters an hour.
Out:   letters in the ledger; for an unknown address a pending subscriber, of whom nothing but the address is taken.
Never: more than one letter of a kind to an address in a day, a change to whoever is there already.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from digest.clock import Clock
from digest.model import GETS_MAIL, LetterKind, Request, Subscriber
from digest.store.addresses import address_key
from digest.store.answering import Answer
from digest.store.engine import Store
from digest.store.letters import Sent
from digest.wishes import Usual

log = structlog.get_logger()

AT_A_TIME = 1000  # requests that are looked at in one tick
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class LettersReport:
    """How many letters of each kind were queued; `waiting`: those that came too late for this hour."""

    queued: Counter[LetterKind] = field(default_factory=Counter)
    waiting: int = 0


def answer(
    store: Store, clock: Clock, usual: Usual, per_hour: int, *, stopping: Callable[[], bool] = lambda: False
) -> LettersReport:
    """One request in a transaction. Safe to stop and to run again at any point, and beside itself."""
    now, report = clock.now(), LettersReport()

    def newcomer(address: str) -> Subscriber:
        return Subscriber(address=address, zone=usual.zone, at=usual.at)

    def decide(request: Request, who: Subscriber | None, sent: Sequence[Sent]) -> LetterKind | Answer:
        return decided(request, who, sent, per_hour, now)

    waiting = store.requests.waiting(AT_A_TIME)
    for done, (kind, key) in enumerate(waiting):
        answered = Answer.FULL if stopping() else store.requests.answer(kind, key, newcomer, decide, now)
        if answered is Answer.FULL:
            report.waiting = len(waiting) - done
            break
        if isinstance(answered, LetterKind):
            report.queued[answered] += 1
    if report.queued:
        log.info("letters queued", waiting=report.waiting, **{kind.value: n for kind, n in report.queued.items()})
    return report


def decided(
    request: Request, who: Subscriber | None, sent: Sequence[Sent], per_hour: int, now: datetime
) -> LetterKind | Answer:
    """What follows from a request about `who` (None: an unknown address), where `sent` went out within a day.

    Whom it was about decides what is said, and only the owner of the address gets to see it.
    """
    kind = _kind(request, who)
    if kind is None:
        return Answer.NOTHING
    address = address_key(request.address if kind is LetterKind.MOVE or who is None else who.address)
    if any(one.kind is kind and one.key == address for one in sent):
        # They confirmed, left, and want to come back; or it was about what they, or others, asked for before.
        other = kind is not LetterKind.LINK and request.mailed_at is None
        return Answer.LATER if other else Answer.NOTHING
    room = per_hour if request.network else (per_hour + 1) // 2  # behind the operator's thousands somebody may come
    return kind if sum(one.at > now - HOUR for one in sent) < room else Answer.FULL


def _kind(request: Request, who: Subscriber | None) -> LetterKind | None:
    """None where there is nothing to say."""
    gets_mail = who is not None and who.state in GETS_MAIL
    if request.kind is LetterKind.MOVE:
        return LetterKind.MOVE if gets_mail else None
    if gets_mail:
        return LetterKind.LINK
    return LetterKind.CONFIRM if request.kind is LetterKind.CONFIRM else None
