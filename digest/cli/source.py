"""`digest source`: the places we read from.

In:    the configuration, what the store remembers of each source.
Out:   how each source is doing, as a table or JSON.
Never: papers into the store.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from digest.cli.opening import opened
from digest.cli.options import AsJson, ConfigPath
from digest.cli.output import say_json, table
from digest.errors import SourceError
from digest.model import SourceState

if TYPE_CHECKING:
    from digest.app import App
    from digest.sources.http import Fetcher
    from digest.sources.source import Source

group = typer.Typer(name="source", help="The places we read from.", no_args_is_help=True)


@group.command("list")
def list_(as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Show each source: when it was read, when it will be, what is wrong."""
    with opened(config) as app:
        states = [(source, app.store.sources.get(source.name)) for source in app.sources]
    if as_json:
        say_json([_described(source, state) for source, state in states])
        return
    rows = [
        (source.name, source.kind, state.succeeded_at or "never", state.next_fetch_at or "now", _problem(state))
        for source, state in states
    ]
    table(("source", "kind", "read (UTC)", "next (UTC)", "problem"), rows)


def _problem(state: SourceState) -> str:
    return f"{state.problem} ({state.failures} in a row)" if state.failures > 1 else state.problem


def _described(source: "Source", state: SourceState) -> dict[str, object]:
    return {
        "name": source.name,
        "kind": source.kind,
        "every_minutes": source.every.total_seconds() / 60,
        "fetched_at": state.fetched_at,
        "succeeded_at": state.succeeded_at,
        "next_fetch_at": state.next_fetch_at,
        "failures": state.failures,
        "papers": state.papers,
        "problem": state.problem,
    }


@dataclass(frozen=True, slots=True)
class Check:
    """What a source answered just now, to its first request."""

    name: str
    papers: int = 0
    signals: int = 0
    problem: str = ""


@group.command()
def check(as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Ask every source once, now; nothing is kept."""
    import asyncio

    with opened(config) as app:
        checks = asyncio.run(_check_all(app))
    if as_json:
        say_json([asdict(each) for each in checks])
    else:
        rows = [
            (
                each.name,
                each.papers,
                each.signals,
                each.problem or ("good" if each.papers else "good, but nothing listed"),
            )
            for each in checks
        ]
        table(("source", "papers", "signals", ""), rows, right=("papers", "signals"))
    if any(each.problem for each in checks):
        raise typer.Exit(1)


async def _check_all(app: "App") -> list[Check]:
    import asyncio

    async with app.fetcher() as fetcher:
        return list(await asyncio.gather(*(_check(source, fetcher, app.clock.now()) for source in app.sources)))


async def _check(source: "Source", fetcher: "Fetcher", now: datetime) -> Check:
    try:
        page = source.parse(await fetcher.fetch(source.first(SourceState(name=source.name), now)), now)
    except SourceError as error:
        return Check(source.name, problem=str(error))
    return Check(source.name, len(page.papers), len(page.signals), "; ".join(page.problems[:1]))
