"""The line that an inbox shows beside the subject.

In:    a mail.
Out:   findings on its place, its length, what it says, and what is hidden elsewhere.
Never: a letter to one person: the first words of that are its preheader.
"""

import re
from collections.abc import Iterator

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.looks import Looks, Mode
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Element, Page
from digest.mail.lint.width import columns

_SHORTEST, _LONGEST, _SPACERS = 35, 130, 20  # columns, characters, characters
_SPACER = re.compile("[\u00ad\u034f\u200b-\u200d\ufeff]")  # beside spaces
_HIDING = {"display": "none", "max-height": "0", "overflow": "hidden", "mso-hide": "all"}


def findings(mail: Mail) -> Iterator[Finding]:
    if mail.page is None or not mail.page.texts:
        return
    looks = mail.page.looks
    first = mail.page.texts[0][1]
    for text, element in mail.page.texts[1:]:
        if element is not first and any(looks.is_hidden(element, mode) for mode in Mode):
            yield Finding("preheader.hidden", f"{brief(text)} is hidden, and no preheader", element.where)
    if mail.is_of_list:
        yield from _first(mail, mail.page, first, looks)


def _first(mail: Mail, page: Page, first: Element, looks: Looks) -> Iterator[Finding]:
    if not looks.is_hidden(first):
        yield Finding("preheader.first", f"{brief(page.texts[0][0])} comes first, and no preheader", first.where)
        return
    style = looks.own(first)
    if any(style.get(key) != value for key, value in _HIDING.items()):
        yield Finding("preheader.hiding", "; ".join(f"{key}:{value}" for key, value in _HIDING.items()), first.where)
    said = " ".join(_SPACER.sub(" ", first.text).split())
    if columns(said) < _SHORTEST or len(said) > _LONGEST:
        yield Finding("preheader.length", f"{len(said)} characters, not {_SHORTEST} to {_LONGEST}", first.where)
    if len(_SPACER.findall(first.text)) > _SPACERS:
        yield Finding("preheader.spacer", f"more than {_SPACERS} characters of no width", first.where)
    subject = mail.decoded("Subject").casefold()
    if subject and said.casefold()[:_SHORTEST] == subject[:_SHORTEST]:
        yield Finding("preheader.subject", "says what the subject says", first.where)
