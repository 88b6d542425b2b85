"""`digest suppression`: the addresses that get no mail, whatever they ask for.

In:    addresses, a reason.
Out:   the list, as a table or JSON; an address put on it or taken off it.
Never: an address brought back: taken off the list, its subscriber still waits for `digest subscriber resume`.
"""

from typing import Annotated

import typer

from digest.cli.opening import opened
from digest.cli.options import AsJson, ConfigPath
from digest.cli.output import printable, say, say_json, table
from digest.cli.standing import OPERATOR
from digest.errors import InputError
from digest.model import SubscriberState, Suppression

group = typer.Typer(name="suppression", help="The addresses that must not be mailed.", no_args_is_help=True)

Mailbox = Annotated[str, typer.Argument(metavar="ADDRESS", help="An e-mail address, of a subscriber or not.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for whoever asks later.")]
Limit = Annotated[int | None, typer.Option(min=1, help="How many, oldest first; all by default.")]


@group.command("list")
def list_(limit: Limit = None, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Show the list: who bounced for good, complained, or was put there."""
    from digest import records

    with opened(config) as app:
        found = app.store.suppressions.list(limit)
    if as_json:
        say_json([records.suppression(each) for each in found])
    elif not found:
        say("no address is suppressed")
    else:
        table(("address", "since (UTC)", "reason", "evidence"), [_row(each) for each in found])


@group.command()
def add(address: Mailbox, reason: Reason = OPERATOR, config: ConfigPath = None) -> None:
    """Send nothing to an address any more, what is queued included."""
    from digest import inputs, subscription

    with opened(config) as app:
        wanted, why = inputs.address(address), " ".join(printable(reason).split())
        put = subscription.suppress(app.store, wanted, why or OPERATOR, app.clock.now())
    say(f"{wanted} is suppressed{'' if put else ' already'}")


@group.command()
def remove(address: Mailbox, config: ConfigPath = None) -> None:
    """Take an address off the list; that of one who was erased, too."""
    address = printable(address)
    with opened(config) as app:
        if not app.store.suppressions.remove(address):
            raise InputError(f"{address} is not on the list", "digest suppression list shows who is")
        owner = app.store.subscribers.get(address)
    say(f"{address} is no longer suppressed")
    if owner and owner.state is SubscriberState.SUPPRESSED:
        say(f"it gets mail again after: digest subscriber resume {owner.address} --confirmed")


def _row(one: Suppression) -> tuple[object, ...]:
    return one.address or "(erased)", one.created_at, one.reason, one.evidence
