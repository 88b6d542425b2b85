"""A program under strace, and what it asked of the kernel, in order and with every byte.

In:    a command of one thread, the names of the calls that matter.
Out:   the calls that succeeded, one after the other.
Never: a guess: a line that is cut short or of another thread is an error.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CALL = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
ANY_LENGTH = 1 << 20  # of a string, in bytes
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Call:
    """Strings are bytes, numbers are numbers, anything else is as strace writes it."""

    name: str
    arguments: tuple[bytes | int | str, ...]
    result: int


def record(command: Sequence[str], names: Iterable[str], log: Path, *, cwd: Path) -> list[Call]:
    """Runs the command to its end. Raises RuntimeError when strace is missing or the command fails."""
    strace = shutil.which("strace")
    if strace is None:
        raise RuntimeError("strace is missing: apt-get install strace")
    known = ",".join(f"?{name}" for name in names)  # `?`: not every machine has each of them
    watched = [strace, "-f", "--seccomp-bpf", "-xx", "-s", str(ANY_LENGTH), "-e", f"trace={known}", "-o", str(log)]
    done = subprocess.run([*watched, *command], cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr}")
    with log.open() as lines:
        return list(read(lines))


def read(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of a log written with -f and -xx: no text in it has a comma or a bracket of its own."""
    threads = set()
    for line in lines:
        found = CALL.match(line)
        if found is None:
            if "exited with 0" in line or ") = ?" in line:
                continue
            raise ValueError(f"not a whole call: {line[:200]}")
        threads.add(found["thread"])
        if len(threads) > 1:
            raise ValueError("the order of calls is only known within one thread")
        if int(found["result"]) >= 0:
            arguments = tuple(_value(each) for each in found["arguments"].split(", "))
            yield Call(found["name"], arguments, int(found["result"]))


def _value(written: str) -> bytes | int | str:
    if written.startswith('"'):
        return bytes.fromhex(written[1:-1].replace("\\x", ""))  # fails on the dots that follow a string cut short
    return int(written) if re.fullmatch(r"-?\d+", written) else written
