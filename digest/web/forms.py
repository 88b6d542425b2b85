"""Forms as browsers send them.

In:    a request whose body is bounded already.
Out:   its fields as text: the first value of a name, or all.
Never: a file, an error for a field that is not there.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

MOST_FIELDS = 400


class Fields:
    """What was typed. Line ends and other controls are blanks, but where lines are asked for."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    def one(self, name: str) -> str:
        """The first value, `""` where there is none."""
        return next(self._values(name), "")

    def all(self, name: str) -> list[str]:
        """The values that are not empty."""
        return [value for value in self._values(name) if value]

    def lines(self, name: str) -> list[str]:
        """The lines of all its values that are not empty."""
        typed = (value for value in self._form.getlist(name) if isinstance(value, str))
        return [tidy for value in typed for line in value.splitlines() if (tidy := _tidy(line))]

    def __contains__(self, name: str) -> bool:
        return name in self._form

    def _values(self, name: str) -> Iterator[str]:
        for value in self._form.getlist(name):
            if isinstance(value, str):
                yield _tidy(value)


def _tidy(value: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


async def read_fields(request: Request) -> Fields:
    try:
        return Fields(await request.form(max_files=0, max_fields=MOST_FIELDS))
    except (MultiPartException, UnicodeDecodeError):
        raise HTTPException(400, "The form cannot be read") from None


Form = Annotated[Fields, Depends(read_fields)]
