"""What is left of a database when the power fails.

In:    the calls of a program in their order, from before the database was made.
Out:   the files as the next boot may find them, chosen at random among all that the rules below allow.
Never: a loss of what an fsync has promised.

The rules are those of a journalling file system like ext4 with a drive that obeys a flush. What was written before a
completed fsync or fdatasync of its file is on disk. Of what was written after it each sector of 512 bytes is there as
any of the later writes left it, or as it was before all of them, whatever becomes of its neighbours; the file may have
grown by zeros in place of data. Entries of the folder appear and vanish in the order in which they were made; that of a
file is safe once the file or the folder was synced, and with it all entries made before.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath

from tests.crash.tracing import Call

SECTOR = 512
FILES = ("", "-wal", "-journal", ".lock")  # what comes after the name of the database; `-shm` is made anew
MARK = ".mark."  # and what such an ending begins with
KEPT = (0.0, 0.2, 0.5, 0.8, 1.0)  # how likely a write survives; one of them for each power cut
TORN = 0.3  # of the writes
GREW = 0.25  # of the writes that were lost past the end of the file
FOLDER = -1
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class _Write:
    at: int
    data: bytes

    @property
    def end(self) -> int:
        return self.at + len(self.data)

    def sectors(self) -> range:
        return range(self.at // SECTOR, (self.end - 1) // SECTOR + 1)

    def apply(self, content: bytearray, sectors: set[int]) -> None:
        """Those of its sectors."""
        for sector in sorted(sectors):
            start, end = max(self.at, sector * SECTOR), min(self.end, (sector + 1) * SECTOR)
            _grow(content, end)
            content[start:end] = self.data[start - self.at : end - self.at]


@dataclass(slots=True)
class _File:
    durable: bytearray = field(default_factory=bytearray)
    waiting: list[_Write | int] = field(default_factory=list)  # a number: cut to that size

    def sync(self) -> None:
        for each in self.waiting:
            if isinstance(each, int):
                _resize(self.durable, each)
            else:
                each.apply(self.durable, set(each.sectors()))
        self.waiting.clear()

    def after_cut(self, chance: random.Random, kept: float) -> bytes:
        content = bytearray(self.durable)
        for each, sectors in zip(self.waiting, self._survivors(chance, kept), strict=True):
            if isinstance(each, int):
                if sectors:
                    _resize(content, each)
                continue
            if len(sectors) < len(each.sectors()) and chance.random() < GREW:
                _grow(content, each.end)
            each.apply(content, sectors)
        return bytes(content)

    def _survivors(self, chance: random.Random, kept: float) -> list[set[int]]:
        """Of each write the sectors that reached the disk: with a later write to a sector come those before it."""
        survivors: list[set[int]] = []
        newer: set[int] = set()
        for each in reversed(self.waiting):
            sectors = {0} if isinstance(each, int) else set(each.sectors())
            chosen = _chosen(chance, kept, sectors)
            if isinstance(each, _Write):
                chosen |= sectors & newer
                newer |= chosen
            survivors.append(chosen)
        return survivors[::-1]


NAMES = ("openat", "close", "pwrite64", "ftruncate", "fsync", "fdatasync", "unlink", "unlinkat")
# SQLite has other ways to write on other machines: not known here, but not to be missed either.
UNKNOWN = (
    "write", "writev", "pwritev", "pwritev2", "fallocate", "sync_file_range", "truncate",
    "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
)  # fmt: skip


@dataclass(slots=True)
class Disk:
    """The folder of a database, and what one program did to those files in it that a reboot must find whole."""

    database: PurePath
    files: list[_File] = field(default_factory=list)
    now: dict[str, int] = field(default_factory=dict)  # what the program sees: name → file
    durable: dict[str, int] = field(default_factory=dict)
    entries: list[tuple[str, int | None]] = field(default_factory=list)  # made since, in order; None: removed
    opened: dict[int, int] = field(default_factory=dict)  # descriptor → file, or FOLDER

    def obey(self, call: Call) -> None:
        """Takes in the next call; those about other places change nothing."""
        steps: dict[str, Callable[[Call], None]] = {
            "openat": self._open,
            "close": self._close,
            "pwrite64": self._write,
            "ftruncate": self._truncate,
            "fsync": self._sync,
            "fdatasync": self._sync,
            "unlink": self._unlink,
            "unlinkat": self._unlink,
        }
        if call.name in steps:
            steps[call.name](call)
        elif call.arguments[0] in self.opened or self._names(call):
            raise ValueError(f"this disk does not know {call.name}")

    def _names(self, call: Call) -> bool:
        """Whether one of its paths is that of a file that must be found whole."""
        return any(self._concerned(PurePath(os.fsdecode(each))) for each in call.arguments if isinstance(each, bytes))

    @property
    def waiting(self) -> int:
        """Writes that no fsync has made safe yet."""
        return sum(len(self.files[file].waiting) for file in self.now.values())

    def after_cut(self, chance: random.Random) -> Files:
        """The files the next boot may find, if the power fails now."""
        kept = chance.choice(KEPT)
        names = dict(self.durable)
        for name, file in self.entries[: chance.randint(0, len(self.entries))]:
            _enter(names, name, file)
        return {name: self.files[file].after_cut(chance, kept) for name, file in names.items()}

    def _open(self, call: Call) -> None:
        path = _path(call)
        if path == self.database.parent:
            self.opened[call.result] = FOLDER
        if not self._concerned(path):
            return
        if path.name not in self.now:
            self.files.append(_File())
            self._enter(path.name, len(self.files) - 1)
        self.opened[call.result] = self.now[path.name]

    def _close(self, call: Call) -> None:
        self.opened.pop(_number(call, 0), None)

    def _write(self, call: Call) -> None:
        file = self.opened.get(_number(call, 0))
        if file is not None:
            data = call.arguments[1]
            assert isinstance(data, bytes)
            self.files[file].waiting.append(_Write(_number(call, 3), data[: call.result]))

    def _truncate(self, call: Call) -> None:
        file = self.opened.get(_number(call, 0))
        if file is not None:
            self.files[file].waiting.append(_number(call, 1))

    def _sync(self, call: Call) -> None:
        file = self.opened.get(_number(call, 0))
        if file is None:
            return
        safe = len(self.entries)
        if file != FOLDER:
            self.files[file].sync()
            safe = next((at + 1 for at, (_, made) in enumerate(self.entries) if made == file), 0)
        for name, made in self.entries[:safe]:
            _enter(self.durable, name, made)
        del self.entries[:safe]

    def _unlink(self, call: Call) -> None:
        path = _path(call)
        if self._concerned(path):
            self._enter(path.name, None)

    def _enter(self, name: str, file: int | None) -> None:
        _enter(self.now, name, file)
        self.entries.append((name, file))

    def _concerned(self, path: PurePath) -> bool:
        ending = path.name.removeprefix(self.database.name)
        return path.parent == self.database.parent and (ending in FILES or ending.startswith(MARK))


def _enter(names: dict[str, int], name: str, file: int | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


def _chosen(chance: random.Random, kept: float, sectors: set[int]) -> set[int]:
    """All of them, none, or some of a torn write."""
    if len(sectors) > 1 and chance.random() < TORN:
        return {sector for sector in sorted(sectors) if chance.random() < kept}
    return set(sectors) if chance.random() < kept else set()


def _grow(content: bytearray, size: int) -> None:
    content.extend(bytes(max(0, size - len(content))))


def _resize(content: bytearray, size: int) -> None:
    _grow(content, size)
    del content[size:]


def _path(call: Call) -> PurePath:
    [path] = [each for each in call.arguments if isinstance(each, bytes)]
    return PurePath(path.decode())


def _number(call: Call, place: int) -> int:
    number = call.arguments[place]
    assert isinstance(number, int)
    return number
