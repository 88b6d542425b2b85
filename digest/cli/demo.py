"""`digest demo`: the whole day on this machine, nothing to set up.

In:    a folder.
Out:   the mails of three readers in it.
Never: mail to anybody.
"""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option("--out", help="Where to put the mails.")] = Path("demo"),
    open_: Annotated[bool, typer.Option("--open", help="Open its index in the browser.")] = False,
) -> None:
    """Play the whole job on embedded parts, with live papers if the sources answer at once, else invented ones."""
    from digest.demo import run
    from digest.logs import configure

    configure(level="warning")
    run(out, open_)
