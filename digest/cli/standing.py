"""Whether a subscriber gets mail: `digest subscriber pause`, `resume`, `unsubscribe`, `erase`.

In:    an address, a date; the operator does what the subscriber asked for.
Out:   the subscriber in another state, with a due time that gives no date two digests.
Never: mail; a suppressed or unsubscribed address brought back without somebody's word for it.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from digest.cli.opening import known, opened
from digest.cli.options import Address, ConfigPath, UsageError, day
from digest.cli.output import printable, say
from digest.errors import InputError
from digest.model import Subscriber, SubscriberState

if TYPE_CHECKING:
    from digest.store.engine import Store

ACTIVE, PAUSED = SubscriberState.ACTIVE, SubscriberState.PAUSED

Until = Annotated[
    date | None,
    typer.Option("--until", parser=day, metavar="DATE", help="The local date on which mail starts again: 2026-06-03."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Confirmed = Annotated[bool, typer.Option("--confirmed", help="You vouch that they asked for this mail.")]


def pause(address: Address, until: Until = None, config: ConfigPath = None) -> None:
    """Send nothing until that date, or until they are resumed."""
    with opened(config) as app:
        now, subscriber = app.clock.now(), known(app.store, address)
        if subscriber.state not in (ACTIVE, PAUSED):
            raise InputError(f"{subscriber.address} is {subscriber.state.value}", "it gets no mail as it is")
        if until and until <= now.astimezone(ZoneInfo(subscriber.zone)).date():
            raise InputError(f"{until} is not ahead", "name the date on which mail starts again")
        paused = replace(subscriber, state=PAUSED, paused_until=until, keep_by=None)
        if paused != subscriber:
            app.store.subscribers.update(paused)
            app.store.subscribers.set_state(subscriber.id, PAUSED, "by the operator", now)
    say(f"{subscriber.address} is {standing(paused)}{' already' if paused == subscriber else ''}")


def resume(address: Address, confirmed: Confirmed = False, config: ConfigPath = None) -> None:
    """Send again to a paused subscriber; with --confirmed to one who unsubscribed or whose address was refused."""
    with opened(config) as app:
        now, subscriber = app.clock.now(), known(app.store, address)
        refused = app.store.suppressions.contains(subscriber.address)
        if not confirmed and (refused or subscriber.state is SubscriberState.SUPPRESSED):
            raise InputError(f"{subscriber.address} is suppressed", "say --confirmed if the address works again")
        if not confirmed and subscriber.state is SubscriberState.UNSUBSCRIBED:
            raise InputError(f"{subscriber.address} unsubscribed", "say --confirmed if they asked to come back")
        heard = replace(subscriber, paused_until=None, keep_by=None, heard_at=now)
        # The due time first: an active one whose hour is weeks ago would be due at once.
        app.store.subscribers.update(heard if subscriber.state is ACTIVE else rescheduled(app.store, heard, now))
        app.store.suppressions.remove(subscriber.address)
        _move(app.store, subscriber, ACTIVE, now)


def unsubscribe(address: Address, config: ConfigPath = None) -> None:
    """Send nothing any more."""
    with opened(config) as app:
        _move(app.store, known(app.store, address), SubscriberState.UNSUBSCRIBED, app.clock.now())


def erase(address: Address, yes: Yes = False, config: ConfigPath = None) -> None:
    """Forget a subscriber and what they were sent: added again, they may get it again; a suppression stays."""
    with opened(config) as app:
        subscriber = known(app.store, address)
        if not yes and not _agreed(f"Erase {subscriber.address} and all they were sent?"):
            say("nothing was erased")
            raise typer.Exit(1)
        app.store.subscribers.erase(subscriber.id)
    say(f"erased {subscriber.address}")


def rescheduled(store: "Store", subscriber: Subscriber, now: datetime) -> Subscriber:
    """With the due time that follows from their hour, zone and days and from what they had."""
    from digest.due import after_change

    if subscriber.next_due_at is None:  # not enqueued yet: the first time does that
        return subscriber
    had = store.deliveries.had(subscriber.id, now)
    due = after_change(subscriber.at, subscriber.zone, subscriber.cadence, now, had)
    return replace(subscriber, next_due_at=due)


def standing(subscriber: Subscriber) -> str:
    """`active`, `paused until 2026-06-03` …"""
    is_until = subscriber.state is PAUSED and subscriber.paused_until
    return f"paused until {subscriber.paused_until}" if is_until else subscriber.state.value


def _agreed(question: str) -> bool:
    """What the person at the terminal says. Raises UsageError where there is none."""
    import sys

    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask", "say --yes to go on without")
    print(printable(question), "[y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _move(store: "Store", subscriber: Subscriber, state: SubscriberState, now: datetime) -> None:
    if store.subscribers.set_state(subscriber.id, state, "by the operator", now):
        say(f"{subscriber.address} is {state.value}")
    else:
        say(f"{subscriber.address} is {state.value} already")
