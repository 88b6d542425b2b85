"""`digest status`: how everything stands, once or live.

In:    the configuration.
Out:   a screen, which a terminal shows anew every few seconds; exit code 1 where something is wrong, for scripts.
Never: more than a tenth of a processor for looking.
"""

import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.opening import opened
from digest.cli.options import AsJson, ConfigPath
from digest.cli.output import console, printable, say_json
from digest.cli.overview import DAYS, Overview, describe, look
from digest.errors import StoreUnavailable
from digest.model import DeliveryState, SourceState, SubscriberState

if TYPE_CHECKING:
    from rich.console import RenderableType

    from digest.app import App

EVERY = 2.0  # seconds between two looks
CALM = 10  # times as long as a look took, where that is longer
ENDS = (
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SUPPRESSED,
    DeliveryState.SKIPPED,
    DeliveryState.MISSED,
    DeliveryState.POISONED,
)
GOOD, BAD, DIM = "green", "red", "dim"

Line = tuple[str, str, str]  # heading, text, style


def status(
    watch: Annotated[
        bool | None, typer.Option("--watch/--once", help="Live until Ctrl-C; by default on a terminal.")
    ] = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Show how everything stands; exit code 1 if something is wrong."""
    with opened(config) as app:
        if (sys.stdout.isatty() if watch is None else watch) and not as_json:
            _watch(app)
            return
        found = look(app)
    if as_json:
        say_json(describe(found))
    else:
        console().print(screen(found))
    if found.problems:
        raise typer.Exit(1)


def _watch(app: "App") -> None:
    from rich.live import Live

    found: Overview | None = None
    try:
        with Live(console=console(), auto_refresh=False, vertical_overflow="ellipsis") as live:
            while True:
                began = time.monotonic()
                try:
                    found = look(app, found)
                    live.update(screen(found), refresh=True)
                except StoreUnavailable as error:  # it may come back
                    live.update(_grid([("wrong", str(error), BAD)]), refresh=True)
                time.sleep(max(EVERY, CALM * (time.monotonic() - began)))
    except KeyboardInterrupt:
        return


def screen(found: Overview) -> "RenderableType":
    """A line for each thing, what is wrong first."""
    return _grid(_lines(found))


def _grid(lines: "Iterator[Line] | list[Line]") -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    shown, before = Table.grid(padding=(0, 2)), ""
    for heading, text, style in lines:
        name = "" if heading == before else heading
        shown.add_row(Text(name, style="bold", no_wrap=True), Text(printable(text), style, overflow="fold"))
        before = heading
    return shown


def _lines(found: Overview) -> Iterator[Line]:
    yield "site", f"{found.site} · {found.program} · {found.database}", DIM
    if not found.problems:
        yield "all is well", f"{found.now:%Y-%m-%d %H:%M:%S} UTC", GOOD
    for problem in found.problems:
        yield "wrong", problem, BAD
    yield from _scheduler(found)
    yield from _mail(found)
    for state, _ in found.facts.sources:
        yield "sources", _source(state, found.now), BAD if state.failures else ""


def _scheduler(found: Overview) -> Iterator[Line]:
    beat = found.beat
    if beat is None:
        yield "scheduler", "has not run yet; digest serve starts it", DIM
        return
    if not beat.ticks:
        yield "scheduler", f"last run {_ago(beat.at, found.now)}", BAD if found.health.problems else ""
        return
    yield (
        "scheduler",
        f"started {_ago(beat.started_at, found.now)}, last seen {_ago(beat.at, found.now)}, {beat.lag:.2f} s late",
        BAD if found.health.problems else "",
    )
    ticks = sorted(beat.ticks.items())
    yield "ticks", " · ".join(f"{name} {_ago(at, found.now)}" for name, at in ticks) or "none has ended yet", ""


def _mail(found: Overview) -> Iterator[Line]:
    queue = found.queue
    oldest = f", the oldest for {_long(found.now - queue.oldest_due_at)}" if queue.oldest_due_at else ""
    yield "queue", f"{queue.depth:,} due{oldest}" if queue.depth else "empty", BAD if found.health.behind else ""
    yield "today", _today(found), ""
    if causes := [f"{count:,} {cause.words}" for cause, count in found.of_today.causes.most_common() if cause]:
        yield "no mail", " · ".join(causes), ""
    sent = found.sent()
    yield "sent", f"{bars(list(sent.values()))}  up to {max(sent.values()):,} a day in {DAYS} days", ""
    people = [f"{found.subscribers[state]:,} {state.value}" for state in SubscriberState if state in found.subscribers]
    yield "subscribers", " · ".join(people) or "none yet", ""
    yield "next due", _when(found.next_due_at, found.now) if found.next_due_at else "nobody", ""
    edition = found.edition
    yield "edition", f"{edition.date}, {edition.entries:,} papers" if edition else "none yet", ""


def _today(found: Overview) -> str:
    today = found.of_today
    rest = [(today.waiting, "waiting"), *((today.states[end], end.value) for end in ENDS)]
    return " · ".join([f"{today.sent:,} sent", *(f"{count:,} {what}" for count, what in rest if count)])


def _source(state: SourceState, now: datetime) -> str:
    read = f"read {_ago(state.succeeded_at, now)}, {state.papers:,} papers" if state.succeeded_at else "never read"
    times = f" ({state.failures} in a row)" if state.failures > 1 else ""
    return f"{state.name}: {read}" + (f"; {state.problem}{times}" if state.problem else "")


def bars(counts: list[int]) -> str:
    """Heights from zero: as many as the most is the highest."""
    from digest.wording import spark

    return spark([0, *counts])[1:]


def _ago(moment: datetime, now: datetime) -> str:
    """A clock that was put back leaves moments that are yet to come."""
    return f"{_long(now - moment)} ago" if moment <= now else "just now"


def _when(moment: datetime, now: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC, " + (f"in {_long(moment - now)}" if moment > now else "at the next tick")


def _long(span: timedelta) -> str:
    """In the largest unit that fits twice."""
    seconds = span.total_seconds()
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"
