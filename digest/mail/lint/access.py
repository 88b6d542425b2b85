"""What a screen reader, a keyboard and a thumb need.

In:    a mail.
Out:   findings on language, roles, headings, sizes of letters and of what is tapped; who wrote, and to whom.
Never: colours.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.looks import Looks
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Element, Page

_SMALLEST, _TARGET = 12, 24  # px: of letters; of what is tapped (WCAG 2.2 SC 2.5.8)
_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def findings(mail: Mail) -> Iterator[Finding]:
    for name, content in (("text", mail.text), ("html", mail.page.root.text if mail.page else "")):
        if content:
            yield from _people(mail, name, content)
    if mail.page is not None:
        yield from _language(mail.page)
        yield from _headings(mail.page, many=mail.is_of_list)
        yield from _letters(mail.page)


def _people(mail: Mail, name: str, content: str) -> Iterator[Finding]:
    if mail.address("From") not in content.lower():
        yield Finding("access.sender", "does not say who sent it", name)
    if mail.is_of_list and mail.address("To") not in content.lower():
        yield Finding("access.why", "does not say whom it was sent to, and why", name)


def _language(page: Page) -> Iterator[Finding]:
    wrappers = [element for element in page.all("div", "table", "td") if element.attributes.get("role") == "article"]
    for element in (*page.all("html"), *wrappers):
        if not _TAG.fullmatch(element.attributes.get("lang", "")) or "dir" not in element.attributes:
            yield Finding("access.language", "no lang and dir", element.where)
    if len(wrappers) != 1 or wrappers[0].attributes.get("aria-roledescription") != "email":
        yield Finding("access.article", "no one wrapper with role=article, aria-roledescription=email", "html")
    if not any(title.children and str(title.children[0]).strip() for title in page.all("title")):
        yield Finding("access.title", "an empty <title>", "html")
    for element in page.elements:
        if element.attributes.get("dir", "ltr") not in ("ltr", "rtl", "auto"):
            yield Finding("access.language", f"dir is {brief(element.attributes['dir'])}", element.where)
        if element.attributes.get("aria-hidden") == "true" and any(each.tag == "a" for each in element.walk()):
            yield Finding("access.hidden", "a link that is not read out", element.where)


def _headings(page: Page, *, many: bool) -> Iterator[Finding]:
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3")]
    if levels.count(1) != 1 or levels[0] != 1:
        yield Finding("access.headings", f"{levels.count(1)} <h1>, or not the first", "html")
    if many and 2 not in levels:
        yield Finding("access.headings", "no <h2>", "html")
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield Finding("access.headings", "a level is left out", "html")
    for element in page.all("h1", "h2", "h3"):
        if not element.text and not any(each.attributes.get("alt") for each in element.walk()):
            yield Finding("access.headings", "an empty heading", element.where)


def _letters(page: Page) -> Iterator[Finding]:
    looks = page.looks
    for text, element in page.texts:
        if looks.is_hidden(element) or element.inside("sub", "sup") or _is_decoration(element):
            continue
        if looks.pixels(element, "font-size") < _SMALLEST:
            yield Finding("access.small", f"{brief(text)} is below {_SMALLEST} px, or has no size", element.where)
    for _, block in page.blocks:
        heights = [looks.pixels(each, "line-height") for each in block.walk() if each.tag == "a"]
        if _is_of_links(block) and min(heights) < _TARGET:
            yield Finding("access.target", f"{brief(block.text)} is lower than {_TARGET} px", block.where)
        if heights and not _is_of_links(block) and block.tag not in ("h1", "h2", "h3"):
            yield from _marked(block, looks)


def _marked(block: Element, looks: Looks) -> Iterator[Finding]:
    """A link among words is told from them by more than its colour (WCAG 2.2 SC 1.4.1)."""
    for link in block.walk():
        if link.tag == "a" and looks.own(link).get("text-decoration") == "none":
            yield Finding("access.marked", f"{brief(link.text)} stands among words without a line under it", link.where)


def _is_decoration(element: Element) -> bool:
    return any(each.attributes.get("aria-hidden") == "true" for each in element.lineage())


def _is_of_links(block: Element) -> bool:
    """Whether it holds links and no sentence around them."""
    links = [each for each in block.walk() if each.tag == "a"]
    rest = block.text
    for link in links:
        rest = rest.replace(link.text, "", 1)
    return bool(links) and not re.search(r"\w", rest)
