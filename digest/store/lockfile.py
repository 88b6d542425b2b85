"""The file beside a SQLite database: who sends from it, and the mark it was last seen with.

In:    the path of a database file.
Out:   the lock that one living process has at most, its holder's number, the mark.
Never: the database file itself opened: to close it would drop the locks SQLite has on it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.errors import StoreError

# Two fields of fixed width, each written in one go and in place: another file under this name would have its own lock.
MARK_FIELD, HOLDER_FIELD, WIDTH = 0, 64, 64


@dataclass(frozen=True, slots=True)
class LockFile:
    """An open lock file. The lock ends with the process, however that ends; a forked child would share it."""

    path: Path
    descriptor: int

    def take(self) -> bool:
        """Whether the lock is ours now. The next to be refused learns our number from the file."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._put(HOLDER_FIELD, str(os.getpid()))
        return True

    @property
    def holder(self) -> str:
        return self._field(HOLDER_FIELD)

    @property
    def mark(self) -> str:
        return self._field(MARK_FIELD)

    def keep(self, mark: str) -> None:
        """Writes the mark so that a power cut leaves it or the one before."""
        with _told(self.path):
            self._put(MARK_FIELD, mark)
            os.fsync(self.descriptor)

    def is_in_place(self) -> bool:
        """False when somebody removed the file: then the next one's lock would not meet ours."""
        try:
            return os.path.samestat(os.fstat(self.descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _put(self, offset: int, value: str) -> None:
        os.pwrite(self.descriptor, value.ljust(WIDTH - 1).encode() + b"\n", offset)

    def _field(self, offset: int) -> str:
        return os.pread(self.descriptor, WIDTH, offset).decode(errors="replace").strip()


def beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


@contextmanager
def opened(path: Path) -> Iterator[LockFile]:
    """The lock file, made where there is none, closed again at the end."""
    with _told(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if os.geteuid() == 0:  # as SQLite does with its own: else the user that runs digest could not open it
            folder = path.parent.stat()
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
        sync_folder(path)
    try:
        yield LockFile(path, descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """The name of a file too must survive a power cut."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        mend = "let the user that runs digest write the file and its folder"
        raise StoreError(f"{path} cannot be used: {error.strerror}", mend) from error
