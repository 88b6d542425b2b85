"""The daemon with quick ticks: `python -m tests.crash.brisk FAULT serve …`.

In:    the name of a fault to put in, or NONE; the arguments of `digest`.
Out:   the daemon as always, but its ticks and beats come several times a second.
Never: another change: how it takes a clock that is set is how the real program takes it.
"""

import sys

from digest import daemon
from digest.cli.root import run
from digest.jobs import enqueue
from digest.watchdog import Watchdog
from tests.crash.broken import VARIANTS

TICK = 0.4
INTERVAL = 6.0  # of the watchdog: twelve beats
NONE = "none"


def sleeps_on() -> None:
    """The ticks are planned by the wall clock, and nobody looks whether it was set."""
    Watchdog._look_at_the_clock = lambda _: None  # type: ignore[method-assign]


def says_nothing() -> None:
    """Dates that were passed over are written nowhere."""
    enqueue._passed_over = lambda *_: []


FAULTS = {**VARIANTS, "sleeps-on": sleeps_on, "says-nothing": says_nothing, NONE: lambda: None}


def program(fault: str) -> tuple[str, ...]:
    """What stands before the arguments, for a lab."""
    assert fault in FAULTS, fault
    return sys.executable, "-m", "tests.crash.brisk", fault


if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    daemon.MAIL_SECONDS = daemon.INGEST_SECONDS = TICK  # type: ignore[assignment]
    daemon.WATCHDOG_SECONDS = INTERVAL
    sys.exit(run(sys.argv[2:]))
