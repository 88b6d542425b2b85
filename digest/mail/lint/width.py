"""How wide text is.

In:    text.
Out:   columns where all letters have one width: two for a Chinese character, none for a mark on another.
Never: pixels of a font.
"""

from unicodedata import category, east_asian_width

_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})


def columns(text: str) -> int:
    return sum(map(_column, text))


def _column(character: str) -> int:
    if category(character) in _NO_WIDTH:
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1
