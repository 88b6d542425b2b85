"""`digest demo`: the whole day on this machine, nothing to set up.

In:    a folder.
Out:   the mails of an invented day in it.
Never: the internet, or mail to anybody.
"""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option("--out", help="Where to put the mails.")] = Path("demo"),
    open_: Annotated[bool, typer.Option("--open", help="Open one in the browser.")] = False,
) -> None:
    """Play a day with invented papers and readers; no set-up, no internet."""
    from digest.demo import run
    from digest.logs import configure

    configure(level="warning")
    run(out, open_)
