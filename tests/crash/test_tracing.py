"""What a trace says, and what the disk makes of it: a power cut takes neither too much nor too little."""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from tests.crash.disk import FILES, NAMES, SECTOR, Disk, Files
from tests.crash.stepping import CALLS
from tests.crash.syscalls import stepper
from tests.crash.tracing import Call, read, record

DATABASE = PurePath("/made/up/digest.db")
FOLDER = 90
PROGRAM = """
import os, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.pwrite(file, "Füße, (zwei)".encode(), 512)
os.fdatasync(file)
os.unlink(sys.argv[1])
try:
    os.unlink(sys.argv[1])
except FileNotFoundError:
    os.write(1, b"done")
"""


@pytest.mark.slow  # needs strace or ptrace, which not every machine allows
def test_a_trace_has_every_byte_and_no_call_that_failed(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "digest.db")
    command = [sys.executable, "-c", PROGRAM, os.fsdecode(path)]
    calls = record(command, (*NAMES, "write", "not_on_this_machine"), tmp_path / "log", cwd=tmp_path)
    opened = next(call for call in calls if path in call.arguments)
    assert calls[calls.index(opened) + 1 :] == [
        Call("pwrite64", (opened.result, "Füße, (zwei)".encode(), 14, 512), 14),
        Call("fdatasync", (opened.result,), 0),
        Call("unlink", (path,), 0),
        Call("write", (1, b"done", 4), 4),
    ]


@pytest.mark.slow  # needs strace or ptrace, which not every machine allows
def test_a_program_that_fails_is_no_trace(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        record([sys.executable, "-c", "raise SystemExit(3)"], NAMES, tmp_path / "log", cwd=tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        r'12 write(1, "\x61"..., 40) = 40',
        r"12 fsync(3 <unfinished ...>",
        "12 +++ killed by SIGKILL +++",
    ],
    ids=["cut short", "interrupted", "killed"],
)
def test_what_is_not_whole_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match=r"not a whole call|non-hexadecimal"):
        list(read([line]))


def test_the_order_of_two_threads_is_not_known() -> None:
    with pytest.raises(ValueError, match="one thread"):
        list(read(["12 fsync(3) = 0", "13 fsync(3) = 0"]))


def test_what_was_synced_is_there_and_what_was_not_may_be() -> None:
    disk = _disk(_opened("digest.db", 3), _wrote(3, b"a" * SECTOR, 0), _synced(3), _wrote(3, b"b" * SECTOR, SECTOR))
    assert {files["digest.db"] for files in _boots(disk)} == {
        b"a" * SECTOR,
        b"a" * SECTOR + bytes(SECTOR),  # it grew, and the data did not come
        b"a" * SECTOR + b"b" * SECTOR,
    }


def test_a_write_is_torn_between_sectors_only() -> None:
    disk = _disk(_opened("digest.db", 3), _wrote(3, b"a" * 2 * SECTOR, 0), _synced(3), _wrote(3, b"b" * SECTOR, 256))
    halves = {files["digest.db"] for files in _boots(disk)}
    first = b"a" * 256 + b"b" * 256, b"a" * SECTOR
    second = b"b" * 256 + b"a" * 256, b"a" * SECTOR
    assert halves == {one + other for one in first for other in second}


def test_a_later_write_to_a_sector_brings_the_earlier_ones_with_it() -> None:
    disk = _disk(_opened("digest.db", 3), _wrote(3, b"....", 0), _synced(3), _wrote(3, b"a", 0), _wrote(3, b"b", 1))
    assert {files["digest.db"] for files in _boots(disk)} == {b"....", b"a...", b"ab.."}


def test_sectors_reach_the_disk_in_any_order() -> None:
    zeros = _wrote(3, b"." * 2 * SECTOR, 0)
    disk = _disk(_opened("digest.db", 3), zeros, _synced(3), _wrote(3, b"a", 0), _wrote(3, b"b", SECTOR))
    found = {(files["digest.db"][0:1], files["digest.db"][SECTOR : SECTOR + 1]) for files in _boots(disk)}
    assert found == {(b".", b"."), (b"a", b"."), (b".", b"b"), (b"a", b"b")}


def test_a_file_cut_short_may_keep_its_length() -> None:
    cut = Call("ftruncate", (3, 2), 0)
    disk = _disk(_opened("digest.db", 3), _wrote(3, b"abcd", 0), _synced(3), cut)
    assert {files["digest.db"] for files in _boots(disk)} == {b"abcd", b"ab"}


def test_names_come_and_go_in_their_order_until_they_are_synced() -> None:
    removed = Call("unlink", (os.fsencode(DATABASE.with_name("digest.db-wal")),), 0)
    disk = _disk(_opened("digest.db", 3), _opened("digest.db-wal", 4), removed)
    assert {tuple(files) for files in _boots(disk)} == {(), ("digest.db",), ("digest.db", "digest.db-wal")}
    disk.obey(_synced(4))  # of a file: its own name and those before it, not that it was removed since
    assert {tuple(files) for files in _boots(disk)} == {("digest.db",), ("digest.db", "digest.db-wal")}
    disk.obey(Call("openat", ("AT_FDCWD", os.fsencode(DATABASE.parent), "O_RDONLY"), FOLDER))
    disk.obey(_synced(FOLDER))
    assert {tuple(files) for files in _boots(disk)} == {("digest.db",)}


def test_a_write_that_the_disk_does_not_know_is_not_overlooked() -> None:
    with pytest.raises(ValueError, match="pwritev"):
        _disk(_opened("digest.db", 3), Call("pwritev", (3, "[]", 1, 0), 4))
    _disk(_opened("digest.db-shm", 3), Call("pwritev", (3, "[]", 1, 0), 4))
    with pytest.raises(ValueError, match="rename"):
        _disk(Call("rename", (b"/made/up/new", os.fsencode(DATABASE)), 0))
    _disk(Call("rename", (b"/made/up/new", b"/made/up/other"), 0))


def test_every_file_of_a_database_is_known() -> None:
    known = {f"digest.db{ending}" for ending in (*FILES, ".mark.abc.1")}
    disk = _disk(*(_opened(name, number) for number, name in enumerate([*sorted(known), "digest.db-shm", "other"])))
    assert set(disk.now) == known


STEPS = """
import os, sys, threading
file = os.open(sys.argv[1], os.O_RDWR)
def write(text):
    os.pwrite(file, text, 0)
os.listdir(".")
for text in (b"one", b"two", b"thr"):
    thread = threading.Thread(target=write, args=(text,))
    thread.start()
    thread.join()
sys.exit(5)
"""


@pytest.mark.slow  # needs strace or ptrace, which not every machine allows
def test_calls_are_counted_over_all_threads_and_the_chosen_one_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(STEPS)
    path = tmp_path / "file"
    found = []
    with stepper() as steps:
        for number in range(5):
            path.write_bytes(b"old")
            ended = steps.run(number, path, tmp_path / "log", [str(tmp_path / "program.py"), str(path)])
            found.append((*ended, path.read_bytes()))
    assert found == [
        (3, "pwrite64", 5, b"thr"),
        (1, "pwrite64", -9, b"old"),
        (2, "pwrite64", -9, b"one"),
        (3, "pwrite64", -9, b"two"),
        (3, "pwrite64", 5, b"thr"),
    ]


def test_both_machines_know_the_same_calls() -> None:
    only_old = {"rename", "unlink"}  # of one machine; the other has the newer ones alone
    assert CALLS["x86_64"].keys() - only_old == CALLS["aarch64"].keys()


def _disk(*calls: Call) -> Disk:
    disk = Disk(DATABASE)
    for call in calls:
        disk.obey(call)
    return disk


def _opened(name: str, descriptor: int) -> Call:
    return Call("openat", ("AT_FDCWD", os.fsencode(DATABASE.with_name(name)), "O_RDWR|O_CREAT", "0600"), descriptor)


def _wrote(descriptor: int, data: bytes, at: int) -> Call:
    return Call("pwrite64", (descriptor, data, len(data), at), len(data))


def _synced(descriptor: int) -> Call:
    return Call("fsync", (descriptor,), 0)


def _boots(disk: Disk) -> Iterator[Files]:
    """Enough of them to see all that can be."""
    return (disk.after_cut(random.Random(seed)) for seed in range(500))
