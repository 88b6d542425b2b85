"""What systemd does for a service of Type=notify with a watchdog, in a thread: no more of it than P16 needs.

In:    a way to start the program, the seconds of WatchdogSec.
Out:   a program that is ended and started anew when it asks for that, says nothing in time, or ends; when each was.
Never: a judgement of its own on how the program is.
"""

import signal
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from subprocess import Popen
from time import monotonic
from types import TracebackType
from typing import Self

import psutil

ABORT_SECONDS = 5  # TimeoutAbortSec, after which SIGABRT becomes SIGKILL
RESTART_SECONDS = 0.1  # RestartSec, where the unit says nothing
LOOK = 0.1

Start = Callable[[Mapping[str, str]], "Popen[bytes]"]


@dataclass(slots=True)
class Supervisor:
    """A context manager. `ready` and `ended` hold the moments at which the program said READY=1, and was ended."""

    start: Start
    name: str  # of an abstract socket, as @digest
    seconds: float  # WatchdogSec
    before_start: Callable[[], None]
    process: "Popen[bytes] | None" = None
    ready: list[float] = field(default_factory=list)
    ended: list[tuple[float, str]] = field(default_factory=list)
    _heard_at: float = float("inf")
    _status: str = ""
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look_after)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        assert self._thread
        self._thread.join()

    @property
    def status(self) -> str:
        """The newest STATUS."""
        return self._status

    def _look_after(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.bind("\0" + self.name[1:])
            channel.settimeout(LOOK)
            try:
                while not self._over.is_set():
                    self._one_life(channel)
                    self._over.wait(RESTART_SECONDS)
            finally:
                self._kill()

    def _one_life(self, channel: socket.socket) -> None:
        self._heard_at = float("inf")  # WatchdogSec begins with READY
        self.before_start()
        self.process = self.start({"NOTIFY_SOCKET": self.name, "WATCHDOG_USEC": str(int(self.seconds * 1e6))})
        while not self._over.is_set():
            why = self._end_of_it(self._heard(channel))
            if why:
                self.ended.append((monotonic(), why))
                self._end()
                return

    def _heard(self, channel: socket.socket) -> dict[str, str]:
        try:
            lines = channel.recv(4096).decode().splitlines()
        except TimeoutError:
            return {}
        said = dict(line.split("=", 1) for line in lines)
        self._status = said.get("STATUS", self._status)
        if "READY" in said:
            self.ready.append(monotonic())
        if "READY" in said or said.get("WATCHDOG") == "1":
            self._heard_at = monotonic()
        return said

    def _end_of_it(self, said: Mapping[str, str]) -> str:
        assert self.process
        if self.process.poll() is not None:
            return f"it ended with {self.process.returncode}"
        if said.get("WATCHDOG") == "trigger":
            return f"it asked for it: {self._status}"
        if monotonic() - self._heard_at > self.seconds:
            return "it said nothing"
        return ""

    def _end(self) -> None:
        """As KillMode=control-group does: SIGABRT to the service, then SIGKILL to all that is left."""
        assert self.process
        family = self._family()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGABRT)
            psutil.wait_procs(family[:1], ABORT_SECONDS)
        _kill(family)
        self.process.wait()

    def _kill(self) -> None:
        if self.process:
            _kill(self._family())
            self.process.wait()

    def _family(self) -> list[psutil.Process]:
        assert self.process
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _kill(family: list[psutil.Process]) -> None:
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
