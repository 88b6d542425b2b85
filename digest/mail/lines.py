"""Lines of a text part.

In:    plain text, an indent, a prefix for the first line.
Out:   lines of at most 72 characters (RFC 3676 recommends ≤ 78); an address is never broken.
Never: a line that a mail program takes for a quote, a signature or an mbox separator.
"""

import re

WIDTH = 72
_MISREAD = re.compile(r"(?=>|From |-- ?$)")


def wrapped(text: str, indent: int = 0, first: str = "") -> str:
    """`text` in lines that hang under `first`, or are indented by `indent` spaces."""
    indent = indent or len(first)
    lines = _filled(text, WIDTH - indent)
    lines[0] = (first or " " * indent) + lines[0]
    if not indent:
        lines = [_MISREAD.sub(" ", line, count=1) if _MISREAD.match(line) else line for line in lines]
    return "\n".join([lines[0], *(" " * indent + line for line in lines[1:])])


def _filled(text: str, width: int) -> list[str]:
    lines = [""]
    for word in (part for long in text.split() for part in _parts(long, width)):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return lines


def _parts(word: str, width: int) -> list[str]:
    """A word too long for a line (Chinese has no spaces) in pieces; an address whole."""
    if len(word) <= width or "://" in word:
        return [word]
    return [word[i : i + width] for i in range(0, len(word), width)]
