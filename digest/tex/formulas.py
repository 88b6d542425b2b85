"""Which `$` of a text delimit a formula, and which are money.

In:    one clean line.
Out:   the same with `$` only around formulas and `\\$` where it means dollars.
Never: a guess that swallows prose: in doubt a `$` is a dollar.
"""

import re
from collections.abc import Iterator

_DOLLAR = re.compile(r"\\.|\$")
_DISPLAY = re.compile(r"\$\$(.+?)\$\$")
_PROSE = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,}")
_PRICED = re.compile(rf"{_PROSE.pattern}|\s[a-z]{{2,}}\s")
_MACRO = re.compile(r"\\[A-Za-z]+\*?(\{[^{}]*\})?")


def delimited(text: str) -> str:
    """`text` with `$` left only around formulas; a `$` that means money becomes `\\$`."""
    text = _DISPLAY.sub(r"$\1$", text)
    out: list[str] = []
    done = 0
    for start, end in dollars(text):
        formula = end > start + 1
        out += text[done:start], f"${text[start + 1 : end - 1].strip()}$" if formula else r"\$"
        done = end
    return "".join(out) + text[done:]


def dollars(text: str) -> Iterator[tuple[int, int]]:
    """Where formulas start and end, their `$` included; a `$` that means money stands alone."""
    signs = [found.start() for found in _DOLLAR.finditer(text) if found[0] == "$"]
    i = 0
    while i < len(signs):
        start, end = signs[i], signs[i + 1] if i + 1 < len(signs) else -1
        formula = end > 0 and _is_formula(text[start + 1 : end], text[end + 1 : end + 2])
        yield start, (end if formula else start) + 1
        i += 2 if formula else 1


def _is_formula(inside: str, after: str) -> bool:
    """Whether `$inside$` is a formula: `$5 and $10` is not (pandoc's rule), nor is prose after a price."""
    if not inside.strip():
        return bool(inside)
    if inside[0].isdigit() and (_PRICED.search(_MACRO.sub(" ", inside)) or _opens(inside, after)):
        return False
    if re.search(r"[\\^_{}=<>]", inside):
        return True
    loose = inside[0].isspace(), inside[-1].isspace()
    if all(loose):
        return len(inside.strip()) <= 3  # `$ n $`
    between_prices = inside[0].isdigit() and after.isdigit()  # `$5-$10`
    return not any(loose) and not between_prices and not _PROSE.search(inside)


def _opens(before: str, after: str) -> bool:
    """Whether the `$` between them begins something: in `$5 \\emph{more} $x$` the second does."""
    return before[-1].isspace() and (after.isalnum() or after == "\\")
