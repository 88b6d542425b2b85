"""The web application: its pages, and the headers that all its answers carry.

In:    a store, tokens, templates, the site, a clock.
Out:   a FastAPI application for uvicorn.
Never: SMTP, a session, a script, a page that another site may frame.
"""

import base64
import hashlib

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.clock import Clock
from digest.errors import StoreUnavailable
from digest.mail.palette import palette
from digest.model import Site
from digest.store.engine import Store
from digest.templating import Templates
from digest.tokens import Tokens
from digest.web.health import health_page
from digest.web.keep import keep_pages
from digest.web.pages import Pages, unsubscribe_pages

log = structlog.get_logger()

_LARGEST_BODY = 16 * 1024
_BACK_IN = "60"  # seconds; a full disk or a server that starts anew may take that long


def create_app(store: Store, tokens: Tokens, templates: Templates, site: Site, clock: Clock) -> FastAPI:
    """All there is on the web. Endpoints are synchronous: the store blocks, so they run in threads."""
    style = templates.render("web/style.css", palette=palette(site.accent))
    pages = Pages(templates, site, style)
    app = FastAPI(title=site.name, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.include_router(unsubscribe_pages(store, tokens, clock, pages))
    app.include_router(keep_pages(store, tokens, clock, pages))
    app.include_router(health_page(store, clock))

    @app.exception_handler(HTTPException)
    async def refused(_: Request, problem: HTTPException) -> HTMLResponse:
        answer = pages.page("refused", problem.status_code, problem=problem.detail)
        answer.headers.update(problem.headers or {})
        return answer

    @app.exception_handler(StoreUnavailable)
    async def away(_: Request, problem: StoreUnavailable) -> HTMLResponse:
        log.error("a page cannot be shown", problem=str(problem))
        answer = pages.page("unavailable", 503)
        answer.headers["Retry-After"] = _BACK_IN
        return answer

    app.add_middleware(Guard, style=style)
    return app


class Guard:
    """Gives every answer its security headers and turns away large bodies before anything reads them."""

    def __init__(self, app: ASGIApp, style: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": _policy(style),
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
            "Referrer-Policy": "no-referrer",  # the address of a page holds its token
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        answer = HTMLResponse("The request is too large.", 413) if _too_large(scope) else self._app
        await answer(scope, receive, guarded)


def _too_large(scope: Scope) -> bool:
    """By the length it announces; a body of unannounced length is never read by any page."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return not length.isdigit() or int(length[:12]) > _LARGEST_BODY


def _policy(style: str) -> str:
    """Nothing may be loaded; the one style sheet is in the page, known by its hash (CSP level 3 section 2.3.1)."""
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{known}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
