"""`digest serve`: the daemon.

In:    the configuration.
Out:   ticks and pages until a signal; log lines on stderr.
Never: in the background: whoever starts it (systemd, a container) looks after it.
"""

from enum import StrEnum
from typing import Annotated

import typer

from digest.cli.opening import read_config
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
    from digest.clock import SystemClock
    from digest.daemon import serve as run
    from digest.logs import configure

    configure(json=as_json)
    run(lambda: read_config(config), SystemClock(), only.value if only else None)
