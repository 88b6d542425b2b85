"""What is wrong with what a program sent, in words that say how to mend it.

In:    pydantic's errors, the route that found them.
Out:   what is wrong; the key that may have been meant, the words there are, an example.
Never: pydantic's own words; more of what was sent than 40 printable characters.
"""

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar, get_args

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from digest.inputs import instead

T = TypeVar("T")

SHOWN = 40
_QUOTED = re.compile("“(.*)”", re.DOTALL)  # to the last: what was sent may have quotation marks of its own

WHOLE = "is no whole number", "write digits only, without quotes"
WORDS = {
    "string_type": ("is no text", "write it in quotes"),
    "bool_type": ("is neither true nor false", "write it without quotes"),
    "int_type": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "list_type": ("is no list", 'write ["one", "two"]'),
    "greater_than_equal": ("is too small", "at least {ge}"),
    "less_than_equal": ("is too large", "at most {le}"),
    "string_too_long": ("is too long", "at most {max_length} characters"),
    "too_long": ("is too long", "at most {max_length} items"),
    "string_pattern_mismatch": ("cannot be used", "write one line of printable characters"),
    "string_unicode": ("cannot be used", "write one line of printable characters"),
    "value_error": ("cannot be used", "{error}"),
}


def quoted(sent: str) -> str:
    """In quotation marks, and no more of it than may be said again."""
    safe = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in sent[:SHOWN])
    return f"“{safe[: SHOWN - 1]}…”" if len(sent) > SHOWN else f"“{safe}”"


def shortened(text: str) -> str:
    """A sentence of ours with what it quotes cut."""
    return _QUOTED.sub(lambda found: quoted(found[1]), text)


def first(problem: RequestValidationError, route: APIRoute) -> tuple[str, str]:
    """What is wrong, and what would be right. A key that is not known may be the one that is missing, misspelt."""
    found = min(problem.errors(), key=lambda each: each["type"] != "extra_forbidden")
    loc, kind = found["loc"], found["type"]
    if loc == ("body",):
        return _no_object(problem.body, _model(_field(route, loc)))
    if kind == "extra_forbidden":
        return _unknown(loc, _model(_field(route, loc[:-1])))
    return _wrong(found, _place(loc[1:]), _field(route, loc))


def _no_object(body: object, wanted: type[BaseModel]) -> tuple[str, str]:
    if isinstance(body, bytes):  # nobody has read it
        return "the body is not called JSON", "send Content-Type: application/json"
    what = "the request has no body" if body is None else "the body is no object"
    return what, f"send a JSON object, {_like(wanted)} at least"


def _unknown(loc: tuple[int | str, ...], at: type[BaseModel]) -> tuple[str, str]:
    key, place = str(loc[-1]), _place(loc[1:-1])
    where = f" in {place}" if place else ""
    return f"there is no key {quoted(key)}{where}", instead(key[:SHOWN], at.model_fields)


def _wrong(found: Mapping[str, Any], place: str, field: FieldInfo) -> tuple[str, str]:
    kind = found["type"]
    if kind == "missing":
        return f"{place} is missing", _words(field) or _as_in(found, field)
    if kind == "enum":
        sent = found["input"]
        return f"there is no {place} {quoted(sent)}" if isinstance(sent, str) else f"{place} is no text", _words(field)
    if kind == "model_attributes_type":
        return f"{place} is no object", f"write {_like(_model(field))}"
    error, mend = WORDS.get(kind, ("cannot be used", ""))
    as_in = _as_in(found, field) if kind == "list_type" and field.examples else ""
    return f"{place} {error}", as_in or mend.format(**found.get("ctx", {}))


def _words(field: FieldInfo) -> str:
    known = _found(field.annotation, Enum)
    return f"there are {', '.join(each.value for each in known)}" if known else ""


def _as_in(found: Mapping[str, Any], field: FieldInfo) -> str:
    where, *_, name = found["loc"]
    return f"as in {_json({name: _example(field)})}" if where == "body" else f"add {name}=…"


def _place(loc: tuple[int | str, ...]) -> str:
    """`topics[0].kind`: all of it keys we know."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


def _field(route: APIRoute, loc: tuple[int | str, ...]) -> FieldInfo:
    """What should stand there; of an item the list it is in."""
    if loc[0] != "body":
        parameters = (*route.dependant.query_params, *route.dependant.path_params)
        return next(each.field_info for each in parameters if each.alias == loc[1])
    body: Any = route.body_field
    field: FieldInfo = body.field_info
    for part in loc[1:]:
        field = field if isinstance(part, int) else _model(field).model_fields[part]
    return field


def _model(field: FieldInfo) -> type[BaseModel]:
    return _found(field.annotation, BaseModel) or BaseModel


def _found(annotation: Any, base: type[T]) -> type[T] | None:
    """The class of that kind in `list[X]`, or `X | None`."""
    if isinstance(annotation, type) and issubclass(annotation, base):
        return annotation
    return next(filter(None, (_found(each, base) for each in get_args(annotation))), None)


def _like(model: type[BaseModel]) -> str:
    """The smallest that will do."""
    return _json({name: _example(field) for name, field in model.model_fields.items() if field.is_required()})


def _example(field: FieldInfo) -> Any:
    return next(iter(field.examples or ()), "…")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
