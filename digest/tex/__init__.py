"""Reads the TeX of titles and abstracts.

In:    one clean line with macros, `$formulas$` and the mistakes people make in both.
Out:   a tree of plain strings and five styles (sub, sup, em, strong, code) that a writer prints as text or HTML.
Never: an exception, a raw macro or a lost word. Own parser: pylatexenc's takes 4.7 ms a text; its symbol table serves.
"""

import re

from digest.tex.formulas import delimited
from digest.tex.macros import SPECIAL
from digest.tex.reader import SOFT, Nodes, Reader, Styled

__all__ = ["SOFT", "Nodes", "Styled", "has_tex", "read"]

_TEX = re.compile(r"[\\$]|[_^]\{|\{,\}|(?<=[^\s(\[<])~(?=\S)|(?<=[^\W_]|\))\^(?=-?[0-9])")


def has_tex(text: str) -> bool:
    """Whether there is anything to read: most titles have none."""
    return _TEX.search(text) is not None


def read(text: str) -> Nodes:
    """Parses `text`. Raises nothing: what is no TeX comes out as it is written."""
    return Reader(delimited(text), SPECIAL).sequence()
