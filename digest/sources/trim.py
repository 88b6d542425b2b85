"""Keeps what a source says within bounds.

In:    text of any length from outside, and how it is to be read.
Out:   clean text that fits a mail and a row.
Never: work that grows with what a hostile source sends.
"""

from collections.abc import Callable, Iterable

from digest.text import clean

TITLE = 600  # characters
ABSTRACT = 12_000
NAME = 160
AUTHORS = 6_000  # names; the longest author list known has 5,154
CATEGORIES = 30


def trim(text: object, limit: int, read: Callable[[str], str] = clean) -> str:
    """`text` read and cut to `limit` characters; `""` for what is no text."""
    if not isinstance(text, str):
        return ""
    found = read(text[: 4 * limit])
    return found if len(found) <= limit else found[: limit - 1].rstrip() + "…"


def trim_all(texts: Iterable[object], count: int, read: Callable[[str], str] = clean) -> tuple[str, ...]:
    """The first `count` distinct texts that are not empty, in order."""
    found: dict[str, None] = {}
    for text in texts:
        if len(found) == count:
            break
        if kept := trim(text, NAME, read):
            found[kept] = None
    return tuple(found)
