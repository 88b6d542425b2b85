"""What stands before every page: which hosts and origins it answers, how much it reads, what its answers carry.

In:    requests.
Out:   answers with their security headers; short refusals.
Never: a body beyond the limit in memory, a page that another site may frame, a script from elsewhere.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024  # a hundred topics in a script that takes nine bytes a character
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# RFC 8058: whoever shows the mail may post it, from wherever; the link alone entitles to it. Nothing below it.
ONE_CLICK = re.compile(r"/u/[^/]+")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # The address of a page holds its token, so no other site learns it. Not `no-referrer`: that makes browsers send
    # `Origin: null` with our own forms, and where they send no Sec-Fetch-Site (plain http) nothing else tells them.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=(), camera=(), geolocation=(), microphone=()",
}
UNLESS_SAID = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


class Guard:
    """Refuses what is not for this site (421), did not come from its own pages (403), or is too large (413).

    `say` makes the answer to one who is refused with such a status.
    """

    def __init__(self, app: ASGIApp, base_url: str, say: Callable[[Request, int], Response]) -> None:
        self._app, self._say = app, say
        parts = urlsplit(base_url)
        self._hosts = LOOPBACK | {parts.hostname or "", parts.netloc.lower()}
        self._origin = f"{parts.scheme}://{parts.netloc}".lower()
        self._headers = dict(ALWAYS)
        if parts.scheme == "https":
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                for name, value in UNLESS_SAID.items():
                    headers.setdefault(name, value)
            await send(message)

        status = self._refusal(scope)
        answer = self._say(Request(scope), status) if status else self._app
        await answer(scope, _bounded(receive), guarded)

    def _refusal(self, scope: Scope) -> int:
        """0: there is none."""
        headers = Headers(scope=scope)
        if not self._is_ours(headers.get("host", "")):
            return 421
        if scope["method"] not in SAFE and not ONE_CLICK.fullmatch(scope["path"]) and self._is_foreign(headers):
            return 403
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:12]) > LARGEST_BODY:
            return 413
        return 0

    def _is_ours(self, host: str) -> bool:
        """By name; the port may be another behind a proxy."""
        name = host.lower() if host.endswith("]") else host.lower().rpartition(":")[0] or host.lower()
        return name in self._hosts or host.lower() in self._hosts

    def _is_foreign(self, headers: Headers) -> bool:
        """Whether a browser says that another site made it post (Fetch Metadata; else Origin, RFC 6454)."""
        if site := headers.get("sec-fetch-site"):
            return site not in ("same-origin", "none")
        origin = headers.get("origin")
        return origin is not None and origin.lower() != self._origin and not self._is_ours(urlsplit(origin).netloc)


def _bounded(receive: Receive) -> Receive:
    """Counts what comes, whatever was announced."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > LARGEST_BODY:
                raise HTTPException(413)
        return message

    return bounded
