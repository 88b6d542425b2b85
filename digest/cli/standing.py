"""Whether a subscriber gets mail: `digest subscriber pause`, `resume`, `unsubscribe`, `erase`.

In:    an address, a date; the operator does what the subscriber asked for.
Out:   the subscriber in another state, with a due time that gives no date two digests.
Never: mail; a suppressed or unsubscribed address brought back without somebody's word for it.
"""

from datetime import date
from typing import Annotated

import typer

from digest.cli.opening import known, opened
from digest.cli.options import Address, ConfigPath, UsageError, day
from digest.cli.output import printable, say
from digest.errors import InputError
from digest.model import Subscriber, SubscriberState

OPERATOR = "by the operator"

Until = Annotated[
    date | None,
    typer.Option("--until", parser=day, metavar="DATE", help="The local date on which mail starts again: 2026-06-03."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Confirmed = Annotated[bool, typer.Option("--confirmed", help="You vouch that they asked for this mail.")]


def pause(address: Address, until: Until = None, config: ConfigPath = None) -> None:
    """Send nothing until that date, or until they are resumed."""
    from digest import subscription

    with opened(config) as app:
        subscriber = known(app.store, address)
        paused = subscription.pause(app.store, subscriber, until, OPERATOR, app.clock.now())
    say(f"{subscriber.address} is {standing(paused)}{' already' if paused == subscriber else ''}")


def resume(address: Address, confirmed: Confirmed = False, config: ConfigPath = None) -> None:
    """Send again to a paused subscriber; with --confirmed to one who unsubscribed or whose address was refused."""
    from digest import subscription

    with opened(config) as app:
        subscriber = known(app.store, address)
        refused = app.store.suppressions.contains(subscriber.address)
        if not confirmed and (refused or subscriber.state is SubscriberState.SUPPRESSED):
            raise InputError(f"{subscriber.address} is suppressed", "say --confirmed if the address works again")
        if not confirmed and subscriber.state is SubscriberState.UNSUBSCRIBED:
            raise InputError(f"{subscriber.address} unsubscribed", "say --confirmed if they asked to come back")
        moved = subscription.resume(app.store, subscriber, OPERATOR, app.clock.now())
    say(f"{subscriber.address} is active{'' if moved else ' already'}")


def unsubscribe(address: Address, config: ConfigPath = None) -> None:
    """Send nothing any more."""
    from digest import subscription

    with opened(config) as app:
        subscriber = known(app.store, address)
        moved = subscription.unsubscribe(app.store, subscriber, OPERATOR, app.clock.now())
    say(f"{subscriber.address} is unsubscribed{'' if moved else ' already'}")


def erase(address: Address, yes: Yes = False, config: ConfigPath = None) -> None:
    """Forget a subscriber and what they were sent: added again, they may get it again; a suppression stays."""
    with opened(config) as app:
        subscriber = known(app.store, address)
        if not yes and not _agreed(f"Erase {subscriber.address} and all they were sent?"):
            say("nothing was erased")
            raise typer.Exit(1)
        app.store.subscribers.erase(subscriber.id)
    say(f"erased {subscriber.address}")


def standing(subscriber: Subscriber) -> str:
    """`active`, `paused until 2026-06-03` …"""
    is_until = subscriber.state is SubscriberState.PAUSED and subscriber.paused_until
    return f"paused until {subscriber.paused_until}" if is_until else subscriber.state.value


def _agreed(question: str) -> bool:
    """What the person at the terminal says. Raises UsageError where there is none."""
    import sys

    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask", "say --yes to go on without")
    print(printable(question), "[y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
