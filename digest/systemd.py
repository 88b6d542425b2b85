"""What systemd is told of the service: sd_notify(3), without its library.

In:    NOTIFY_SOCKET and WATCHDOG_USEC, as systemd sets them.
Out:   datagrams: ready, reloading, stopping, status, watchdog; nothing at all where systemd did not start us.
Never: an error that stops the service: a supervisor that is gone has nothing to be told.
"""

import os
import socket
import time
from contextlib import suppress


class Systemd:
    """Takes both variables out of the environment: they are meant for this process and not for its children."""

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        microseconds = os.environ.pop("WATCHDOG_USEC", "")
        ours = os.environ.pop("WATCHDOG_PID", "") in ("", str(os.getpid()))
        self.watchdog = int(microseconds) / 1e6 if microseconds.isdigit() and ours else None

    def ready(self, status: str) -> None:
        """The service is up, or up again after `reloading`."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={microseconds}", "STATUS=reading the configuration again")

    def stopping(self) -> None:
        self._tell("STOPPING=1", "STATUS=finishing what is under way")

    def alive(self, status: str) -> None:
        """Puts the watchdog off for another interval."""
        self._tell("WATCHDOG=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        self._tell(f"STATUS={status}")

    def stuck(self, status: str) -> None:
        """Asks to be ended and started anew, now (the watchdog's action)."""
        self._tell(f"STATUS={status}", "WATCHDOG=trigger")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address  # an abstract socket
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            channel.sendto("\n".join(lines).encode(), address)
