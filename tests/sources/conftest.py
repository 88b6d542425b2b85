"""A loopback web server that answers exactly the bytes a test gives it."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from digest.sources.http import HttpFetcher

ONE_LINE = r"^[^\n]+$"
Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


def reply(status: str = "200 OK", body: bytes = b"", *, length: int | None = None, **headers: str) -> bytes:
    """A whole HTTP/1.1 answer; underscores in header names become hyphens."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def zipped(body: bytes) -> bytes:
    return reply(body=gzip.compress(body), Content_Encoding="gzip", Content_Type="application/xml")


@dataclass
class Site:
    """`pages` maps a path to bytes, or to a coroutine function that misbehaves; `asked` is what came in."""

    pages: dict[str, bytes | Act] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""
    open: int = 0
    most_open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                path = lines[0].split()[1]
                self.asked.append(
                    (path, {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:] if line)})
                )
                page = self.pages.get(path, reply("404 Not Found", b"no such page"))
                if callable(page):
                    await page(writer)
                    break
                writer.write(page)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield site
    server.close()


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    async with HttpFetcher("digest-test/1 (+https://digest.example)", deadline=5) as fetcher:
        yield fetcher
