"""The whole main job, start to end, on an embedded database and an embedded mail server.

In:    a directory to write to.
Out:   days of mail as files there, the database and the configuration they came from, and an account of it all.
Never: a message that leaves this machine; a file there that no demo made is touched.
"""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from digest.clock import Clock, SystemClock

LIVE: Mapping[str, str | None] = {"arxiv": None, "huggingface": None}  # source -> address; None: the live one


def run(
    out: Path,
    open_in_browser: bool = False,
    *,
    live: Mapping[str, str | None] = LIVE,
    clock: Clock | None = None,
) -> None:
    """Plays today where the sources in `live` answer at once, else three days of the sample that ships.

    Raises InputError where `out` holds files that are not a demo's.
    """
    console = Console(highlight=False)
    console.print("[bold]digest demo[/] – papers in, mail out, all of it on this machine\n")  # before what is slow
    from digest.demo.stage import perform

    index = perform(out, console, live, clock or SystemClock())
    if open_in_browser:
        import webbrowser

        webbrowser.open(index.resolve().as_uri())
