"""A mail on a telephone of 320 px, and in classic Outlook, which knows no widest width.

In:    a mail.
Out:   findings on widths that are fixed, words that cannot break, a column without an end.
Never: pixels of a font: columns stand for them.
"""

import re
from collections.abc import Iterator

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.looks import Looks
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Element, Page
from digest.mail.lint.width import columns

_SCREEN = 320  # px
_WORD, _LABEL = 36, 30  # columns: of what has no space; of what may not wrap
_BREAKING = ("word-break", "overflow-wrap", "word-wrap")


def findings(mail: Mail) -> Iterator[Finding]:
    if mail.page is None:
        return
    looks = mail.page.looks
    for element in mail.page.elements:
        yield from _fixed(element, looks)
    for text, element in mail.page.texts:
        if not looks.is_hidden(element):
            yield from _word(text, element, looks)
    yield from _ghost(mail.page, looks)


def _fixed(element: Element, looks: Looks) -> Iterator[Finding]:
    style = looks.own(element)
    for said in (element.attributes.get("width", ""), style.get("width", ""), style.get("min-width", "")):
        size = re.fullmatch(r"(\d+)(?:px)?", said)
        if size and int(size[1]) > _SCREEN and style.get("max-width") != "100%":
            yield Finding("reflow.width", f"{said} is wider than {_SCREEN} px", element.where)


def _word(text: str, element: Element, looks: Looks) -> Iterator[Finding]:
    if looks.inherited(element, "white-space") == "nowrap" and columns(text.strip()) > _LABEL:
        yield Finding("reflow.nowrap", f"{brief(text)} may not wrap", element.where)
    if any(looks.inherited(element, key) for key in _BREAKING):
        return
    for word in re.split(r"[ \n\t-]+", text):
        if word.isascii() and columns(word) > _WORD:
            yield Finding("reflow.word", f"{brief(word)} cannot break", element.where)


def _ghost(page: Page, looks: Looks) -> Iterator[Finding]:
    widest = [element for element in page.elements if looks.own(element).get("max-width", "100%") != "100%"]
    if not widest:
        yield Finding("reflow.column", "nothing has a max-width: lines are as wide as the window", "html")
    elif not any("mso" in comment and "<table" in comment for comment, _ in page.comments):
        yield Finding("reflow.ghost", "no table for classic Outlook, which knows no max-width", "html")
