"""A real SMTP server on loopback that records what it gets and can be told to misbehave.

In:    connections; `answer(...)` says what goes wrong, where, for whom and how often.
Out:   `mails`, every envelope and octet that the server took; `turned_away`, what it did not.
Never: mail that leaves this machine.
"""

import asyncio
import base64
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

DROP = "drop"  # close the connection instead of an answer
SILENCE = "silence"  # keep it open and never answer
CUT = "cut off: "  # before an answer: close the connection within it
HALF = "half"  # at CONTENT: close the connection while the content comes

POINTS = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "CONTENT", "DOT", "RSET", "QUIT")
USUAL = {
    "CONNECT": "220 mx.example.org ready",
    "STARTTLS": "220 2.0.0 go on",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 sender ok",
    "RCPT": "250 2.1.5 recipient ok",
    "DATA": "354 go ahead",
    "CONTENT": "",
    "DOT": "250 2.0.0 queued",
    "RSET": "250 2.0.0 flushed",
    "QUIT": "221 2.0.0 bye",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """One message whose final dot arrived, for one of its recipients."""

    sender: str
    recipient: str
    message: bytes  # dots unstuffed
    session: int
    encrypted: bool
    user: str = ""


@dataclass(slots=True)
class _Fault:
    point: str
    reply: str
    when: str
    left: int | None  # None: for ever


@dataclass(slots=True)
class _Session:
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    encrypted: bool
    user: str = ""
    sender: str = ""
    recipients: list[str] = field(default_factory=list)


class SmtpServer:
    """Runs in a thread of its own; a context manager. `port` is chosen by the system.

    `tls` with `implicit` wraps the port; `tls` alone offers STARTTLS. With `users`, MAIL needs AUTH (PLAIN or LOGIN)
    first. `take` gets each message that is taken, before the 250, instead of `mails`.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        users: dict[str, str] | None = None,
        take: Callable[[Mail], None] | None = None,
    ) -> None:
        self.host, self.port = "127.0.0.1", 0
        self.mails: list[Mail] = []  # what the server took: it answered 2xx to the dot
        self.turned_away: list[Mail] = []  # what it read to the dot and did not say it took
        self.commands: list[tuple[int, str]] = []  # (session, line)
        self.sessions = 0
        self.silent = threading.Event()  # set once a SILENCE has begun
        self._tls, self._implicit, self._users = tls, implicit, users or {}
        self._take = take or self.mails.append
        self._faults: list[_Fault] = []
        self._meanwhile: dict[str, Callable[[], None]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    def answer(self, point: str, reply: str, *, when: str = "", times: int | None = None) -> None:
        """Answers `reply` (or DROP, SILENCE, CUT and what comes of it, HALF) at a point of the dialogue to lines with
        `when` in them, `times` times. CONTENT is between 354 and the content, and has the recipient for a line."""
        assert point in POINTS, point
        self._faults.append(_Fault(point, reply, when, times))

    def meanwhile(self, point: str, action: Callable[[], None]) -> None:
        """Does `action` each time before it answers at a point of the dialogue."""
        assert point in POINTS, point
        self._meanwhile[point] = action

    def behave(self) -> None:
        """Forgets every fault and what to do meanwhile."""
        self.silent.clear()
        self._faults.clear()
        self._meanwhile.clear()

    def hang_up(self) -> None:
        """Closes every connection, as a server does with idle ones."""
        self._wait_for(self._hang_up())

    def refuse(self) -> None:
        """Stops listening: from now on connections are refused."""
        self._wait_for(self._close())

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait_for(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait_for(self._close())
        self._wait_for(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        context = self._tls if self._implicit else None
        self._listener = await asyncio.start_server(self._accept, self.host, 0, ssl=context, limit=2**20)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None
        await self._hang_up()

    async def _hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        session = _Session(self.sessions, reader, writer, encrypted=self._implicit)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._serve(session)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass  # the peer went away, or the test is over
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _serve(self, session: _Session) -> None:
        going = await self._say(session, "CONNECT", "")
        while going:
            line = (await session.reader.readuntil(b"\r\n")).decode().removesuffix("\r\n")
            self.commands.append((session.number, line))
            going = await self._obey(session, line)

    async def _obey(self, session: _Session, line: str) -> bool:
        verb = line.partition(" ")[0].upper()
        obey = {
            "EHLO": self._hello,
            "STARTTLS": self._start_tls,
            "AUTH": self._log_in,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._content,
            "RSET": self._reset,
            "QUIT": self._quit,
        }.get(verb)
        return await (obey(session, line) if obey else self._send(session, "502 5.5.1 what?"))

    async def _hello(self, session: _Session, line: str) -> bool:
        return await self._say(session, "EHLO", line, self._greeting(session))

    async def _reset(self, session: _Session, line: str) -> bool:
        session.sender, session.recipients = "", []
        return await self._say(session, "RSET", line)

    async def _quit(self, session: _Session, line: str) -> bool:
        await self._say(session, "QUIT", line)
        return False

    def _greeting(self, session: _Session) -> str:
        lines = ["mx.example.org"]
        if self._tls and not session.encrypted:
            lines.append("STARTTLS")
        if self._users:
            lines.append("AUTH PLAIN LOGIN")
        return "\r\n".join([*(f"250-{line}" for line in lines), "250 ENHANCEDSTATUSCODES"])

    async def _start_tls(self, session: _Session, line: str) -> bool:
        going = await self._say(session, "STARTTLS", line)
        if going and self._tls:
            await self._encrypt(session.writer, self._tls)
            session.encrypted = True
        return going

    async def _encrypt(self, writer: asyncio.StreamWriter, tls: ssl.SSLContext) -> None:
        plain = writer.transport
        try:
            await writer.start_tls(tls)
        except AttributeError:  # CPython 3.11 stumbles over a peer that left meanwhile, and keeps no transport to close
            writer._transport = plain  # type: ignore[attr-defined,unused-ignore]
            raise ConnectionResetError from None

    async def _log_in(self, session: _Session, line: str) -> bool:
        _, method, first = line.split(" ")
        if method == "PLAIN":
            user, password = base64.b64decode(first).decode().split("\0")[1:]
        else:
            await self._send(session, "334 UGFzc3dvcmQ6")
            user = base64.b64decode(first).decode()
            password = base64.b64decode(await session.reader.readline()).decode()
        good = self._users.get(user) == password
        session.user = user if good else ""
        return await self._say(session, "AUTH", line, "" if good else "535 5.7.8 wrong")

    async def _mail(self, session: _Session, line: str) -> bool:
        if self._users and not session.user:
            return await self._send(session, "530 5.7.0 log in first")
        if session.sender:
            return await self._send(session, "503 5.5.1 nested MAIL")
        reply = self._reply("MAIL", line)
        session.sender = _path(line) if reply.startswith("2") else ""
        return await self._send(session, reply)

    async def _rcpt(self, session: _Session, line: str) -> bool:
        if not session.sender:
            return await self._send(session, "503 5.5.1 MAIL first")
        reply = self._reply("RCPT", line)
        session.recipients += [_path(line)] if reply.startswith("2") else []
        return await self._send(session, reply)

    async def _content(self, session: _Session, line: str) -> bool:
        if not session.recipients:
            return await self._send(session, "503 5.5.1 bad sequence of commands")
        reply = self._reply("DATA", line)
        if not reply.startswith("354"):
            return await self._send(session, reply)
        await self._send(session, reply)
        if fault := self._reply("CONTENT", " ".join(session.recipients)):
            if fault == HALF:
                await session.reader.readuntil(b"\r\n")
            return await self._send(session, DROP if fault == HALF else fault)
        rows = []
        while (row := await session.reader.readuntil(b"\r\n")) != b".\r\n":
            rows.append(row[1:] if row.startswith(b".") else row)
        reply = self._reply("DOT", " ".join(session.recipients))
        for mail in _mails(session, b"".join(rows)):
            (self._take if reply.removeprefix(CUT).startswith("2") else self.turned_away.append)(mail)
        session.sender, session.recipients = "", []
        return await self._send(session, reply)

    async def _say(self, session: _Session, point: str, line: str, usual: str = "") -> bool:
        return await self._send(session, self._reply(point, line, usual))

    def _reply(self, point: str, line: str, usual: str = "") -> str:
        if action := self._meanwhile.get(point):
            action()
        for fault in self._faults:
            if fault.point == point and fault.when in line and fault.left != 0:
                if fault.left is not None:
                    fault.left -= 1
                return fault.reply
        return usual or USUAL[point]

    async def _send(self, session: _Session, reply: str) -> bool:
        """Whether the session goes on."""
        if reply == DROP:
            return False
        if reply == SILENCE:
            self.silent.set()
            await asyncio.Event().wait()
        whole = reply.removeprefix(CUT)
        session.writer.write(whole.encode("utf-8", "surrogateescape") + (b"\r\n" if whole == reply else b""))
        await session.writer.drain()
        if whole != reply:
            await self._goodbye(session)
        return whole == reply and not reply.startswith("421")

    async def _goodbye(self, session: _Session) -> None:
        """What was written arrives, as far as the system knows, before the connection is aborted."""
        session.writer.write_eof()
        await session.reader.read()


def _path(line: str) -> str:
    return line[line.index("<") + 1 : line.rindex(">")]


def _mails(session: _Session, message: bytes) -> list[Mail]:
    rest = session.number, session.encrypted, session.user
    return [Mail(session.sender, recipient, message, *rest) for recipient in session.recipients]


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """A plain server that takes everything, until `answer` says otherwise."""
    with SmtpServer() as server:
        yield server
