"""The options that many commands share.

In:    what was typed.
Out:   annotated types for typer: a path, a moment, a date, an address; options that several commands have in one go.
Never: the clock, the store.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.errors import DigestError

DEFAULT = Path("config.toml")
WRITE = "write it as 2026-05-27T08:00:00Z"


class UsageError(DigestError):
    """The command was not given what it needs."""

    exit_code = 2


def config_path(ctx: typer.Context, value: Path | None) -> Path:
    """`--config` counts after the command, else before it, else DIGEST_CONFIG, else config.toml."""
    outer = ctx.find_root()
    source = ctx.get_parameter_source("config")
    if ctx is not outer and (source is None or source.name != "COMMANDLINE"):
        return Path(outer.params["config"])
    return value or DEFAULT


def moment(value: str) -> datetime:
    """A point in time, ISO 8601; UTC where no zone is given."""
    if _is_date(value):
        raise UsageError(f"{value} is a day, not a moment", WRITE)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise UsageError(f"“{value}” is no moment", WRITE) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def day(value: str) -> date:
    """A date, ISO 8601."""
    if not _is_date(value):
        raise UsageError(f"“{value}” is no date", "write it as 2026-05-27")
    return date.fromisoformat(value)


def day_or_moment(value: str) -> date | datetime:
    return day(value) if _is_date(value) else moment(value)


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="DIGEST_CONFIG",
        callback=config_path,
        show_default=str(DEFAULT),
        help="The configuration.",
        metavar="PATH",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsOf = Annotated[
    datetime | None, typer.Option(parser=moment, metavar="TIME", help="As if it were then: 2026-05-27T08:00:00Z.")
]
Day = Annotated[date | None, typer.Option("--date", parser=day, metavar="DATE", help="Of that local date: 2026-05-27.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The subscriber's e-mail address.")]

Command = Callable[..., None]


def options_of(make: Callable[..., object], name: str) -> Callable[[Command], Command]:
    """The command's parameter `name` is what `make` makes, and in its place stand the options of `make`."""
    shared = signature(make).parameters

    def extended(command: Command) -> Command:
        @wraps(command)
        def run(**given: Any) -> None:
            made = make(**{option: given.pop(option) for option in shared})
            command(**given, **{name: made})

        own = signature(command)
        parameters = [
            parameter
            for mine in own.parameters.values()
            for parameter in (shared.values() if mine.name == name else [mine])
        ]
        run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]  # what typer reads
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return extended
