"""What somebody's own state means for the date that is due.

In:    a subscriber, the local date, the moment, the terms of the sunset.
Out:   the subscriber as a digest of that date finds them, or why they get none.
Never: the clock, the store.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from digest.model import Cause, NoDigest, Subscriber, SubscriberState
from digest.sunset import Sunset, in_words, judge, unanswered


@dataclass(frozen=True, slots=True)
class Standing:
    """`none`: why there is no digest; `event`: why the state is another one from now on, or `""`."""

    subscriber: Subscriber
    none: NoDigest | None = None
    event: str = ""


def standing(subscriber: Subscriber, day: date, now: datetime, sunset: Sunset) -> Standing:
    """A pause ends on its date; one who was asked and did not answer is paused."""
    if subscriber.state is SubscriberState.SUPPRESSED:
        return Standing(subscriber, NoDigest("mail to the address was refused for good", Cause.SUPPRESSED))
    if subscriber.state is not SubscriberState.PAUSED:
        return _judged(subscriber, day, now, sunset)
    if subscriber.paused_until is None or day < subscriber.paused_until:
        return Standing(subscriber, NoDigest(_paused(subscriber), Cause.PAUSED))
    awake = replace(subscriber, state=SubscriberState.ACTIVE, paused_until=None)
    return replace(_judged(awake, day, now, sunset), event="the pause is over")


def _judged(subscriber: Subscriber, day: date, now: datetime, sunset: Sunset) -> Standing:
    verdict = judge(subscriber, day, now, sunset)
    if verdict.pause:
        paused = replace(subscriber, state=SubscriberState.PAUSED, keep_by=verdict.keep_by)
        return Standing(paused, NoDigest(verdict.pause, Cause.PAUSED), verdict.pause)
    return Standing(replace(subscriber, keep_by=verdict.keep_by))


def _paused(subscriber: Subscriber) -> str:
    if subscriber.paused_until:
        return f"paused until {in_words(subscriber.paused_until)}"
    if subscriber.keep_by:
        return unanswered(subscriber.keep_by)
    return "paused"
