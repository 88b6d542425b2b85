"""Fetches one document over HTTP, politely and within bounds.

In:    a request: a URL, what we remember of it, and the pause its host asks for.
Out:   an answer (200 or 304), or FetchError with one clause that says what went wrong.
Never: longer than the deadline, more bytes than the bound, two requests to one host at a time, inside by a redirect.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Protocol, Self

import httpx

from digest.errors import SourceError
from digest.sources.inflate import ACCEPTED, Body
from digest.sources.inside import Resolve, is_inside, resolve_host
from digest.text import clean

MAX_REDIRECTS = 5
MAX_RETRY_AFTER = timedelta(hours=24)
MAX_COMPLAINT = 16 << 10  # bytes read of an error answer
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TAG = re.compile(r"<[^>]*>")
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for. `min_gap` is the least time between the starts of two requests to that host, in seconds."""

    url: str
    etag: str = ""
    last_modified: str = ""
    min_gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `url` is where it finally came from; a fragment of the request's URL is kept."""

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""

    @property
    def not_modified(self) -> bool:
        return self.status == httpx.codes.NOT_MODIFIED


class FetchError(SourceError):
    """A document could not be fetched. `retry_after` is the pause the server asked for (RFC 9110 §10.2.3), ≤ 24 h."""

    def __init__(self, what: str, mend: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(what, mend)
        self.retry_after = retry_after


class Fetcher(Protocol):
    """Fetches documents; the jobs get one."""

    async def fetch(self, request: Request) -> Answer:
        """The answer to `request`. Raises FetchError."""
        ...


class HttpFetcher:
    """The real fetcher. Belongs to one event loop: open it there, with `async with`.

    `deadline` in seconds bounds the network time of a fetch with all its redirects; waiting for the host's turn comes
    on top. `max_bytes` bounds the decoded body. Proxies in the environment are not used.
    """

    def __init__(
        self,
        user_agent: str,
        deadline: float = 60,
        max_bytes: int = 10 << 20,
        *,
        sleep: Sleep = asyncio.sleep,
        resolve: Resolve = resolve_host,
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": ACCEPTED, "Accept": "*/*"}
        self._deadline, self._max_bytes = deadline, max_bytes
        self._sleep, self._resolve = sleep, resolve
        self._turns: dict[str, asyncio.Lock] = {}
        self._started: dict[str, float] = {}
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        timeout = httpx.Timeout(None, connect=0.95 * deadline)  # cut by the deadline, a handshake would stay open
        self._client = httpx.AsyncClient(timeout=timeout, trust_env=False, cookies=no_cookies)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def fetch(self, request: Request) -> Answer:
        """The document, or 304. Follows up to five redirects itself. Raises FetchError."""
        url = first = _parsed(request.url)
        left = self._deadline
        for hop in range(MAX_REDIRECTS + 1):
            async with self._turn(url, request.min_gap):
                began = asyncio.get_running_loop().time()
                try:
                    async with asyncio.timeout(left):
                        target = str(url) if hop == 0 else await self._checked(first, url)
                        reply = await self._ask(request, url, target)
                except TimeoutError:
                    raise FetchError(f"{url.host} did not finish its answer within {self._deadline:g} s") from None
                left -= asyncio.get_running_loop().time() - began
            if isinstance(reply, Answer):
                return reply
            url = reply
        raise FetchError(f"{first.host} redirected more than {MAX_REDIRECTS} times")

    @asynccontextmanager
    async def _turn(self, url: httpx.URL, gap: float) -> AsyncIterator[None]:
        """One request to a host at a time, and `gap` seconds between their starts."""
        key = _site(url) if gap else url.netloc.decode()
        loop = asyncio.get_running_loop()
        async with self._turns.setdefault(key, asyncio.Lock()):
            wait = self._started.get(key, float("-inf")) + gap - loop.time()
            if wait > 0:
                await self._sleep(wait)
            self._started[key] = loop.time()
            yield

    async def _checked(self, first: httpx.URL, url: httpx.URL) -> str:
        """Where to connect for a redirect's target: an address, so that a second look-up cannot lead elsewhere."""
        addresses = await self._addresses(url)
        if any(map(is_inside, addresses)) and not any(map(is_inside, await self._addresses(first))):
            raise FetchError(f"{first.host} redirected to {url.host}, which is an address inside our own network")
        return str(url.copy_with(host=addresses[0]))

    async def _addresses(self, url: httpx.URL) -> list[str]:
        try:
            found = await self._resolve(url.host)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise FetchError(f"the host name {url.host} cannot be resolved")
        return found

    async def _ask(self, request: Request, url: httpx.URL, target: str) -> Answer | httpx.URL:
        """One request: its answer, or where it redirects to."""
        headers = self._headers | {"Host": url.netloc.decode()}
        if request.etag:
            headers["If-None-Match"] = request.etag
        if request.last_modified:
            headers["If-Modified-Since"] = request.last_modified
        try:
            asked = self._client.stream("GET", target, headers=headers, extensions={"sni_hostname": url.host})
            async with asked as response:
                return await self._read(request, url, response)
        except (httpx.HTTPError, httpx.InvalidURL) as wrong:
            raise FetchError(f"{url.host}: {_reason(wrong)}") from None

    async def _read(self, request: Request, url: httpx.URL, response: httpx.Response) -> Answer | httpx.URL:
        status, headers = response.status_code, response.headers
        if status in REDIRECTS and "location" in headers:
            return _parsed(headers["location"], url)
        conditional = bool(request.etag or request.last_modified)
        if status != httpx.codes.OK and not (status == httpx.codes.NOT_MODIFIED and conditional):
            said = f"{url.host} answered {status} {response.reason_phrase}".rstrip()
            raise FetchError(said + await _complaint(response), retry_after=retry_after(headers))
        body = b"" if status == httpx.codes.NOT_MODIFIED else await self._body(url, response)
        return Answer(
            url=str(url),
            status=status,
            body=body,
            content_type=headers.get("content-type", ""),
            etag=headers.get("etag", ""),
            last_modified=headers.get("last-modified", ""),
        )

    async def _body(self, url: httpx.URL, response: httpx.Response) -> bytes:
        try:
            body = Body(response.headers.get("content-encoding", ""), self._max_bytes)
            async for piece in response.aiter_raw():
                body.add(piece)
            whole = body.whole()
        except SourceError as wrong:
            raise FetchError(f"{url.host}: {wrong}") from None
        if not whole.strip():
            raise FetchError(f"{url.host} answered with nothing")
        return whole


def _parsed(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """An absolute http(s) URL; relative to `base` it keeps its fragment (RFC 9110 §10.2.2). Raises FetchError."""
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise FetchError(f"“{text[:80]}” is no URL") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchError(f"“{text[:80]}” is no http(s) URL")
    if base is not None and base.fragment and not url.fragment:
        url = url.copy_with(fragment=base.fragment)
    return url


def _site(url: httpx.URL) -> str:
    """Who asks for the pause: `arxiv.org` for all its machines, as its terms of use count them together."""
    return url.host if url.host.replace(".", "").isdigit() or ":" in url.host else ".".join(url.host.split(".")[-2:])


async def _complaint(response: httpx.Response) -> str:
    """What an error answer says for itself, as a short clause; `""` for a page meant for browsers."""
    if "html" in response.headers.get("content-type", ""):
        return ""
    try:
        body = Body(response.headers.get("content-encoding", ""), MAX_COMPLAINT)
        async for piece in response.aiter_raw():
            body.add(piece)
        said = clean(_TAG.sub(" ", body.whole().decode("utf-8", "replace")))
    except (SourceError, httpx.HTTPError):
        return ""
    return f": {said[:200]}" if said else ""


def _reason(wrong: Exception) -> str:
    """What httpx found wrong, as one short clause."""
    if isinstance(wrong, httpx.ConnectError):
        return f"no connection ({' '.join(str(wrong).split())[:120] or 'refused'})"
    if isinstance(wrong, httpx.RemoteProtocolError | httpx.ReadError):
        return f"the connection broke off ({' '.join(str(wrong).split())[:120] or 'reset'})"
    return " ".join(f"{type(wrong).__name__} {wrong}".split())[:160]


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The pause of a Retry-After field: seconds, or a date read against the answer's own Date (RFC 9110 §10.2.3)."""
    value = headers.get("retry-after", "").strip()
    try:
        if value.isascii() and value.isdigit():
            pause = timedelta(seconds=min(int(value[:12]), MAX_RETRY_AFTER.total_seconds()))
        else:
            pause = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(pause, timedelta(0)), MAX_RETRY_AFTER)
