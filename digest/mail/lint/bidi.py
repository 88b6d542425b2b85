"""Writing from right to left does not turn its neighbours round (UAX 9).

In:    a mail.
Out:   findings on overrides, on isolates that are not closed, on right-to-left words that stand open.
Never: a mail that is itself in such writing: there all of it runs that way.
"""

import re
from collections.abc import Iterator
from unicodedata import bidirectional

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Element

_TURNING = re.compile("[\u202a-\u202e]")
_OPEN, _CLOSE = "\u2066\u2067\u2068", "\u2069"


def findings(mail: Mail) -> Iterator[Finding]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", mail.text), 1):
        yield from _balanced(paragraph, f"text, paragraph {number}")
        if _outside(paragraph):
            yield Finding("bidi.open", f"{brief(paragraph)} has right-to-left words that stand open", "text")
    if mail.page is None:
        return
    for text, block in mail.page.blocks:
        yield from _balanced(text, block.where)
    for text, element in mail.page.texts:
        if _outside(text) and not _has_direction(element):
            yield Finding("bidi.open", f"{brief(text)} has right-to-left words and no dir", element.where)


def _balanced(text: str, where: str) -> Iterator[Finding]:
    if turning := _TURNING.search(text):
        yield Finding("bidi.turning", f"U+{ord(turning[0]):04X} turns round what follows", where)
    depth = 0
    for character in text:
        depth += (character in _OPEN) - (character == _CLOSE)
        if depth < 0:
            break
    if depth:
        yield Finding("bidi.balanced", f"{brief(text)} has isolates that are not closed, or not opened", where)


def _outside(text: str) -> bool:
    """Whether a right-to-left letter stands outside of all isolates."""
    depth = 0
    for character in text:
        depth += (character in _OPEN) - (character == _CLOSE)
        if depth <= 0 and not character.isascii() and bidirectional(character) in ("R", "AL"):
            return True
    return False


def _has_direction(element: Element) -> bool:
    """Whether it, or what it stands in, says its direction; the wrapper and the document say that of the mail."""
    for each in element.lineage():
        if each.attributes.get("role") == "article" or each.tag == "html":
            return each.attributes.get("dir") == "rtl"
        if "dir" in each.attributes:
            return True
    return False
