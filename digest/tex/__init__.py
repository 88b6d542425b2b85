"""Reads the TeX of titles and abstracts.

In:    one clean line with macros, `$formulas$` and the mistakes people make in both.
Out:   a tree of plain strings and five styles (sub, sup, em, strong, code) that a writer prints as text or HTML.
Never: an exception, a raw macro or a lost word. Own parser: pylatexenc's takes 4.7 ms a text; its symbol table serves.
"""

import re

from digest.tex.formulas import delimited
from digest.tex.macros import SPECIAL
from digest.tex.pieces import Span, whole
from digest.tex.reader import GONE, SOFT, Nodes, Reader, Styled

__all__ = ["GONE", "SOFT", "Nodes", "Span", "Styled", "has_tex", "read", "whole"]

_SIGN = re.compile(r"[\\$~^{]")
_TEX = re.compile(r"[\\$]|[_^]\{|\{,\}|(?<=[^\s(\[<])~(?=\S)|(?<=[^\W_]|\))\^(?=-?[0-9])")


def has_tex(text: str) -> bool:
    """Whether there is anything to read: most titles have none."""
    sign = _SIGN.search(text)
    return sign is not None and (sign[0] in "\\$" or _TEX.search(text, max(sign.start() - 1, 0)) is not None)


def read(text: str) -> Nodes:
    """Parses `text`. Raises nothing: what is no TeX comes out as it is written."""
    return Reader(delimited(text), SPECIAL).sequence()
