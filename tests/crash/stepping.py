"""Kills the program before one certain system call: `python -m tests.crash.stepping`, an order in JSON a line.

In:    the number of the call, counted over all threads from the first that opens a path; 0: none; what to run.
Out:   how many calls there were, the name of the last, and how the program ended, in JSON.
Never: a count of what only reads, or of what the program's own children do.

strace counts the calls of each thread by themselves, and which thread takes which work is chance: it would miss some
calls and meet others twice. So this traces with ptrace(2); a seccomp(2) filter stops the program at these calls alone.
The program is forked from this process, which has its modules loaded: a start from nothing costs as much as the run.
"""

import ctypes
import json
import os
import platform
import runpy
import signal
import struct
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

LOADED = ("digest.cli.root", "digest.cli.jobs", "digest.cli.cycle", "digest.app", "aiosmtplib")

# The calls that change something outside the process, or bring news from there; their numbers by machine.
CALLS = {
    "x86_64": {
        "write": 1, "pwrite64": 18, "sendfile": 40, "connect": 42, "sendto": 44, "recvfrom": 45,
        "sendmsg": 46, "recvmsg": 47, "shutdown": 48, "flock": 73, "fsync": 74, "fdatasync": 75, "ftruncate": 77,
        "rename": 82, "unlink": 87, "openat": 257, "unlinkat": 263, "renameat": 264, "pwritev": 296,
    },
    "aarch64": {
        "write": 64, "pwrite64": 68, "sendfile": 71, "connect": 203, "sendto": 206, "recvfrom": 207,
        "sendmsg": 211, "recvmsg": 212, "shutdown": 210, "flock": 32, "fsync": 82, "fdatasync": 83, "ftruncate": 46,
        "openat": 56, "unlinkat": 35, "renameat": 38, "pwritev": 70,
    },
}  # fmt: skip
SECONDS = 120  # a run that takes longer hangs, and dies of an alarm
TRACEME, CONT, SETOPTIONS, GET_SYSCALL_INFO = 0, 7, 0x4200, 0x420E
FORK, VFORK, CLONE, EXEC, SECCOMP = 1, 2, 3, 4, 7  # events, and the bits of their options
OPTIONS = sum(1 << event for event in (FORK, VFORK, CLONE, EXEC, SECCOMP)) | 1 << 20  # 20: nobody outlives the tracer
NO_NEW_PRIVILEGES, SET_FILTER = (38, 1, 0, 0, 0), (22, 2)
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
TRACE, ALLOW = 0x7FF00000, 0x7FFF0000
INFO = struct.Struct("=B3xIQQ Q6Q I4x")  # struct ptrace_syscall_info of a seccomp stop
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
libc.ptrace.restype = ctypes.c_long


@dataclass(slots=True)
class Steps:
    """The calls of one process, counted."""

    process: int
    path: bytes
    count: int = 0
    last: str = ""
    begun: bool = False

    def take(self, thread: int) -> None:
        """Counts the call that the thread is about to make, if it is one of those."""
        name, arguments = _call(thread)
        if not Path(f"/proc/{self.process}/task/{thread}").exists():
            return
        if name == "openat":
            self.begun = self.begun or _text(thread, arguments[1], len(self.path)) == self.path
            if not arguments[2] & os.O_CREAT:
                return
        if self.begun:
            self.count, self.last = self.count + 1, name


def run(number: int, path: str, log: str, command: Sequence[str]) -> tuple[Steps, int]:
    """The calls of `python -m COMMAND`, and how it ended: with an exit status, or minus the signal."""
    process = os.fork()
    if not process:
        _become(log, command)
    os.waitpid(process, 0)
    if libc.ptrace(SETOPTIONS, process, None, OPTIONS) < 0:
        raise RuntimeError(f"this machine does not let us trace: {os.strerror(ctypes.get_errno())}")
    _ptrace(CONT, process)
    steps, killed = Steps(process, os.fsencode(path)), False
    while True:
        thread, status = os.waitpid(-1, 0x40000000)  # threads too
        if thread == process and not os.WIFSTOPPED(status):
            return steps, os.waitstatus_to_exitcode(status)
        if os.WIFSTOPPED(status):
            if status >> 16 == SECCOMP and not killed:
                steps.take(thread)
                if killed := steps.count == number > 0:
                    os.kill(process, signal.SIGKILL)
            _go_on(thread, status)


def _go_on(thread: int, status: int) -> None:
    """Signals are passed on; the stops that belong to the tracing are not."""
    stop = os.WSTOPSIG(status)
    ours = status >> 16 or stop in (signal.SIGTRAP, signal.SIGSTOP)
    _ptrace(CONT, thread, 0 if ours else stop)


def _become(log: str, command: Sequence[str]) -> None:
    """In the child: stops, to be traced, and turns into the program."""
    sys.stdin.close()
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    libc.ptrace(TRACEME, 0, None, None)
    os.kill(os.getpid(), signal.SIGSTOP)
    signal.alarm(SECONDS)
    _filter()
    end: object = 1
    try:
        sys.argv = [*command]
        if command[0].endswith(".py"):
            runpy.run_path(command[0], run_name="__main__")
        else:
            runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    except SystemExit as left:
        end = left.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(end if isinstance(end, int) else 1)


def _filter() -> None:
    """From here on this process, its threads and its children stop at the calls that count."""
    numbers = CALLS[platform.machine()].values()
    rules = [(EQUAL, left, 0, call) for left, call in zip(range(len(numbers), 0, -1), numbers, strict=True)]
    rules = [(LOAD, 0, 0, 0), *rules, (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, TRACE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(rules), ctypes.addressof(code)))
    assert libc.prctl(*NO_NEW_PRIVILEGES) == 0
    assert libc.prctl(*SET_FILTER, header) == 0


def _call(thread: int) -> tuple[str, tuple[int, ...]]:
    info = ctypes.create_string_buffer(INFO.size)
    if libc.ptrace(GET_SYSCALL_INFO, thread, INFO.size, ctypes.addressof(info)) <= 0:
        return "", ()
    _op, _arch, _ip, _sp, number, *arguments, _data = INFO.unpack(info.raw)
    return next(name for name, known in CALLS[platform.machine()].items() if known == number), tuple(arguments)


def _text(thread: int, address: int, size: int) -> bytes:
    with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(size + 1).rstrip(b"\0")


def _ptrace(request: int, thread: int, data: int = 0) -> None:
    """A thread may have died meanwhile."""
    libc.ptrace(request, thread, None, data)


def main() -> None:
    for module in LOADED:
        import_module(module)
    for line in sys.stdin:
        steps, end = run(**json.loads(line))
        print(json.dumps([steps.count, steps.last, end]), flush=True)


if __name__ == "__main__":
    main()
