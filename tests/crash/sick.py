"""The daemon, which falls ill when it gets SIGUSR1: `python -m tests.crash.sick ILLNESS FAULT serve …`.

In:    the name of an illness; that of a fault to put in, or NONE; the arguments of `digest`.
Out:   the daemon as always, until the signal.
Never: an illness in the next life, unless it gets the signal again.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from digest.cli.root import run
from digest.store.database import Database
from digest.store.deliveries import Deliveries
from digest.store.engine import Store
from digest.systemd import Systemd
from digest.watchdog import Watchdog
from tests.crash.broken import VARIANTS

NONE = "none"
FOR_EVER = threading.Event()  # nobody sets it
ILL = threading.Event()


def loop_sleeps() -> None:
    """The event loop stands, the threads go on."""
    signal.signal(signal.SIGUSR1, lambda *_: FOR_EVER.wait())


def loop_spins() -> None:
    """The event loop computes and never ends."""

    def spin(*_: object) -> None:
        while True:
            pass

    signal.signal(signal.SIGUSR1, spin)


def own_lock() -> None:
    """A thread of ours takes the turn to write and never gives it back."""

    def take(*_: object) -> None:
        for database in DATABASES:
            threading.Thread(target=database._turn.acquire, daemon=True).start()

    signal.signal(signal.SIGUSR1, take)


def tick_stuck() -> None:
    """The next thread that claims never comes back, while it holds nothing."""
    claim = Deliveries.claim

    def never(self: Deliveries, *given: Any, **named: Any) -> Any:
        if ILL.is_set():
            FOR_EVER.wait()
        return claim(self, *given, **named)

    Deliveries.claim = never  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR1, lambda *_: ILL.set())


def only_outside() -> None:
    """What befalls it comes from outside."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


ILLNESSES: dict[str, Callable[[], None]] = {
    "loop-sleeps": loop_sleeps,
    "loop-spins": loop_spins,
    "own-lock": own_lock,
    "tick-stuck": tick_stuck,
    "only-outside": only_outside,
}
DATABASES: list[Database] = []


def sees_nothing() -> None:
    """As long as the event loop turns, all is well."""
    Watchdog._what_is_stuck = lambda _: ""  # type: ignore[method-assign]


def from_a_thread() -> None:
    """Somebody beside the event loop says that all is well."""
    ready = Systemd.ready

    def go_on(self: Systemd) -> None:
        while True:
            self.alive("all is well")
            time.sleep(1)

    def reassuring(self: Systemd, status: str) -> None:
        ready(self, status)
        threading.Thread(target=go_on, args=(self,), daemon=True).start()

    Systemd.ready = reassuring  # type: ignore[method-assign]


FAULTS = {**VARIANTS, "sees-nothing": sees_nothing, "from-a-thread": from_a_thread, NONE: lambda: None}


def program(illness: str, fault: str) -> tuple[str, ...]:
    """What stands before the arguments, for a lab."""
    assert illness in ILLNESSES, illness
    assert fault in FAULTS, fault
    return sys.executable, "-m", "tests.crash.sick", illness, fault


if __name__ == "__main__":
    made = Store.__init__

    def known(self: Store, database: Database) -> None:
        DATABASES.append(database)
        made(self, database)

    Store.__init__ = known  # type: ignore[method-assign]
    ILLNESSES[sys.argv[1]]()
    FAULTS[sys.argv[2]]()
    sys.exit(run(sys.argv[3:]))
