"""The options that many commands share.

In:    what was typed.
Out:   annotated types for typer: a path, a moment, a date, an address.
Never: the clock, the store.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from digest.errors import DigestError

DEFAULT = Path("config.toml")
WRITE = "write it as 2026-05-27T08:00:00Z"


class UsageError(DigestError):
    """The command was not given what it needs."""

    exit_code = 2


def _config_path(ctx: typer.Context, value: Path | None) -> Path:
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
        callback=_config_path,
        show_default=str(DEFAULT),
        help="The configuration.",
        metavar="PATH",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsOf = Annotated[datetime | None, typer.Option(parser=moment, metavar="TIME", help="As if it were that moment.")]
Day = Annotated[date | None, typer.Option("--date", parser=day, metavar="DATE")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The subscriber's e-mail address.")]
