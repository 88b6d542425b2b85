"""Which stretches of a text must not be torn apart.

In:    one clean line that may hold TeX.
Out:   where they start and end: formulas, macros with their arguments, groups, addresses.
Never: a stretch that does not close: a stray brace binds nothing.
"""

import re
from collections.abc import Iterator

from digest.tex.formulas import dollars

Span = tuple[int, int]

_CLOSED = re.compile(r"https?://\S+|\\(?:\(.*?\\\)|\[.*?\\\]|[A-Za-z]+\*?(?:\[[^\]]*\])+)")
_BRACE = re.compile(r"\\.|[{}]")


def whole(text: str) -> list[Span]:
    """The stretches, in no order; they may overlap."""
    return [*(m.span() for m in _CLOSED.finditer(text)), *dollars(text), *_groups(text)]


def _groups(text: str) -> Iterator[Span]:
    """What stands between two braces that match."""
    opened: list[int] = []
    for found in _BRACE.finditer(text):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            yield opened.pop(), found.end()
