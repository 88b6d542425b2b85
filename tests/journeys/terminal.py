"""A terminal that a test types into and reads, by tmux.

In:    keys.
Out:   what stands on the screen.
Never: the tmux of whoever runs the test, or its settings.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

PATIENCE = 200  # looks


@dataclass(frozen=True, slots=True)
class Screen:
    socket: Path

    def keys(self, *typed: str) -> None:
        self._tmux("send-keys", *typed)

    def shows(self, words: str) -> str:
        """The whole screen, once these words are on it."""
        for _ in range(PATIENCE):
            screen = self._tmux("capture-pane", "-p")
            if words in screen:
                return screen
            Event().wait(0.05)
        raise AssertionError(f"“{words}” is not on the screen:\n{screen}")

    def _tmux(self, *command: str) -> str:
        return tmux(self.socket, *command)


@contextmanager
def terminal(folder: Path, columns: int, lines: int) -> Iterator[Screen]:
    """A shell in `folder`."""
    socket = folder / "tmux"
    size = "-x", str(columns), "-y", str(lines)
    tmux(socket, "-f", "/dev/null", "new-session", "-d", *size, "-c", str(folder), "env", "PS1=$ ", "sh")
    try:
        yield Screen(socket)
    finally:
        tmux(socket, "kill-server")


def tmux(socket: Path, *command: str) -> str:
    language = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "HOME": str(socket.parent)}
    language.pop("TMUX", None)
    done = subprocess.run(["tmux", "-u", "-S", socket, *command], capture_output=True, check=True, env=language)
    return done.stdout.decode()
