"""`digest delivery`: the ledger.

In:    filters, a delivery's number.
Out:   rows and the server's answers, as a table or JSON; a row put back into the queue.
Never: mail; a state that did not happen.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.opening import opened
from digest.cli.options import AsJson, ConfigPath, Day
from digest.cli.output import complain, fields, say, say_json, table
from digest.errors import InputError
from digest.model import Delivery, DeliveryState, Reply

if TYPE_CHECKING:
    from digest.store.engine import Store

group = typer.Typer(name="delivery", help="The ledger: one row for each message owed.", no_args_is_help=True)


@group.command("list")
def list_(
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in that state.")] = None,
    local_date: Day = None,
    address: Annotated[str | None, typer.Option(help="Only those to that address.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Show the newest rows."""
    from digest import records

    with opened(config) as app:
        found = app.store.deliveries.list(state=state, day=local_date, address=address, limit=limit)
    if as_json:
        say_json([records.delivery(each) for each in found])
    elif not found:
        say("no such delivery")
    else:
        rows = [
            (each.id, each.kind, each.local_date, each.address, each.state, each.papers or "", each.reason)
            for each in found
        ]
        table(("id", "kind", "date", "address", "state", "papers", "reason"), rows, right=("id", "papers"))


@group.command()
def show(
    number: Annotated[int, typer.Argument(metavar="ID")], as_json: AsJson = False, config: ConfigPath = None
) -> None:
    """Show one row and every answer the server gave."""
    from digest import records

    with opened(config) as app:
        delivery = _found(app.store, number)
        attempts = app.store.deliveries.attempts(number)
    if as_json:
        say_json({**records.delivery(delivery), "tries": [records.attempt(each) for each in attempts]})
        return
    fields(records.delivery(delivery))
    if attempts:
        say("")
        rows = [(each.number, each.at, each.reply.stage, answer(each.reply), each.outcome) for each in attempts]
        table(("try", "at (UTC)", "stage", "the server said", "outcome"), rows, right=("try",))


@group.command()
def retry(
    numbers: Annotated[list[int], typer.Argument(metavar="ID…")],
    config: ConfigPath = None,
) -> None:
    """Queue again what failed, was missed, poisoned, deferred or held; digest deliver sends it."""
    with opened(config) as app:
        deliveries = [_found(app.store, number) for number in numbers]
        refused = [each for each in deliveries if not app.store.deliveries.retry(each.id, app.clock.now())]
    for each in refused:
        complain(f"delivery {each.id} is {each.state.value}; there is nothing to retry")
    say(f"{len(deliveries) - len(refused)} queued")
    if refused:
        raise typer.Exit(1)


def _found(store: "Store", number: int) -> Delivery:
    delivery = store.deliveries.get(number)
    if delivery is None:
        raise InputError(f"there is no delivery {number}", "digest delivery list shows them")
    return delivery


def answer(reply: Reply) -> str:
    """What the server said, in one line."""
    said = " ".join(part for part in (str(reply.code or ""), reply.enhanced, reply.text) if part)
    return said or "nothing"
