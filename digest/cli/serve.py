"""`digest serve`: the daemon.

In:    the configuration.
Out:   ticks and pages until a signal; log lines on stderr.
Never: in the background: whoever starts it (systemd, a container) looks after it.
"""

from enum import StrEnum
from typing import Annotated

import typer

from digest.cli.opening import opened
from digest.cli.options import ConfigPath


class Part(StrEnum):
    WEB = "web"
    SCHEDULER = "scheduler"


def serve(
    only: Annotated[Part | None, typer.Option(help="One part of it alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Log lines as JSON.")] = False,
    config: ConfigPath = None,
) -> None:
    """Run the daemon: scheduler and web pages."""
    from digest.daemon import serve as run
    from digest.logs import configure

    with opened(config) as app:
        configure(json=as_json)
        run(app, only.value if only else None)
