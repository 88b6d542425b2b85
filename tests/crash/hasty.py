"""The program in a hurry: what it waits out takes seconds. `python -m tests.crash.hasty VARIANT COMMAND …`

In:    the name of a fault to put in, or NONE; the arguments of `digest`.
Out:   the command line as always, with short deadlines and leases, and a tick each second.
Never: another change: what it does in a trouble is what the real program does.
"""

import sys
from typing import Any

from digest import daemon
from digest.cli.root import run
from digest.errors import StoreUnavailable
from digest.store import ledger
from digest.store.database import Database
from digest.store.deliveries import Deliveries
from tests.crash.broken import VARIANTS

DEADLINE = 2.0
TICK = 1
LEASE = 20
NONE, GIVES_UP = "none", "gives-up"


def gives_up() -> None:
    """An answer that cannot be written down at once is forgotten."""
    settle = Deliveries.settle

    def once(*given: Any, **named: Any) -> bool:
        try:
            return settle(*given, **named)
        except StoreUnavailable:
            return True

    Deliveries.settle = once  # type: ignore[method-assign]


FAULTS = {**VARIANTS, GIVES_UP: gives_up, NONE: lambda: None}


def program(variant: str) -> tuple[str, ...]:
    """What stands before the arguments, for a lab."""
    assert variant in FAULTS, variant
    return sys.executable, "-m", "tests.crash.hasty", variant


if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    Database.__init__.__defaults__ = (DEADLINE,)
    daemon.MAIL_SECONDS = TICK
    ledger.LEASE_SECONDS = LEASE  # of what is in transmission
    sys.exit(run(sys.argv[2:]))
