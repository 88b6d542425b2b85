"""Answers that a cache need not be given twice (RFC 9110 section 13).

In:    a whole answer, and when what it shows last changed, where that is known.
Out:   the same with its validators, or 304 where the one who asks has it already.
Never: a validator that stays while a byte of the page changes.
"""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request, Response

DAY, HOUR, SOON = 86_400, 3_600, 300  # seconds that caches may keep a page
KEPT = ("cache-control", "vary", "etag", "last-modified", "x-robots-tag")


def fresh(request: Request, answer: Response, changed: datetime | None = None) -> Response:
    """The answer, or 304 Not Modified."""
    answer.headers["ETag"] = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    if changed:
        answer.headers["Last-Modified"] = format_datetime(changed.astimezone(UTC).replace(microsecond=0), usegmt=True)
    if not _has_it(request, answer.headers["ETag"], changed):
        return answer
    return Response(status_code=304, headers={name: answer.headers[name] for name in KEPT if name in answer.headers})


def _has_it(request: Request, tag: str, changed: datetime | None) -> bool:
    """By If-None-Match; by If-Modified-Since only where there is none of those."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in known.split(",")}
    since = _moment(request.headers.get("if-modified-since", ""))
    return since is not None and changed is not None and changed.replace(microsecond=0) <= since


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
