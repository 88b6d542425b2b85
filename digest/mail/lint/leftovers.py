"""What nobody should see: raw macros, templates, values that are none, text that was decoded wrongly.

In:    a mail.
Out:   findings on every text that is shown: subject, names, the text part, the HTML.
Never: addresses of links.
"""

import re
from collections.abc import Iterator

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.mail import Mail

_PATTERNS = {
    "leftovers.tex": re.compile(
        r"\\[A-Za-z]+|\\[\"'`^~=.]\{?[A-Za-z]|\\[{}$%&_#\\(\[]|[_^]\{|(?<![\w$])\$[^\s$][^$]*[\\^_{}][^$]*\$"
    ),
    "leftovers.template": re.compile(r"\{\{|\{%|\{#|%\}|%\(\w+\)[sd]|\$\{\w+\}"),
    "leftovers.value": re.compile(
        r"(?:^|[:·] |\()(?:None|nan|NaN|null|undefined|Undefined)(?=$|[.,;:)])"
        r"|<\w[\w.]* object at 0x|\[object Object\]|datetime\.\w+\(|Lorem ipsum"
    ),
    "leftovers.escape": re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d+|#x[0-9a-fA-F]+);"),
    "leftovers.mojibake": re.compile(
        r"\ufffd|Ã[\u0080-\u00bf]|Â[\u0080-\u009f\u00a1-\u00bf]|â[\u0080\u0082€][\u0080-\u00bf\u2010-\u2122]|ï»¿|ï¿½"
    ),
    "leftovers.markup": re.compile(
        r"</?(?:a|b|i|p|br|em|sub|sup|span|strong|code|div|td|jats:\w+)(?:\s[^<>]*)?/?>", re.IGNORECASE
    ),
}
_URL = re.compile(r"(?:https?://|mailto:)\S+")
_SAID = ("alt", "aria-label", "title")


def findings(mail: Mail) -> Iterator[Finding]:
    for text, where in _shown(mail):
        bare = _URL.sub("", text)
        for rule, pattern in _PATTERNS.items():
            if found := pattern.search(bare):
                around = bare[max(found.start() - 20, 0) : found.end() + 20]
                yield Finding(rule, brief(around), where)


def _shown(mail: Mail) -> Iterator[tuple[str, str]]:
    for name in ("Subject", "From", "To", "List-Id"):
        yield mail.decoded(name), name
    for number, line in enumerate(mail.text.splitlines(), 1):
        yield line, f"text, line {number}"
    if mail.page is None:
        return
    for text, block in mail.page.blocks:
        yield text, block.where
    for element in mail.page.elements:
        if element.tag == "title":
            yield "".join(map(str, element.children)), element.where
        for key in _SAID:
            yield element.attributes.get(key, ""), element.where
