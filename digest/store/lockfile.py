"""The files beside a SQLite database: who sends from it, and the mark it was last seen with.

In:    the path of a database file.
Out:   the lock that one living process has at most, its holder's number, the mark.
Never: the database file itself opened: to close it would drop the locks SQLite has on it.

The mark is the name of an empty file: whoever puts a folder back over this one adds names, and takes none away.
"""

import fcntl
import glob
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.errors import StoreError

ENDING = ".lock"
WIDTH = 32  # of the holder's number, written in place: another file under this name would have a lock of its own
GET_GENERATION = 0x80007601 | struct.calcsize("l") << 16  # FS_IOC_GETVERSION


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
        os.pwrite(self.descriptor, str(os.getpid()).ljust(WIDTH - 1).encode() + b"\n", 0)
        return True

    @property
    def holder(self) -> str:
        return os.pread(self.descriptor, WIDTH, 0).decode(errors="replace").strip()

    @property
    def number(self) -> str:
        """That of the file, and where the file system knows it what tells it from the next file of that number."""
        inode = os.fstat(self.descriptor).st_ino
        try:
            return f"{inode} {fcntl.ioctl(self.descriptor, GET_GENERATION, bytes(8))[:4].hex()}"
        except OSError:
            return str(inode)

    def marks(self) -> list[str]:
        """More than one after a crash, and where a folder was put back over this one."""
        return [each.name.removeprefix(self._stem) for each in self._mark_files()]

    def keep(self, mark: str) -> None:
        """In place of those there are. A crash or a power cut leaves the new, the old or both."""
        with _told(self.path):
            name, before = self.path.with_name(f"{self._stem}{mark}"), self._mark_files()
            name.touch(0o600)
            for each in before:
                if each != name:
                    each.unlink()
            sync_folder(self.path)

    @property
    def _stem(self) -> str:
        return f"{self.path.name.removesuffix(ENDING)}.mark."

    def _mark_files(self) -> list[Path]:
        return sorted(self.path.parent.glob(f"{glob.escape(self._stem)}*"))

    def is_in_place(self) -> bool:
        """False when somebody removed the file: then the next one's lock would not meet ours."""
        try:
            return os.path.samestat(os.fstat(self.descriptor), self.path.stat())
        except FileNotFoundError:
            return False


def beside(database: Path) -> Path:
    return database.with_name(f"{database.name}{ENDING}")


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
