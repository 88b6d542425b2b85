"""What can happen to the place where a database lies; each begins and ends.

In:    the file of a SQLite database or the server of a PostgreSQL one; the daemon that uses it.
Out:   a context manager a trouble, to be told apart by name.
Never: harm to another file of this machine: the small disk is one of this process's own.
"""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.crash.server import PostgreSQL

DISK = "24m"
PATIENCE = 60.0  # seconds to wait for a lock of the daemon's
Daemon = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A brief one ends whether or not the daemon has noticed it."""

    name: str
    begin: Callable[[Daemon], AbstractContextManager[None]]
    brief: bool = False


def of_postgresql(server: PostgreSQL, times: int) -> list[Trouble]:
    """That often restarted, most often at once; a fifth as often something that lasts."""
    lasting = max(1, times // 5)
    return [
        *[Trouble("PostgreSQL restarted", lambda _: server.away(), brief=True)] * (times - lasting),
        *[Trouble("PostgreSQL away for a while", lambda _: server.away())] * lasting,
        *[Trouble("PostgreSQL read-only", lambda _: server.read_only())] * lasting,
    ]


def of_sqlite(file: Path, times: int) -> list[Trouble]:
    """Each kind that often."""
    kinds = (
        Trouble("disk full", lambda _: _full(file)),
        Trouble("disk broken (EIO)", partial(_writes_fail, error="EIO")),
        Trouble("disk read-only (EROFS)", partial(_writes_fail, error="EROFS")),
        Trouble("database locked", lambda _: _locked(file)),
    )
    return [*kinds] * times


def mount_small_disk(folder: Path) -> None:
    """In a process that was started by `unshare -m`: for it and its children alone."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=True)


@contextmanager
def _full(file: Path) -> Iterator[None]:
    """Not a page is left. The log is cut first: else it would be written anew from its beginning for a long time."""
    with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as conn:
        while conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            pass
    filler = file.with_name("filler")
    with filler.open("wb", buffering=0) as rest, suppress(OSError):
        while rest.write(bytes(4096)):
            pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def _writes_fail(daemon: Daemon, error: str) -> Iterator[None]:
    """Each write and each sync of a database file fails, from now until the end."""
    calls = "pwrite64,fdatasync,ftruncate"
    fault = ["-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"]
    command = ["strace", "-f", "-o", "/dev/null", *fault, "-p", str(daemon.pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr
        line = strace.stderr.readline()
        if "attached" not in line:
            raise RuntimeError(f"strace cannot attach: {line}")
        try:
            yield
        finally:
            strace.terminate()
