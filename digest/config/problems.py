"""What is wrong with a configuration, in the operator's words.

In:    pydantic's errors, the models, the raw tables.
Out:   one line for each problem: the dotted key, what is wrong, what would be right.
Never: the value of a secret.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from digest.inputs import instead

Loc = tuple[int | str, ...]

CLAUSES = ("is ", "must ", "names ", "lacks ")  # an error that goes on from the key as its subject
TABLES = {"model_type", "model_attributes_type", "tuple_type", "dict_type"}
PLAINER = {
    "a valid tuple": 'a list: ["one", "two"]',
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "text in quotes",
    "a valid boolean": "true or false",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "have at least 1 character": "not be empty",
}


def across(raw: Mapping[str, Any]) -> Iterator[str]:
    """What no table sees by itself: that there is no source, or that two share a name, by which their state is kept."""
    listed = raw.get("sources")
    if listed == []:
        yield "sources is empty: give at least one [[sources]] table"
    names = [each.get("name") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    for name in sorted({name for name in names if isinstance(name, str) and names.count(name) > 1}):
        yield f"sources: {names.count(name)} of them are called “{name}”; give each a name of its own"


def line(error: ErrorDetails, raw: Mapping[str, Any], root: type[BaseModel]) -> str:
    """One problem in one line: the dotted key, what is wrong, what would be right."""
    loc, kind = error["loc"], error["type"]
    key, known = _dotted(loc, raw), _known(loc, root)
    if kind == "value_error":
        text = str(error["ctx"]["error"])
        return key + ("" if text[0] in ": " else " " if text.startswith(CLAUSES) else ": ") + text
    if kind == "missing":
        return f"{key} is missing: {known[str(loc[-1])].description}"
    if kind == "extra_forbidden":
        return f"{key} is no key we know; {instead(str(loc[-1]), known)}"
    shown = "" if _is_secret(str(loc[-1]), known) else _shown(error["input"])
    return f"{key} {_wanted(error, key, known)}{shown}"


def _wanted(error: ErrorDetails, key: str, known: Mapping[str, FieldInfo]) -> str:
    if error["type"] in TABLES and "." not in key:
        return f"must be a table: write {'[[sources]]' if key.startswith('sources') else f'[{key}]'}"
    if error["type"] == "string_pattern_mismatch":
        return f"must be {known[str(error['loc'][-1])].description}"
    text = error["msg"].replace("Input should be ", "must be ").replace("String should ", "must ")
    for theirs, ours in PLAINER.items():
        text = text.replace(theirs, ours)
    return text


def _is_secret(name: str, known: Mapping[str, FieldInfo]) -> bool:
    """An address may have a password in it."""
    return name == "url" or (name in known and known[name].annotation is SecretStr)


def _shown(value: object) -> str:
    return f", not {value!r}" if isinstance(value, str | int | float) else ""


def _dotted(loc: Loc, raw: Mapping[str, Any]) -> str:
    """`smtp.port`; a source by its name where it has one, else by its number from 1: `sources[2].kind`."""
    if len(loc) > 1 and loc[0] == "sources":
        named = raw["sources"][loc[1]]
        name = (named.get("name") if isinstance(named, dict) else None) or int(loc[1]) + 1
        loc = (f"sources[{name}]", *loc[2:3])
    return ".".join(str(part) for part in loc[:2])


def _known(loc: Loc, root: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """The keys that the table at `loc` may have."""
    if len(loc) == 1 or str(loc[0]) not in root.model_fields:
        return root.model_fields
    annotation = root.model_fields[str(loc[0])].annotation
    section: Any = next(iter(get_args(annotation)), annotation)  # of `tuple[X, ...]`: X
    fields: Mapping[str, FieldInfo] = section.model_fields
    return fields
