"""What can be done to a subscription, whoever does it: the operator, the API, or the subscriber by a link.

In:    the store, a subscriber as it knows them, the present moment.
Out:   the subscriber in another state, with a due time that gives no date two digests.
Never: mail; who may do it, or whether they asked for it: that is the caller's.
"""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from digest.due import after_change
from digest.errors import InputError
from digest.model import Subscriber, SubscriberState
from digest.store.engine import Store

ACTIVE, PAUSED = SubscriberState.ACTIVE, SubscriberState.PAUSED


def change(store: Store, before: Subscriber, after: Subscriber, now: datetime) -> None:
    """Stores what they want now, with a new due time when the hour, the zone or the days changed.

    Raises InputError for somebody else's address.
    """
    same = (before.at, before.zone, before.cadence) == (after.at, after.zone, after.cadence)
    store.subscribers.update(after if same else rescheduled(store, after, now))


def pause(store: Store, subscriber: Subscriber, until: date | None, by: str, now: datetime) -> Subscriber:
    """Nothing is sent before that local date, or until they are resumed; returns them as they are then.

    Raises InputError for a date that is not ahead, and for one who gets no mail as it is.
    """
    if subscriber.state not in (ACTIVE, PAUSED):
        raise InputError(f"{subscriber.address} is {subscriber.state.value}", "it gets no mail as it is")
    if until and until <= now.astimezone(ZoneInfo(subscriber.zone)).date():
        raise InputError(f"{until} is not ahead", "name the date on which mail starts again")
    paused = replace(subscriber, state=PAUSED, paused_until=until, keep_by=None)
    if paused != subscriber:
        store.subscribers.update(paused)
        store.subscribers.set_state(subscriber.id, PAUSED, by, now)
    return paused


def resume(store: Store, subscriber: Subscriber, by: str, now: datetime) -> bool:
    """They get mail again, and the address is off the suppression list; False for one who is active already."""
    store.suppressions.remove(subscriber.address)
    return wake(store, subscriber, by, now)


def wake(store: Store, subscriber: Subscriber, by: str, now: datetime) -> bool:
    """Ends their pause, and the question whether they still read this; False for one who is active already."""
    heard = replace(subscriber, paused_until=None, keep_by=None, heard_at=now)
    # The due time first: an active one whose hour is weeks ago would be due at once.
    store.subscribers.update(heard if subscriber.state is ACTIVE else rescheduled(store, heard, now))
    return store.subscribers.set_state(subscriber.id, ACTIVE, by, now)


def unsubscribe(store: Store, subscriber: Subscriber, by: str, now: datetime) -> bool:
    """Nothing is sent any more, what is queued included; False for one who has left already."""
    return store.subscribers.set_state(subscriber.id, SubscriberState.UNSUBSCRIBED, by, now)


def suppress(store: Store, address: str, reason: str, now: datetime) -> bool:
    """Nothing is sent to that address any more, whoever has it; False where it is on the list already."""
    if store.suppressions.contains(address):
        return False
    store.suppressions.add(address, reason, "", now)
    if owner := store.subscribers.get(address):
        store.subscribers.set_state(owner.id, SubscriberState.SUPPRESSED, reason, now, address=owner.address)
    return True


def rescheduled(store: Store, subscriber: Subscriber, now: datetime) -> Subscriber:
    """With the due time that follows from their hour, zone and days and from what they had."""
    if subscriber.next_due_at is None:  # not enqueued yet: the first time does that
        return subscriber
    had = store.deliveries.had(subscriber.id, now)
    due = after_change(subscriber.at, subscriber.zone, subscriber.cadence, now, had)
    return replace(subscriber, next_due_at=due)
