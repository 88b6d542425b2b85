"""The web application: all its pages, in order.

In:    a store, tokens, templates, the site, a clock; what the operator lets it do.
Out:   a FastAPI application for uvicorn.
Never: SMTP, a session, a page of its own.
"""

from collections.abc import Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from digest.clock import Clock
from digest.editorial.selection import Rules
from digest.errors import StoreUnavailable
from digest.model import Site
from digest.store.engine import Store
from digest.templating import Templates
from digest.tokens import Tokens
from digest.web.api.application import make_api
from digest.web.api.problems import ROOT, refusal
from digest.web.assets import asset_files, make_assets
from digest.web.confirm import confirm_pages
from digest.web.context import Options, Web
from digest.web.feedback import feedback_pages
from digest.web.guard import Guard
from digest.web.health import health_page
from digest.web.keep import keep_pages
from digest.web.library import library_pages
from digest.web.own import own_pages
from digest.web.pages import Pages
from digest.web.personal import LinkError
from digest.web.showcase import BusyError, Showcase
from digest.web.signup import signup_pages
from digest.web.unsubscribe import unsubscribe_pages
from digest.wishes import Usual

log = structlog.get_logger()

_BACK_IN = "60"  # seconds; a full disk or a server that starts anew may take that long
_SOON = "10"  # a selector is made by then
# The library comes last: its dates have the shape of any address.
PAGES = (signup_pages, unsubscribe_pages, feedback_pages, keep_pages, own_pages, confirm_pages, library_pages)


def create_app(
    store: Store,
    tokens: Tokens,
    templates: Templates,
    site: Site,
    clock: Clock,
    *,
    rules: Rules | None = None,
    usual: Usual | None = None,
    options: Options | None = None,
    knock: Callable[[], None] = lambda: None,
    sources: tuple[str, ...] = (),
) -> FastAPI:
    """All there is on the web. Endpoints are synchronous where the store blocks: they run in threads."""
    assets, options = make_assets(templates, site), options or Options()
    pages = Pages(templates, site, assets)
    rules = rules or Rules()
    showcase = Showcase(store, rules, clock)
    web = Web(store, tokens, clock, site, pages, showcase, rules, usual or Usual(), options, knock, sources)
    app = FastAPI(title=site.name, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    if options.api_token:
        app.mount(ROOT, make_api(web))
    app.include_router(asset_files(assets))
    app.include_router(health_page(store, clock))
    for make in PAGES:
        app.include_router(make(web))
    _on_trouble(app, web)
    app.add_middleware(Guard, base_url=site.base_url, say=lambda request, status: _refused(web, request, status))
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(options.trusted_proxies))
    return app


def _refused(web: Web, request: Request, status: int) -> Response:
    """In the words of whoever asks: a program, or a person."""
    if web.options.api_token and request.scope["path"].startswith(f"{ROOT}/"):
        return refusal(status)
    return web.pages.page("refused", web.speaking(request), status, status_code=status)


def _on_trouble(app: FastAPI, web: Web) -> None:
    @app.exception_handler(HTTPException)
    async def refused(request: Request, problem: HTTPException) -> Response:
        answer = _refused(web, request, problem.status_code)
        answer.headers.update(problem.headers or {})
        return answer

    @app.exception_handler(LinkError)
    async def no_such_link(request: Request, _: LinkError) -> HTMLResponse:
        return web.pages.page("invalid", web.speaking(request), 404)

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, _: RequestValidationError) -> Response:
        return _refused(web, request, 404)

    @app.exception_handler(BusyError)
    async def busy(request: Request, _: BusyError) -> HTMLResponse:
        answer = web.pages.page("too_many", web.speaking(request), 503)
        answer.headers["Retry-After"] = _SOON
        return answer

    @app.exception_handler(StoreUnavailable)
    async def away(request: Request, problem: StoreUnavailable) -> HTMLResponse:
        log.error("a page cannot be shown", problem=str(problem))
        answer = web.pages.page("unavailable", web.speaking(request), 503)
        answer.headers["Retry-After"] = _BACK_IN
        return answer
