"""What search engines are asked to leave alone.

In:    nothing.
Out:   `/robots.txt` (RFC 9309).
Never: a page that is kept secret by it: personal ones are known by their links only, and say noindex themselves.
"""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from digest.tokens import Purpose
from digest.web.context import Web
from digest.web.freshness import DAY

NOT_FOR_ROBOTS = (*(f"/{purpose}/" for purpose in Purpose), "/api/", "/search", "/link", "/preview")


def robot_pages(_: Web) -> APIRouter:
    router = APIRouter(redirect_slashes=False)
    text = "".join(["User-agent: *\n", *(f"Disallow: {path}\n" for path in NOT_FOR_ROBOTS), "Crawl-delay: 5\n"])

    @router.api_route("/robots.txt", methods=["GET", "HEAD"])
    def robots() -> PlainTextResponse:
        return PlainTextResponse(text, headers={"Cache-Control": f"public, max-age={DAY}"})

    return router
