"""`digest edition`: the frozen list of a day.

In:    a date, or none for the newest.
Out:   what was in it and why, as a table or JSON.
Never: compiles one.
"""

from datetime import date
from typing import Annotated

import typer

from digest.cli.opening import opened
from digest.cli.options import AsJson, ConfigPath, day
from digest.cli.output import say, say_json, table
from digest.errors import InputError
from digest.model import Edition

group = typer.Typer(name="edition", help="The frozen, ranked list of a day.", no_args_is_help=True)


@group.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 30,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Show the editions there are."""
    from digest import records

    with opened(config) as app:
        found = app.store.editions.list(limit)
    if as_json:
        say_json([records.summary(each) for each in found])
    elif not found:
        say("no edition yet; digest run makes today's")
    else:
        rows = [(each.date, each.cutoff_at, each.entries, "; ".join(each.notes)) for each in found]
        table(("edition", "cut-off (UTC)", "papers", "notes"), rows, right=("papers",))


@group.command()
def show(
    wanted: Annotated[date | None, typer.Argument(metavar="[DATE]", parser=day, help="The newest by default.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many papers.")] = 30,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Show an edition: its papers in their order, and why each trends."""
    from digest import records

    with opened(config) as app:
        edition = app.store.editions.get(wanted) if wanted else app.store.editions.newest(app.clock.now())
    if edition is None:
        which = f"no edition of {wanted}" if wanted else "no edition yet"
        raise InputError(f"there is {which}", "digest edition list shows those there are")
    if as_json:
        say_json(records.edition(edition, limit))
    else:
        _print(edition, limit)


def _print(edition: Edition, limit: int) -> None:
    from digest.text import plain
    from digest.wording import how_it_rises, why_trending

    say(f"edition {edition.date}, {len(edition.entries)} papers")
    for note in edition.notes:
        say(note)
    for one in edition.rising:
        say(f"rising: {one.phrase}, {how_it_rises(one)} ({', '.join(one.fields) or 'in no category'})")
    rows = [
        (ranked.rank, f"{ranked.trend.score:.2f}", plain(ranked.paper.title), why_trending(ranked))
        for ranked in edition.entries[:limit]
    ]
    if rows:
        table(("#", "score", "title", "why trending"), rows, right=("#", "score"))
    if len(edition.entries) > limit:
        say(f"and {len(edition.entries) - limit} more; --limit {len(edition.entries)} shows all")
