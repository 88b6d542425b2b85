"""`digest run` and its steps: the day's pipe by hand.

In:    the configuration; a moment to work at (default: now), or for `run` a whole day to replay.
Out:   what each step did, as a table or JSON; exit 1 when something needs a person.
Never: two days at once.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.opening import opened, refuse_future
from digest.cli.options import AsJson, AsOf, ConfigPath, day_or_moment
from digest.errors import InputError

if TYPE_CHECKING:
    from digest.app import App

Only = Annotated[str | None, typer.Option("--source", metavar="NAME", help="That source alone.")]
Force = Annotated[bool, typer.Option("--force", help="Also the sources whose time has not come.")]
DayOrMoment = Annotated[
    date | None,
    typer.Option("--as-of", parser=day_or_moment, metavar="TIME", help="As if it were then; a date: that whole day."),
]


def run(as_of: DayOrMoment = None, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Run the whole cycle once: ingest, publish, enqueue, deliver."""
    from digest.cli.cycle import Cycle, moments
    from digest.clock import FixedClock

    moment = as_of if isinstance(as_of, datetime) else None
    with opened(config, moment) as app:
        app.store.check_adopted()
        cycle = Cycle(app)
        times = moments(as_of, app.terms.edition_hour) if as_of and not moment else [app.clock.now()]
        refuse_future(times[-1])
        cycle.ingest(times[0])
        cycle.publish(times[0])
        if moment or not as_of:
            cycle.answer()
        for each in times:
            cycle.enqueue(each)
            cycle.deliver(FixedClock(each) if as_of else app.clock)
        if not as_of:
            cycle.leave_heartbeat(times[0])
    cycle.conclude(as_json)


def ingest(
    source: Only = None, force: Force = False, as_of: AsOf = None, as_json: AsJson = False, config: ConfigPath = None
) -> None:
    """Read the sources that are due."""
    from digest.cli.cycle import Cycle

    with opened(config, as_of) as app:
        _check_name(app, source)
        cycle = Cycle(app)
        cycle.ingest(app.clock.now(), only=source, force=force)
    cycle.conclude(as_json)


def _check_name(app: "App", name: str | None) -> None:
    names = [source.name for source in app.sources]
    if name is not None and name not in names:
        raise InputError(f"no source is called {name}", f"there are {', '.join(names)}")


def publish(as_of: AsOf = None, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Compile the edition of the day, unless it is there."""
    from digest.cli.cycle import Cycle

    with opened(config, as_of) as app:
        cycle = Cycle(app)
        cycle.publish(app.clock.now())
    cycle.conclude(as_json)


def enqueue(as_of: AsOf = None, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Decide for all who are due: a digest, or why there is none."""
    from digest.cli.cycle import Cycle

    with opened(config, as_of) as app:
        app.store.check_adopted()
        cycle = Cycle(app)
        cycle.answer()
        cycle.enqueue(app.clock.now())
    cycle.conclude(as_json)


def deliver(
    resume: Annotated[bool, typer.Option("--resume", help="Also if sending is paused.")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Send what is queued, and what is due to be tried again."""
    from digest.cli.cycle import Cycle

    with opened(config, as_of) as app:
        if resume:
            app.store.deliveries.resume()
        cycle = Cycle(app)
        cycle.deliver(app.clock)
    cycle.conclude(as_json)
