"""What an answer says when it is none: what is wrong, and how to mend it.

In:    what went wrong, whatever found it.
Out:   JSON with `error` and `mend`, under a status that fits.
Never: more of what was sent than 40 printable characters: it may hold anything; a traceback.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from digest.errors import DigestError, InputError, StoreUnavailable
from digest.web.api.malformed import first, shortened
from digest.web.guard import LARGEST_BODY

log = structlog.get_logger()

ROOT = "/api/v1"
BACK_IN = "60"  # seconds; a full disk or a server that starts anew may take that long
SCHEMA = f"see {ROOT}/openapi.json"
REFUSALS = {
    400: ("the request cannot be read", "send JSON, in UTF-8"),
    403: ("another site's page sent this", "programs send neither Origin nor Sec-Fetch-Site"),
    404: ("there is nothing at this address", SCHEMA),
    405: ("this address does not take that method", "the header Allow says what it takes"),
    413: ("the request is too large", f"send at most {LARGEST_BODY // 1024} KiB"),
    421: ("this site is not served here", "send it to the host of site.base_url"),
}


class Problem(TypedDict):
    """What is wrong, and how to mend it (`""` where nobody can say)."""

    error: str
    mend: str


class ApiError(DigestError):
    """What was asked for is understood, and cannot be; `status` is that of the answer."""

    def __init__(self, status: int, what: str, mend: str = "") -> None:
        self.status = status
        super().__init__(what, mend)


def missing(what: str, mend: str = "") -> ApiError:
    return ApiError(404, what, mend)


def conflict(what: str, mend: str = "") -> ApiError:
    return ApiError(409, what, mend)


def told(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an operation, as OpenAPI lists them."""
    words = {
        400: "The request cannot be read",
        401: "The token is missing or wrong",
        404: "There is no such thing",
        409: "It stands in the way of something that is there",
        422: "What was sent cannot be used",
        429: "Too many requests",
        503: "The database is away; Retry-After says when to come back",
    }
    return {status: {"model": Problem, "description": words[status]} for status in statuses}


def answer(status: int, what: str, mend: str = "", headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": what, "mend": mend}, status, headers=headers)


def refusal(status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Of what nobody looked at."""
    return answer(status, *REFUSALS.get(status, ("the request cannot be answered", SCHEMA)), headers)


def explain(api: FastAPI) -> None:
    """Whatever is raised in it becomes an answer."""

    @api.exception_handler(ApiError)
    async def refused(_: Request, problem: ApiError) -> JSONResponse:
        return answer(problem.status, problem.what, problem.mend)

    @api.exception_handler(InputError)
    async def unusable(_: Request, problem: InputError) -> JSONResponse:
        return answer(422, shortened(problem.what), problem.mend)

    @api.exception_handler(RequestValidationError)
    async def malformed(request: Request, problem: RequestValidationError) -> JSONResponse:
        if problem.errors()[0]["type"] == "json_invalid":
            return answer(422, *REFUSALS[400])
        what, mend = first(problem, request.scope["route"])
        return answer(422, what, mend or SCHEMA)

    @api.exception_handler(HTTPException)
    async def impossible(_: Request, problem: HTTPException) -> JSONResponse:
        return refusal(problem.status_code, problem.headers)

    @api.exception_handler(StoreUnavailable)
    async def away(_: Request, problem: StoreUnavailable) -> JSONResponse:
        log.error("the API cannot answer", problem=str(problem))
        return answer(503, "the database does not answer", "try again later", {"Retry-After": BACK_IN})
