"""How the command line speaks: tables, JSON, progress, complaints.

In:    rows, values, lines.
Out:   stdout for what was asked for, stderr for everything else; quiet and uncut in a pipe.
Never: markup or control characters that a stranger put in a title or a server in its reply.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

UNCUT = 10_000  # columns of a pipe


def complain(text: str) -> None:
    """One line (a list of problems: a line each) on stderr."""
    print("\n".join(map(printable, f"digest: {text}".split("\n"))), file=sys.stderr)


def printable(value: object) -> str:
    """The value as text that does nothing to a terminal."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return "".join(c if c.isprintable() else " " for c in str(value))


def say(text: str) -> None:
    print(printable(text))


def say_json(value: object) -> None:
    """Indented JSON; moments as 2026-05-27T04:00:00Z."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_jsonable))


def _jsonable(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def console() -> "Console":
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else UNCUT, markup=False, highlight=False, emoji=False, soft_wrap=False)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """Rows under headings; `right` names the columns of numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        shown.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(printable(cell)) for cell in row))
    console().print(shown)


def fields(values: Mapping[str, object]) -> None:
    """One thing, a line for each of its properties; those without a value are left out."""
    from rich.table import Table
    from rich.text import Text

    shown = Table.grid(padding=(0, 2))
    for name, value in values.items():
        if value not in (None, ""):
            shown.add_row(Text(name, style="bold"), Text(printable(value), overflow="fold"))
    console().print(shown)


def steps(lines: Sequence[tuple[str, str]]) -> None:
    """What each step did; its name stands once."""
    from rich.table import Table
    from rich.text import Text

    shown = Table.grid(padding=(0, 2))
    before = ""
    for step, line in lines:
        shown.add_row(Text("" if step == before else step, style="bold"), Text(printable(line), overflow="fold"))
        before = step
    console().print(shown)


def _still(done: int, total: int) -> None:
    del done, total


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while that is a terminal; `(done, total)` moves it."""
    if not sys.stderr.isatty():
        yield _still
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, count="")
        yield lambda done, total: bar.update(task, completed=done, total=total, count=f"{done:,} of {total:,}")
