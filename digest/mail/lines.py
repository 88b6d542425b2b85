"""Lines of a text part.

In:    plain text, an indent, a prefix for the first line.
Out:   lines of at most 72 columns (RFC 3676 recommends ≤ 78), a Chinese character is two; an address is never broken.
Never: a line that a mail program takes for a quote, a signature or an mbox separator.
"""

import re
from unicodedata import category, east_asian_width

WIDTH = 72
_ADDRESS = re.compile(r"(https?://[!-~]+)")
_MISREAD = re.compile(r"(?=>|From |-- ?$)")


def wrapped(text: str, indent: int = 0, first: str = "") -> str:
    """`text` in lines that hang under `first`, or are indented by `indent` spaces."""
    indent = indent or len(first)
    lines = _filled(text, WIDTH - indent)
    lines[0] = (first or " " * indent) + lines[0]
    if not indent:
        lines = [_MISREAD.sub(" ", line, count=1) if _MISREAD.match(line) else line for line in lines]
    return "\n".join([lines[0], *(" " * indent + line for line in lines[1:])])


def columns(text: str) -> int:
    """How wide `text` is where letters have one width: two for a wide character (UAX #11), none for a mark on one."""
    return len(text) if text.isascii() else sum(map(_column, text))


def _column(character: str) -> int:
    if east_asian_width(character) in ("W", "F"):
        return 2
    return 0 if category(character) in ("Mn", "Me", "Cf") else 1


def _filled(text: str, width: int) -> list[str]:
    lines, used = [""], 0
    for word in (part for long in text.split() for part in _parts(long, width)):
        wide = columns(word)
        if lines[-1] and used + 1 + wide > width:
            lines.append(word)
            used = wide
        else:
            used += wide + bool(lines[-1])
            lines[-1] += f" {word}" if lines[-1] else word
    return lines


def _parts(word: str, width: int) -> list[str]:
    """A word too long for a line (Chinese has no spaces) in pieces; an address whole."""
    if columns(word) <= width or (word.isascii() and "://" in word):
        return [word]
    pieces = filter(None, _ADDRESS.split(word))
    return [part for piece in pieces for part in ([piece] if _ADDRESS.match(piece) else _broken(piece, width))]


def _broken(word: str, width: int) -> list[str]:
    parts, used = [""], 0
    for character in word:
        wide = _column(character)
        if used + wide > width:
            parts.append("")
            used = 0
        parts[-1] += character
        used += wide
    return parts
