"""The wall clock of other processes, told the time by a test: libfaketime, preloaded into them.

In:    a folder for the file that says how far the clock is off; moments.
Out:   what stands before a command so that it sees that clock, at once and for as long as it runs.
Never: another monotonic clock than the system's: machines whose time is set do not feel time pass otherwise.
"""

from datetime import datetime, timedelta
from pathlib import Path

from digest.clock import SystemClock

LIBRARY = "*/faketime/libfaketimeMT.so.1"


def library() -> Path | None:
    """libfaketime, where it is installed (apt-get install faketime)."""
    return next(iter(sorted(Path("/usr/lib").glob(LIBRARY))), None)


class WallClock:
    """Goes on like the system's; `moment` is what it shows, and may be set."""

    def __init__(self, folder: Path, moment: datetime) -> None:
        found = library()
        if found is None:
            raise RuntimeError("libfaketime is missing: apt-get install faketime")
        self._library, self._file = found, folder / "clock"
        self.moment = moment

    @property
    def moment(self) -> datetime:
        return SystemClock().now() + self._off

    @moment.setter
    def moment(self, shown: datetime) -> None:
        self._off = shown - SystemClock().now()
        seconds = self._off / timedelta(seconds=1)
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+.6f}\n")
        new.replace(self._file)  # nobody reads half of it

    def now(self) -> datetime:
        return self.moment

    def before(self, *command: str) -> tuple[str, ...]:
        """The command, under this clock."""
        settings = {
            "LD_PRELOAD": self._library,
            "FAKETIME_TIMESTAMP_FILE": self._file,
            "FAKETIME_NO_CACHE": 1,
            "FAKETIME_DONT_FAKE_MONOTONIC": 1,
            "FAKETIME_DONT_RESET": 1,
            "NO_FAKE_STAT": 1,
        }
        return ("env", *(f"{name}={value}" for name, value in settings.items()), *command)
