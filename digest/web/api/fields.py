"""What programs may send, as types that say so in the schema.

In:    JSON and query strings.
Out:   checked values: numbers that fit a column, text that is one printable line, dates, what a subscriber wants.
Never: a guess: a key that is not known is refused, and so is a number in the place of a text.
"""

import re
from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from digest.errors import InputError
from digest.inputs import instead
from digest.web.api.malformed import SHOWN, quoted
from digest.wishes import Wishes

LARGEST, LARGEST_LONG = 2**31 - 1, 2**63 - 1  # what the columns hold
MOST = 500  # rows of a page
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("write one line of printable characters")
    return value


def _date(value: object) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("write a date as 2026-05-28")


_DAY = {"type": "string", "format": "date"}
_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"

Day = Annotated[date, BeforeValidator(_date), WithJsonSchema(_DAY)]
Line = Annotated[str, Field(max_length=254, pattern=_LINE), AfterValidator(_printable)]
Lines = Annotated[list[Line], Field(max_length=100)]
SubscriberId = Annotated[int, Path(ge=1, le=LARGEST)]
DeliveryId = Annotated[int, Path(ge=1, le=LARGEST_LONG)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
After = Annotated[int, Query(ge=0, le=LARGEST_LONG, description="The `next` of the page before.")]


def no_others(request: Request) -> None:
    """A filter that is misspelt must not show everybody. Raises InputError for a parameter there is not."""
    known = [each.alias for each in request.scope["route"].dependant.query_params]
    for name in request.query_params:
        if name not in known:
            raise InputError(f"there is no parameter {quoted(name)}", instead(name[:SHOWN], known))


class Body(BaseModel):
    """The shape of a request: nothing else is taken."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SubscriberWishes(Body):
    """What a subscriber wants. What is left out, or null, stays as it is; an empty list empties it."""

    name: Line | None = None
    topics: Lines | None = Field(None, description="Phrases to look for in title and abstract.")
    categories: Lines | None = Field(None, description="Of arXiv: `cs.LG`, or `cs.*` for all of an archive.")
    authors: Lines | None = None
    mutes: Lines | None = Field(None, description="Phrases to keep away; also `category:cs.CR`, `author:NAME`.")
    tz: Line | None = Field(None, description="An IANA zone: `Europe/Berlin`.")
    at: Line | None = Field(None, description="Their hour there: `07:30`.")
    cadence: Line | None = Field(None, description="`daily`, `weekdays`, `weekly`, or days: `mon,wed`.")
    papers: Annotated[int, Field(ge=0, le=50)] | None = Field(None, description="At most so many; 0: as the site does.")
    language: Line | None = Field(None, description="A code such as `de`; empty: the site's own.")
    abstracts: Line | None = Field(None, description="`short`, `full` or `titles`.")
    text_only: bool | None = None

    def wishes(self) -> Wishes:
        return Wishes(**{name: getattr(self, name) for name in SubscriberWishes.model_fields})
