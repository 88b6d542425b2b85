"""`digest stats`: what became of the last days.

In:    the configuration, a number of days or a date.
Out:   for each local date what was sent, and why the others got none; who is subscribed; how the sources do.
Never: an address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.opening import opened
from digest.cli.options import AsJson, ConfigPath, UsageError, day
from digest.cli.output import fields, say, say_json, table
from digest.model import DeliveryState, SourceState, SubscriberState

if TYPE_CHECKING:
    from digest.app import App
    from digest.tally import Tally

DAY = timedelta(days=1)
COUNTS = ("sent", "skipped", "missed", "failed", "waiting")
ALWAYS = ("sent", "skipped")
LOOKED_AT = {  # ends that are in a column with others, and worth their own word beside it
    DeliveryState.UNCERTAIN: "uncertain",
    DeliveryState.POISONED: "not composed",
    DeliveryState.SUPPRESSED: "withdrawn",
}


def since(value: str) -> date | timedelta:
    """So many days back, or a date."""
    number = value.removesuffix("d")
    if number != value and number.isdecimal() and 0 < int(number) < 10_000:
        return int(number) * DAY
    try:
        return day(value)
    except UsageError:
        raise UsageError(f"“{value}” is no number of days and no date", "write it as 7d or 2026-05-27") from None


Since = Annotated[
    date | None,
    typer.Option(
        "--since", parser=since, metavar="DAYS|DATE", show_default="7d", help="From when on: 30d, 2026-05-27."
    ),
]


@dataclass(frozen=True, slots=True)
class Found:
    """`days` is every date from the first that has rows to today, and later ones that have."""

    since: date
    days: "Mapping[date, Tally]"
    total: "Tally"
    subscribers: Mapping[SubscriberState, int]
    sources: Sequence[SourceState]


def stats(since: Since = None, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Show for each day what was sent, and why the others got no mail."""
    from digest import records

    with opened(config) as app:
        found = _look(app, since if since is not None else 7 * DAY)
    if as_json:
        say_json(records.stats(found.since, found.days, found.total, found.subscribers, found.sources))
        return
    if found.days:
        _show_days(found)
    else:
        say(f"nobody was due since {found.since}")
    say("")
    fields({"subscribers": _people(found.subscribers)})
    table(("source", "read (UTC)", "papers", "problem"), [_source(each) for each in found.sources], right=("papers",))


def _show_days(found: Found) -> None:
    """Columns with nothing in them leave their room to the reasons."""
    kept = [n for n, name in enumerate(COUNTS) if name in ALWAYS or _numbers(found.total)[n]]
    names = [COUNTS[n] for n in kept]

    def row(head: str, counts: "Tally", why: str) -> tuple[str, ...]:
        return head, *(f"{_numbers(counts)[n]:,}" for n in kept), why

    rows = [row(f"{each} {each:%a}", counts, _why(counts)) for each, counts in found.days.items()]
    rows += [row("all", found.total, "")] if len(rows) > 1 else []
    table(("date", *names, "why not"), rows, right=names)


def _look(app: "App", wanted: date | timedelta) -> Found:
    from digest.tally import every_day, tally

    today = app.clock.now().date()
    first = wanted if isinstance(wanted, date) else today - wanted + DAY
    counts = app.store.statistics.days(first)
    sources = [app.store.sources.get(name) for name in app.source_names]
    return Found(first, every_day(counts, today), tally(counts), app.store.statistics.subscribers(), sources)


def _numbers(counts: "Tally") -> tuple[int, ...]:
    """In the order of COUNTS."""
    skipped = counts.skipped.total() + counts.states[DeliveryState.SUPPRESSED]
    return counts.sent, skipped, counts.missed.total(), counts.failed, counts.waiting


def _why(counts: "Tally") -> str:
    causes = ((cause.words, count) for cause, count in counts.causes.most_common() if cause.value)
    ends = ((words, counts.states[state]) for state, words in LOOKED_AT.items())
    return ", ".join(f"{count:,} {what}" for what, count in (*causes, *ends) if count)


def _people(subscribers: Mapping[SubscriberState, int]) -> str:
    return (
        ", ".join(f"{subscribers[state]:,} {state.value}" for state in SubscriberState if state in subscribers)
        or "none"
    )


def _source(state: SourceState) -> tuple[object, ...]:
    return state.name, state.succeeded_at or "never", f"{state.papers:,}", state.problem
