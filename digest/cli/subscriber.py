"""`digest subscriber`: who gets mail, and what they asked for.

In:    an address and options; the operator vouches for consent.
Out:   subscribers in the store; tables, JSON.
Never: mail.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.opening import known, opened
from digest.cli.options import Address, AsJson, ConfigPath, UsageError, options_of
from digest.cli.output import complain, fields, printable, progress, say, say_json, table
from digest.errors import InputError
from digest.model import Subscriber, SubscriberState

if TYPE_CHECKING:
    from digest.cli.wishes import Wishes
    from digest.store.engine import Store

group = typer.Typer(name="subscriber", help="Who gets mail, and what they asked for.", no_args_is_help=True)

Name = Annotated[str | None, typer.Option("--name", help="What to call them.")]
Phrases = Annotated[list[str] | None, typer.Option("--topic", metavar="PHRASE", help="Words to look for. Repeatable.")]
Categories = Annotated[
    list[str] | None, typer.Option("--category", metavar="CATEGORY", help="Of arXiv: cs.LG, or cs.* for all of cs.")
]
Authors = Annotated[list[str] | None, typer.Option("--author", metavar="NAME", help="Whose papers to show.")]
Mutes = Annotated[
    list[str] | None,
    typer.Option("--mute", metavar="PHRASE", help="What not to show; also category:cs.CR, author:NAME."),
]
Zone = Annotated[str | None, typer.Option("--tz", metavar="ZONE", help="Europe/Berlin.")]
At = Annotated[str | None, typer.Option("--at", metavar="HH:MM", help="Their hour.")]
Cadence = Annotated[str | None, typer.Option("--cadence", help="daily, weekdays, weekly, or days: mon,wed.")]
Papers = Annotated[int | None, typer.Option("--papers", min=0, max=50, help="At most so many; 0: the site's default.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Confirmed = Annotated[bool, typer.Option("--confirmed", help="You vouch that they asked for this mail.")]


def _wishes(
    name: Name = None,
    topic: Phrases = None,
    category: Categories = None,
    author: Authors = None,
    mute: Mutes = None,
    tz: Zone = None,
    at: At = None,
    cadence: Cadence = None,
    papers: Papers = None,
) -> "Wishes":
    from digest.cli.wishes import Wishes

    return Wishes(name, topic, category, author, mute, tz, at, cadence, papers)


@group.command()
@options_of(_wishes, "wishes")
def add(address: Address, wishes: "Wishes", config: ConfigPath = None) -> None:
    """Add an active subscriber; you vouch that they asked for it."""
    from digest.cli.wishes import defaults

    with opened(config) as app:
        made = wishes.applied_to(defaults(app.schedule, address))
        there = app.store.subscribers.get(made.address)
        if there and there.state is not SubscriberState.ACTIVE:
            raise InputError(f"{there.address} is {there.state.value}", "digest subscriber resume brings them back")
        added = app.store.subscribers.add(made, app.clock.now())
    say(f"added {added.address}: {_when(added)}")


@group.command()
@options_of(_wishes, "wishes")
def edit(address: Address, wishes: "Wishes", config: ConfigPath = None) -> None:
    """Change what is given and nothing else; --topic '' removes all phrases, and so for the other lists."""
    with opened(config) as app:
        before = known(app.store, address)
        after = wishes.applied_to(before)
        if after == before:
            say(f"nothing changes for {before.address}")
            return
        app.store.subscribers.update(_rescheduled(before, after, app.clock.now()))
    say(f"changed {after.address}: {_when(after)}")


def _rescheduled(before: Subscriber, after: Subscriber, now: datetime) -> Subscriber:
    """With a new due time when the hour, the zone or the days changed."""
    from digest.due import next_due

    same = (before.at, before.zone, before.cadence) == (after.at, after.zone, after.cadence)
    if same or before.next_due_at is None:  # not enqueued yet: the first time does that
        return after
    return replace(after, next_due_at=next_due(after.at, after.zone, after.cadence, now)[1])


def _when(subscriber: Subscriber) -> str:
    limit = f", at most {subscriber.papers} papers" if subscriber.papers else ""
    return f"{subscriber.cadence} at {subscriber.at:%H:%M} {subscriber.zone}, {_topics(subscriber)}{limit}"


def _topics(subscriber: Subscriber) -> str:
    count = len(subscriber.topics)
    return "no topics: the edition's top" if not count else "1 topic" if count == 1 else f"{count} topics"


@group.command("list")
def list_(
    state: Annotated[SubscriberState | None, typer.Option(help="Only those in that state.")] = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Show all subscribers."""
    with opened(config) as app:
        found = app.store.subscribers.list(state=state)
    if as_json:
        say_json([described(each) for each in found])
    elif not found:
        say("no subscribers yet; digest subscriber add ADDRESS makes one")
    else:
        rows = [
            (each.address, each.state, each.zone, f"{each.at:%H:%M}", each.cadence, len(each.topics)) for each in found
        ]
        table(("address", "state", "zone", "at", "cadence", "topics"), rows, right=("topics",))


@group.command()
def show(address: Address, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Show one subscriber."""
    with opened(config) as app:
        found = described(known(app.store, address))
    if as_json:
        say_json(found)
    else:
        fields({key: ", ".join(value) if isinstance(value, list) else value for key, value in found.items()})


def described(subscriber: Subscriber) -> dict[str, object]:
    """The stable keys: those of the CSV file, and what only the store knows."""
    from digest.cli.wishes import lists

    return {
        "id": subscriber.id,
        "email": subscriber.address,
        "name": subscriber.name,
        "state": subscriber.state.value,
        **lists(subscriber.topics),
        "tz": subscriber.zone,
        "at": f"{subscriber.at:%H:%M}",
        "cadence": subscriber.cadence,
        "papers": subscriber.papers,
        "created_at": subscriber.created_at,
        "next_due_at": subscriber.next_due_at if subscriber.state is SubscriberState.ACTIVE else None,
        "last_edition": subscriber.last_edition,
    }


@group.command()
def pause(address: Address, config: ConfigPath = None) -> None:
    """Send nothing until they are resumed."""
    with opened(config) as app:
        subscriber = known(app.store, address)
        if subscriber.state not in (SubscriberState.ACTIVE, SubscriberState.PAUSED):
            raise InputError(f"{subscriber.address} is {subscriber.state.value}", "it gets no mail as it is")
        _move(app.store, subscriber, SubscriberState.PAUSED, app.clock.now())


@group.command()
def resume(address: Address, confirmed: Confirmed = False, config: ConfigPath = None) -> None:
    """Send again to a paused subscriber; with --confirmed to one who unsubscribed or whose address was refused."""
    from digest.due import next_due

    with opened(config) as app:
        now, subscriber = app.clock.now(), known(app.store, address)
        refused = app.store.suppressions.contains(subscriber.address)
        if not confirmed and (refused or subscriber.state is SubscriberState.SUPPRESSED):
            raise InputError(f"{subscriber.address} is suppressed", "say --confirmed if the address works again")
        if not confirmed and subscriber.state is SubscriberState.UNSUBSCRIBED:
            raise InputError(f"{subscriber.address} unsubscribed", "say --confirmed if they asked to come back")
        if subscriber.next_due_at:  # first: an active one whose hour is weeks ago would be due at once
            due = next_due(subscriber.at, subscriber.zone, subscriber.cadence, now)[1]
            app.store.subscribers.update(replace(subscriber, next_due_at=due))
        app.store.suppressions.remove(subscriber.address)
        _move(app.store, subscriber, SubscriberState.ACTIVE, now)


@group.command()
def unsubscribe(address: Address, config: ConfigPath = None) -> None:
    """Send nothing any more."""
    with opened(config) as app:
        _move(app.store, known(app.store, address), SubscriberState.UNSUBSCRIBED, app.clock.now())


@group.command()
def erase(address: Address, yes: Yes = False, config: ConfigPath = None) -> None:
    """Forget a subscriber and what they were sent: added again, they may get it again; a suppression stays."""
    with opened(config) as app:
        subscriber = known(app.store, address)
        if not yes and not _agreed(f"Erase {subscriber.address} and all they were sent?"):
            say("nothing was erased")
            raise typer.Exit(1)
        app.store.subscribers.erase(subscriber.id)
    say(f"erased {subscriber.address}")


def _agreed(question: str) -> bool:
    """What the person at the terminal says. Raises UsageError where there is none."""
    import sys

    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask", "say --yes to go on without")
    print(printable(question), "[y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _move(store: "Store", subscriber: Subscriber, state: SubscriberState, now: datetime) -> bool:
    if subscriber.state is state:
        say(f"{subscriber.address} is {state.value} already")
        return False
    store.subscribers.set_state(subscriber.id, state, "by the operator", now)
    say(f"{subscriber.address} is {state.value}")
    return True


@group.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns as `export` writes them; only email must.")],
    confirmed: Confirmed = False,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Add the subscribers of a CSV file; those who are there already are left as they are."""
    from digest.cli.table_file import read_rows

    if not confirmed:
        raise UsageError(
            "without their consent nobody is added", "say --confirmed to vouch that each asked for this mail"
        )
    with opened(config) as app, progress("importing"):
        good, bad = read_rows(file, app.schedule)
        there = app.store.subscribers.add_many(good, app.clock.now())
    for problem in bad:
        complain(f"{file}, {problem}")
    counts = {"added": len(good) - len(there), "already_there": len(there), "bad": len(bad)}
    if as_json:
        say_json(counts)
    else:
        say(f"{counts['added']:,} added, {counts['already_there']:,} already there, {counts['bad']:,} bad lines")
    if bad:
        raise typer.Exit(1)


@group.command()
def export(
    out: Annotated[Path | None, typer.Option("--out", help="A file instead of standard output.")] = None,
    config: ConfigPath = None,
) -> None:
    """Write the active subscribers as CSV, in the columns that `import` reads."""
    import sys

    from digest.cli.table_file import write_rows

    with opened(config) as app:
        found = app.store.subscribers.list()
    active = [one for one in found if one.state is SubscriberState.ACTIVE]  # who left must not come back by import
    if out is None:
        write_rows(sys.stdout, active)
    else:
        with out.open("w", encoding="utf-8", newline="") as file:
            write_rows(file, active)
        say(f"{_many(len(active))} written to {out}")
    if len(active) < len(found):
        complain(f"left out {_many(len(found) - len(active))} who get no mail; digest subscriber list shows them")


def _many(count: int) -> str:
    return "1 subscriber" if count == 1 else f"{count:,} subscribers"
