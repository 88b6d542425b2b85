"""Reads the author lines of feeds.

In:    one line with one or many names, with or without affiliations: `A. Lovelace (1), G. Hopper (2) ((1) Navy)`.
Out:   the names, in order.
Never: a guess that splits one person in two where a comma may be part of a name.
"""

import re

_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|M\.?D|Ph\.?D)\.?", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?[\s-]?){1,4}")
_AND = re.compile(r"\s*;\s*|\s*,?\s+and\s+|\s*,?\s+&\s+")
LIMIT = 20_000  # characters; the longest author lists have 5,000 names


def listed(line: str) -> tuple[str, ...]:
    """The names of a line that separates names by commas, as arXiv's `dc:creator` does."""
    names: list[str] = []
    for part in (part.strip() for piece in _AND.split(_without_brackets(line[:LIMIT])) for part in piece.split(",")):
        if names and _SUFFIX.fullmatch(part):
            names[-1] += f", {part}"
        elif part:
            names.append(part)
    return tuple(names)


def named(line: str) -> tuple[str, ...]:
    """The names of a line whose habits are not known: `Hopper, G., Lovelace, A.`, `Grace Hopper, Ada Lovelace`.

    A comma separates names where initials stand after every second one, or where each part has two words; else it
    belongs to the one name there is, `Lovelace, Ada`.
    """
    pieces = [piece.strip(" ,") for piece in _AND.split(_without_brackets(line[:LIMIT]))]
    return tuple(name for piece in pieces if piece for name in _split(piece))


def _split(piece: str) -> list[str]:
    parts = [part.strip() for part in piece.split(",") if part.strip()]
    one_person = len(parts) == 2 and not any(" " in part for part in parts)
    if one_person or (len(parts) % 2 == 0 and all(map(_INITIALS.fullmatch, parts[1::2]))):
        return [f"{given} {family}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return parts if all(" " in part for part in parts) else [", ".join(parts)]


def _without_brackets(line: str) -> str:
    """Without parentheses and what is in them, nested ones too; an open one ends the line."""
    depth, kept = 0, []
    for character in line:
        depth += character == "("
        if depth == 0:
            kept.append(character)
        depth = max(0, depth - (character == ")"))
    return "".join(kept)
