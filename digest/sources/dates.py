"""Reads the dates of feeds and APIs.

In:    ISO 8601 or RFC 5322 text, or feedparser's UTC tuples.
Out:   aware UTC datetimes; None for what is no date, or one that no paper has.
Never: an exception for bad input, local time.
"""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

OLDEST = datetime(1800, 1, 1, tzinfo=UTC)
NEWEST = datetime(2200, 1, 1, tzinfo=UTC)


def moment(text: object) -> datetime | None:
    """The moment that `text` names; without a zone it is taken for UTC."""
    if not isinstance(text, str):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return _sane(read(text.strip()))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def moment_of(parts: time.struct_time | None) -> datetime | None:
    """The moment of a UTC time tuple."""
    try:
        return _sane(datetime(*parts[:6], tzinfo=UTC)) if parts else None
    except (ValueError, TypeError, OverflowError):
        return None


def _sane(found: datetime) -> datetime | None:
    aware = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return aware if OLDEST <= aware < NEWEST else None
