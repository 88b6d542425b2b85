"""`digest subscriber`: who gets mail, and what they asked for.

In:    an address and options; the operator vouches for consent, or has it asked for.
Out:   subscribers in the store; tables, JSON.
Never: mail: letters leave with digest serve, or digest run.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import standing
from digest.cli.opening import known, opened
from digest.cli.options import Address, AsJson, ConfigPath, UsageError, options_of
from digest.cli.output import complain, fields, progress, say, say_json, table
from digest.errors import InputError
from digest.model import GETS_MAIL, Abstracts, LetterKind, Request, Subscriber, SubscriberState

if TYPE_CHECKING:
    from digest.wishes import Wishes

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
Ask = Annotated[bool, typer.Option("--confirm", help="Ask them first, by a letter with a link.")]
Works = Annotated[bool, typer.Option("--confirmed", help="Though the address is suppressed: it works again.")]
Papers = Annotated[int | None, typer.Option("--papers", min=0, max=50, help="At most so many; 0: the site's default.")]

Speaks = Annotated[str | None, typer.Option("--language", metavar="CODE", help="en, de, zh …; '' for the site's own.")]
HowMuch = Annotated[Abstracts | None, typer.Option("--abstracts", help="How much of each abstract the mail shows.")]
TextOnly = Annotated[bool | None, typer.Option("--text-only/--html", help="Mail without its HTML part, or with it.")]


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
    language: Speaks = None,
    abstracts: HowMuch = None,
    text_only: TextOnly = None,
) -> "Wishes":
    from digest.wishes import Wishes

    return Wishes(name, topic, category, author, mute, tz, at, cadence, papers, language, abstracts, text_only)


@group.command()
@options_of(_wishes, "wishes")
def add(
    address: Address, wishes: "Wishes", confirmed: Works = False, confirm: Ask = False, config: ConfigPath = None
) -> None:
    """Add an active subscriber; you vouch that they asked for it, or they are asked with --confirm."""
    if confirm and confirmed:
        raise UsageError("--confirm asks what --confirmed vouches for", "say one of them")
    with opened(config) as app:
        made = wishes.applied_to(app.usual.subscriber(address))
        there = app.store.subscribers.get(made.address)
        if confirm and not (there and there.state in GETS_MAIL):
            app.store.requests.put(_asking(made, app.clock.now()))
            say(f"{made.address} is asked to confirm; the letter leaves with digest serve or digest run")
            return
        if there and there.state is not SubscriberState.ACTIVE:
            raise InputError(f"{there.address} is {there.state.value}", "digest subscriber resume brings them back")
        if not there and not confirmed and app.store.suppressions.contains(made.address):
            raise InputError(f"{made.address} is suppressed", "say --confirmed if the address works again")
        added = app.store.subscribers.add(made, app.clock.now())
        app.store.suppressions.remove(made.address)
    say(f"added {added.address}: {_when(added)}")


def _asking(wishes: Subscriber, now: datetime) -> Request:
    kind, text = LetterKind.CONFIRM, standing.OPERATOR
    return Request(kind=kind, address=wishes.address, asked_at=now, wishes=wishes, text=text)


@group.command()
@options_of(_wishes, "wishes")
def edit(address: Address, wishes: "Wishes", config: ConfigPath = None) -> None:
    """Change what is given and nothing else; --topic '' removes all phrases, and so for the other lists."""
    from digest.subscription import change

    with opened(config) as app:
        before = known(app.store, address)
        after = wishes.applied_to(before)
        if after == before:
            say(f"nothing changes for {before.address}")
            return
        change(app.store, before, after, app.clock.now())
    say(f"changed {after.address}: {_when(after)}")


@group.command()
def fewer(address: Address, config: ConfigPath = None) -> None:
    """Send mail on fewer days: weekdays in place of daily, then three days, then one."""
    from digest.subscription import change
    from digest.wishes import fewer_days

    with opened(config) as app:
        before = known(app.store, address)
        cadence = fewer_days(before.cadence)
        if cadence is None:
            say(f"{before.address} gets mail on one day a week ({before.cadence}), which is the fewest already")
            return
        after = replace(before, cadence=cadence)
        change(app.store, before, after, app.clock.now())
    say(f"changed {after.address}: {_when(after)}")


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
    from digest import records

    with opened(config) as app:
        found = app.store.subscribers.list(state=state)
    if as_json:
        say_json([records.subscriber(each) for each in found])
    elif not found:
        say("no subscribers yet; digest subscriber add ADDRESS makes one")
    else:
        rows = [_row(each) for each in found]
        table(("address", "state", "zone", "at", "cadence", "topics"), rows, right=("topics",))


def _row(subscriber: Subscriber) -> tuple[object, ...]:
    state, hour = standing.standing(subscriber), f"{subscriber.at:%H:%M}"
    return subscriber.address, state, subscriber.zone, hour, subscriber.cadence, len(subscriber.topics)


@group.command()
def show(address: Address, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Show one subscriber."""
    from digest import records

    with opened(config) as app:
        found = records.subscriber(known(app.store, address))
    if as_json:
        say_json(found)
    else:
        fields({key: ", ".join(value) if isinstance(value, list) else value for key, value in found.items()})


for command in (standing.pause, standing.resume, standing.unsubscribe, standing.erase):
    group.command()(command)


@group.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns as `export` writes them; only email must.")],
    confirmed: standing.Confirmed = False,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Add the subscribers of a CSV file, or ask each to confirm, unless --confirmed; who is there stays as they are."""
    from digest.cli.table_file import read_rows

    with opened(config) as app, progress("importing"):
        good, bad = read_rows(file, app.usual)
        known_ones = {one.address.casefold() for one in app.store.subscribers.list()}
        refused = {one.address for one in good if app.store.suppressions.contains(one.address)}
        new = [one for one in good if one.address.casefold() not in known_ones]
        asked = [] if confirmed else [one for one in new if one.address not in refused]
        if confirmed:
            app.store.subscribers.add_many(new, app.clock.now())
        app.store.requests.put_many([_asking(one, app.clock.now()) for one in asked])
    for problem in bad:
        complain(f"{file}, {problem}")
    if refused:
        addresses = "1 address is" if len(refused) == 1 else f"{len(refused):,} addresses are"
        complain(f"{addresses} suppressed and will get no mail; digest why ADDRESS says why")
    there = len(good) - len(new)
    counts = {"added": len(new) if confirmed else 0, "asked": len(asked), "already_there": there, "bad": len(bad)}
    if as_json:
        say_json(counts)
    else:
        did = f"{len(new):,} added" if confirmed else f"{len(asked):,} asked to confirm"
        say(f"{did}, {there:,} already there, {len(bad):,} bad lines")
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
