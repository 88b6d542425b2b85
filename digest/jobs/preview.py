"""Shows what a subscriber would be sent, without sending it.

In:    a subscriber and the store.
Out:   the digest queued for today, else one cut from the newest editions; its message, byte for byte.
Never: writes.
"""

from dataclasses import replace
from datetime import datetime

from digest.clock import Clock
from digest.due import last_due
from digest.editorial.selection import Rules
from digest.jobs.offers import Due, Offers
from digest.mail.compose import Composer
from digest.model import Cause, Digest, Envelope, NoDigest, Subscriber
from digest.store.engine import Store
from digest.sunset import Sunset, judge


def preview(
    store: Store, composer: Composer, rules: Rules, sunset: Sunset, clock: Clock, subscriber: Subscriber
) -> tuple[Digest, Envelope, bytes] | NoDigest:
    """The digest, its envelope and message; or why there is none."""
    answer = _digest(store, rules, sunset, clock.now(), subscriber)
    if isinstance(answer, NoDigest):
        return answer
    return answer, *composer.compose(answer)


def _digest(store: Store, rules: Rules, sunset: Sunset, now: datetime, subscriber: Subscriber) -> Digest | NoDigest:
    day, due_at = last_due(subscriber.at, subscriber.zone, subscriber.cadence, now)
    known = store.deliveries.find(subscriber.address, day)
    if known and known.papers:
        return store.deliveries.digest(known.id)
    verdict = judge(subscriber, day, now, sunset)
    if verdict.pause:
        return NoDigest(verdict.pause, Cause.PAUSED)
    return Offers(store, rules, now).cut([Due(replace(subscriber, keep_by=verdict.keep_by), day, due_at)])[0]
