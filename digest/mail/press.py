"""Composes in a child process: a thread that loops cannot be stopped, nor can its memory be bounded.

In:    how a Composer is made, and digests or letters.
Out:   the same envelope and bytes as composing here, or a MessageError for the one digest that is at fault.
Never: a digest blamed for its neighbour or for us, a descriptor of ours in the child, a child that goes on without us.
"""

import asyncio
import os
import pickle
import resource
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Self

from digest.errors import DigestError, MessageError
from digest.mail.compose import Composer
from digest.model import Digest, Envelope, Letter

Make = Callable[[], Composer]

START_SECONDS = 60
PATIENCE = 30  # seconds beyond its deadline, which the child keeps by itself unless somebody stopped it
TRIES = 3  # for a digest: children that die before they begin, one after the other, are more than a mishap
LONGEST = 300  # characters of an error's text
_TOO_MUCH = 77  # exit status of a child that has no memory left to say so
_LENGTH = 4  # bytes that tell how long an answer is
_BEGUN = b"!"  # said at the first octet of an order: what ends the child from then on is the order's fault
_WORK = "import sys; sys.path[:] = sys.argv[1:]; from digest.mail.press import work; work()"


class Press:
    """An async context manager, which may be entered again after it was left. Its child starts at the first digest.

    One digest at a time, first come, first served. `make` must be picklable; each child calls it once. To compose
    takes a few milliseconds: a thousand times that is nobody's slow machine, and those who queue wait no longer for it.
    """

    def __init__(self, make: Make, seconds: float = 5.0, megabytes: int = 256) -> None:
        self._order = pickle.dumps((make, seconds, megabytes))
        self._seconds, self._megabytes = seconds, megabytes
        self._turn = asyncio.Lock()
        self._child: _Child | None = None

    async def __aenter__(self) -> Self:
        self._turn = asyncio.Lock()  # belongs to the loop that runs now
        return self

    async def __aexit__(self, *_: object) -> None:
        child, self._child = self._child, None
        if child:
            await child.end()

    async def compose(self, content: Digest | Letter) -> tuple[Envelope, bytes]:
        """Raises MessageError where this digest is at fault, another DigestError where nothing can be composed."""
        asked = pickle.dumps(content)  # while the child works on others
        async with self._turn:
            fine, answer = await self._asked(asked)
        if not fine:
            raise MessageError(*answer)
        envelope, message = answer
        return envelope, message

    async def _asked(self, asked: bytes) -> tuple[bool, Any]:
        """What a child says. One that died before it began is nobody's fault: another is asked, not for ever."""
        for _ in range(TRIES):
            if not (self._child and self._child.alive):
                self._child = await self._started()
            child = self._child
            try:
                return await child.ask(asked, self._seconds + PATIENCE)
            except EOFError:
                if child.began:
                    raise MessageError(self._end_of(child)) from None
        what = f"{TRIES} processes that compose ended before they began, the last one with {child.status}"
        raise DigestError(what, "see whether something kills them: the system's log tells")

    async def _started(self) -> "_Child":
        child = await _Child.start()
        try:
            fine, answer = await child.ask(self._order, START_SECONDS)
        except EOFError:
            raise DigestError(f"the process that composes ended with {child.status}", "see what it said") from None
        if not fine:
            await child.end()
            raise DigestError(f"nothing can be composed: {answer[0]}", *answer[1:])
        return child

    def _end_of(self, child: "_Child") -> str:
        if child.status == -signal.SIGALRM:
            return f"composing it took longer than {self._seconds:g} s"
        if child.status == _TOO_MUCH:
            return f"composing it needed more than {self._megabytes} MB"
        return f"the process that composed it ended with {child.status}"


class _Child:
    """A process that answers what it is asked. Whoever leaves it in the middle of an answer ends it."""

    def __init__(self, process: Process, orders: asyncio.StreamWriter, answers: asyncio.StreamReader) -> None:
        self._process, self._orders, self._answers = process, orders, answers
        self.began = False

    @classmethod
    async def start(cls) -> Self:
        command = sys.executable, "-c", _WORK, *sys.path
        try:  # a session of its own: what a terminal sends to us is not for it
            process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
        except OSError as error:
            mend = "see whether memory and processes are limited"
            raise DigestError(f"no process to compose in can be started: {error.strerror}", mend) from error
        return cls(process, process.stdin, process.stdout)  # type: ignore[arg-type]  # both are pipes

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def status(self) -> int | None:
        return self._process.returncode

    async def ask(self, what: bytes, seconds: float) -> tuple[bool, Any]:
        """Whether it went well, and the answer or the parts of an error. EOFError where it died of it."""
        self.began = False
        self._orders.write(what)
        try:
            async with asyncio.timeout(seconds):
                self.began = bool(await self._answers.readexactly(len(_BEGUN)))
                length = int.from_bytes(await self._answers.readexactly(_LENGTH), "big")
                fine, answer = pickle.loads(await self._answers.readexactly(length))  # noqa: S301 - our own child
                return fine, answer
        except TimeoutError:
            await self.end()
            mend = "see whether the machine is overloaded"
            raise DigestError("the process that composes does not answer", mend) from None
        except BaseException:
            await self.end()
            raise

    async def end(self) -> None:
        if not self._answers.at_eof():  # else it is dead, and asyncio loses the status of one that is killed then
            with suppress(ProcessLookupError):
                self._process.kill()
        await self._process.communicate()  # to the end of its pipe: nothing of it is left then


# --- in the child -------------------------------------------------------------------------------------------------


def work() -> None:
    """The child's life: an order, then digests, until its input is closed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides
    for number in (signal.SIGPIPE, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)  # without a word, whatever it is computing
    orders = os.fdopen(sys.stdin.fileno(), "rb", closefd=False)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what anybody prints is no answer
    try:
        _serve(orders, answers)
    except (EOFError, pickle.UnpicklingError):  # closed, maybe in the middle
        return
    except MemoryError:
        os._exit(_TOO_MUCH)


def _serve(orders: BufferedReader, answers: BinaryIO) -> None:
    make, seconds, megabytes = _next(orders, answers)
    fine, composer = _tried(make, START_SECONDS)
    _bound(megabytes)
    _say(answers, fine, None if fine else composer)
    while fine:
        content = _next(orders, answers)
        _say(answers, *_tried(lambda: composer.compose(content), seconds, content.subscriber.address))  # noqa: B023


def _next(orders: BufferedReader, answers: BinaryIO) -> Any:
    if orders.peek(1):
        answers.write(_BEGUN)
        answers.flush()
    return pickle.load(orders)  # noqa: S301 - from our own parent


def _tried(do: Callable[[], Any], seconds: float, address: str = "") -> tuple[bool, Any]:
    """Whether it went well, and what came of it or the parts of an error. The alarm ends the process."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return True, do()
    except MemoryError:
        raise
    except DigestError as error:
        return False, (error.what, error.mend)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return False, ((text.replace(address, "(address)") if address else text)[:LONGEST],)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _bound(megabytes: int) -> None:
    """So much memory of its own on top of what it has. Only Linux keeps count."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        used = int(statm.read_text().split()[5]) * resource.getpagesize()
        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = used + megabytes * 2**20
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _say(answers: BinaryIO, fine: bool, answer: Any) -> None:
    said = pickle.dumps((fine, answer))
    answers.write(len(said).to_bytes(_LENGTH, "big") + said)
    answers.flush()
