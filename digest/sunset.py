"""Who has not been heard of for long: asked, then paused.

In:    a subscriber, the local date of a digest, the moment, the operator's terms.
Out:   the date they may answer by, or the reason why they are paused.
Never: a pause of somebody who was not asked, a pause of their own, the clock, the store.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest.model import Subscriber


@dataclass(frozen=True, slots=True)
class Sunset:
    """After how many days of silence somebody is asked (0: nobody is), and how many they have for an answer."""

    after_days: int = 0
    grace_days: int = 30


@dataclass(frozen=True, slots=True)
class Verdict:
    """`keep_by` belongs into the subscriber's row, and into the digest, which asks while it is set.

    `pause` is the reason why they get no digest and are paused, as one clause, or `""`. `keep_by` stays in the row
    through such a pause: it tells it from one that somebody asked for, and their answer ends it still.
    """

    keep_by: date | None = None
    pause: str = ""


def judge(subscriber: Subscriber, day: date, now: datetime, sunset: Sunset) -> Verdict:
    """What the silence of somebody active means for their digest of `day`.

    A question is withdrawn when they turn out to have been heard of: the clock was ahead, or the terms have changed.
    """
    if not _is_silent(subscriber, now, sunset):
        return Verdict()
    asked = subscriber.keep_by
    if asked is None:
        return Verdict(day + timedelta(days=sunset.grace_days))
    if day <= asked:
        return Verdict(asked)
    return Verdict(asked, unanswered(asked))


def unanswered(asked: date) -> str:
    """The reason of each date of such a pause, as one clause."""
    return f"paused: asked whether they still read this, they had not answered by {in_words(asked)}"


def _is_silent(subscriber: Subscriber, now: datetime, sunset: Sunset) -> bool:
    heard = subscriber.heard_at or subscriber.created_at
    if not sunset.after_days or heard is None:
        return False
    return now - heard >= timedelta(days=sunset.after_days)


def in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
