"""Properties and style elements.

In:    a mail.
Out:   findings on what mail programs do not know, drop, or show elsewhere than meant.
Never: colours against each other.
"""

import re
from collections.abc import Iterator

from digest.mail.lint.css import Declaration, is_understood
from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Element, Page
from digest.mail.lint.support import DISPLAYS, HELPFUL, PROPERTIES

LARGEST = 16_384  # characters of all style elements; Gmail drops them all where there are more
_COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_ELSEWHERE = re.compile(r"url\(|expression\(|var\(|calc\(|javascript", re.IGNORECASE)
_ZERO = re.compile(r"0(?:px)?(?: 0(?:px)?)*")


def findings(mail: Mail) -> Iterator[Finding]:
    if mail.page is not None:
        yield from allowed(mail.page)


def allowed(page: Page) -> Iterator[Finding]:
    for element, given in page.looks.inline.items():
        for each in given:
            yield from _declaration(each, element.where)
            yield from _on(each, element)
    yield from _sheets(page)


def _declaration(each: Declaration, where: str) -> Iterator[Finding]:
    if not each.key:
        yield Finding("styles.sound", f"{brief(each.value)} cannot be read", where)
    elif each.key not in PROPERTIES | HELPFUL and not each.key.startswith("mso-"):
        yield Finding("styles.property", f"{each.key} is not for mail", where)
    if _ELSEWHERE.search(each.value):
        yield Finding("styles.value", f"{brief(each.value)} is not for mail", where)
    if each.key in ("color", "background-color") and not _COLOUR.fullmatch(each.value):
        yield Finding("styles.colour", f"{brief(each.value)} is no #rrggbb", where)
    if each.key == "display" and each.value not in DISPLAYS:
        yield Finding("styles.value", f"display:{each.value} is not for mail", where)
    if each.key.startswith("margin") and "-" in each.value:
        yield Finding("styles.value", "a negative margin, which some drop", where)


def _on(each: Declaration, element: Element) -> Iterator[Finding]:
    if each.key.startswith("padding") and element.tag not in ("td", "th") and not _ZERO.fullmatch(each.value):
        yield Finding("styles.padding", f"on <{element.tag}>, where classic Outlook drops it", element.where)


def _sheets(page: Page) -> Iterator[Finding]:
    size = sum(len(str(child)) for style in page.all("style") for child in style.children)
    if size > LARGEST:
        yield Finding("styles.size", f"{size} characters in <style>, more than {LARGEST}", "html")
    for each in page.looks.sheets:
        for fault in each.faults:
            yield Finding("styles.sheet", fault, "html, <style>")
        for rule in each.rules:
            if not is_understood(rule.selector):
                yield Finding("styles.selector", f"{brief(rule.selector)} is not for mail", "html, <style>")
            for declaration in rule.declarations:
                yield from _declaration(declaration, "html, <style>")
