"""Peers that mean harm, or are out of their minds: what they do instead of an answer.

In:    a connection somebody opened to them, the point of the dialogue at which they begin.
Out:   nothing of use.
Never: an end of their own where they are to be endless; anything but loopback.
"""

import asyncio
import gzip
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain, cycle
from random import Random

BEAT = 0.05  # seconds between two bytes of a drip
Deed = Callable[["Line"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Line:
    """One open connection. `code` is what an honest server would answer now."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    random: Random
    code: int = 0

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(0)  # drain alone lets nobody else run


def says(text: bytes) -> Deed:
    """An answer, and then nothing more."""

    async def deed(line: Line) -> None:
        await line.write(text.replace(b"%d", str(line.code).encode()))
        await silence(line)

    return deed


def endless(first: bytes, again: bytes, most: int = 64) -> Deed:
    async def deed(line: Line) -> None:
        await line.write(first.replace(b"%d", str(line.code).encode()))
        while True:
            await line.write(again * line.random.randint(1, most))

    return deed


def drips(text: bytes, again: bytes = b"") -> Deed:
    """A byte at a time: each read succeeds, and no answer comes."""

    async def deed(line: Line) -> None:
        for byte in chain(text, cycle(again)):
            await line.write(bytes((byte,)))
            await asyncio.sleep(BEAT)
        await silence(line)

    return deed


async def silence(line: Line) -> None:
    """Reads on and says nothing."""
    while await line.reader.read(1 << 16):
        pass


async def deafness(line: Line) -> None:
    """Neither reads nor writes."""
    line.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.Event().wait()


async def leaves(line: Line) -> None:
    """Closes the connection."""


async def resets(line: Line) -> None:
    """Closes it with a RST."""
    linger = struct.pack("ii", 1, 0)
    line.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


async def circles(line: Line) -> None:
    """Leads to itself, each time it is asked."""
    while True:
        await line.write(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
        await line.reader.readuntil(b"\r\n\r\n")


async def half_closes(line: Line) -> None:
    line.writer.write_eof()
    await silence(line)


async def noise(line: Line) -> None:
    await line.write(line.random.randbytes(200) + b"\r\n")
    await silence(line)


ANYWHERE: dict[str, Deed] = {
    "says nothing": silence,
    "neither reads nor writes": deafness,
    "leaves": leaves,
    "resets": resets,
    "half-closes": half_closes,
    "makes noise": noise,
    "writes NUL without end": endless(b"", bytes(1024)),
}
SMTP = ANYWHERE | {
    "answers a line without end": endless(b"%d ", b"x" * 1024),
    "answers lines without end": endless(b"", b"250-more\r\n"),
    "answers empty lines without end": endless(b"", b"\r\n"),
    "answers a byte at a time": drips(b"250-", b"x"),
    "is too slow": drips(b"250 2.0.0 this takes much longer than anybody has time for\r\n"),
    "answers with code 999": says(b"999 what\r\n"),
    "answers without a code": says(b"hello\r\n"),
    "answers half a code": says(b"2"),
    "answers NUL": says(b"\0\0\0 \0\r\n"),
    "begins to answer": says(b"%d-wait\r\n"),
}
AHEAD: dict[str, Deed] = {"answers fifty times": says(b"%d ok\r\n" * 50)}
_OK = b"HTTP/1.1 200 OK\r\n"
HTTP = ANYWHERE | {
    "answers a status line without end": endless(b"HTTP/1.1 200 ", b"x" * 1024),
    "answers a header field without end": endless(_OK + b"X-More: ", b"x" * 1024),
    "answers header fields without end": endless(_OK, b"X-More: and more\r\n"),
    "answers 100 Continue without end": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "answers a header a byte at a time": drips(_OK + b"X-More: ", b"x"),
    "answers a body a byte at a time": drips(_OK + b"Content-Length: 99999\r\n\r\n", b"x"),
    "answers a body without end": endless(_OK + b"\r\n", b"x" * 1024),
    "answers chunks without end": endless(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "answers a chunk without end": endless(_OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n", b"x" * 1024),
    "answers less than it promised": says(_OK + b"Content-Length: 99999\r\n\r\nx"),
    "answers a bomb": says(_OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(32 << 20))),
    "answers a complaint without end": endless(b"HTTP/1.1 500 Oh\r\n\r\n", b"x" * 1024),
    "leads in a circle": circles,
    "speaks no HTTP": says(b"220 mx.example.org ESMTP\r\n"),
}
USUAL = {
    "CONNECT": b"220 mx.example.org ready\r\n",
    "EHLO": b"250-mx.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n",
    "STARTTLS": b"220 2.0.0 go on\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
    "DATA": b"354 go ahead\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}
HANDED_OVER = {"STARTTLS": "HANDSHAKE", "DATA": "CONTENT"}  # what the client sends once it may


async def mail_server(line: Line, point: str, deed: Deed, when: bytes = b"") -> None:
    """Honest until `point`, in sessions whose RCPT has `when` in it."""
    bad, verb = not when, "CONNECT"
    while True:
        usual = USUAL.get(verb, b"250 2.0.0 ok\r\n")
        if bad and verb == point:
            return await deed(replace(line, code=int(usual[:3])))
        await line.write(usual)
        if bad and HANDED_OVER.get(verb) == point:
            return await deed(line)
        if verb == "DATA":
            await line.reader.readuntil(b"\r\n.\r\n")
            verb = "DOT"
            continue
        said = await line.reader.readuntil(b"\r\n")
        verb = said.split()[0].decode().upper()
        bad = bad or (verb == "RCPT" and when in said)


async def web_server(line: Line, deed: Deed) -> None:
    await line.reader.readuntil(b"\r\n\r\n")
    await deed(line)


@asynccontextmanager
async def listening(serve: Deed, random: Random) -> AsyncIterator[int]:
    """A port at which each connection is served like that, until the end."""
    open_lines: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_lines.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                await serve(Line(reader, writer, random))
        finally:
            open_lines.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=1 << 20)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(open_lines):
            task.cancel()
        await asyncio.gather(*open_lines, return_exceptions=True)
