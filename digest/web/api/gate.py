"""Who may use the API, and how often.

In:    requests.
Out:   the requests of those who have the token, as often as they may; 401 and 429 for the others.
Never: a body read, or a look at the database, before the token was seen; a token compared byte by byte.
"""

import hashlib
import hmac
from datetime import timedelta
from math import ceil

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.clock import Clock
from digest.web.api.problems import ROOT, answer
from digest.web.context import network
from digest.web.limits import Limit

MOST, PER = 600, timedelta(minutes=1)  # of one network
OPEN = f"{ROOT}/openapi.json"  # what the API can do is no secret


class Gate:
    """Stands before the API. The limit comes first, so that nobody tries tokens at leisure."""

    def __init__(self, app: ASGIApp, token: str, clock: Clock) -> None:
        self._app = app
        self._key = _digest(token)
        self._limit = Limit(clock, MOST, PER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["method"] == "HEAD":  # what GET says; the server leaves the body out (RFC 9110 section 9.3.2)
                scope = {**scope, "method": "GET"}
            await (self._refusal(Request(scope)) or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> ASGIApp | None:
        if wait := self._limit.wait(network(request)):
            headers = {"Retry-After": str(ceil(wait.total_seconds()))}
            return answer(429, "too many requests", f"at most {MOST} a minute", headers)
        if request.scope["path"] != OPEN and not self._has_token(request):
            headers = {"WWW-Authenticate": "Bearer"}  # RFC 6750 section 3
            return answer(401, "the token is missing or wrong", "send Authorization: Bearer TOKEN", headers)
        return None

    def _has_token(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return hmac.compare_digest(self._key, _digest(token.strip())) and scheme.lower() == "bearer"


def _digest(token: str) -> bytes:
    """Of one length, whatever was sent."""
    return hashlib.sha256(token.encode()).digest()
