"""Elements and attributes: what is allowed, and whether it is sound.

In:    a mail.
Out:   findings on tags, attributes, comments, tables, the head.
Never: what an element looks like.
"""

import re
from collections.abc import Iterator

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import VOID, Element, Page
from digest.mail.lint.support import ATTRIBUTES, ELEMENTS, EVERYWHERE

_META = {
    "viewport",
    "color-scheme",
    "supported-color-schemes",
    "format-detection",
    "x-apple-disable-message-reformatting",
}
_MSO = re.compile(r"\[if (?:gte |lte |gt |lt )?mso(?: \d+)?\]>(.*)<!\[endif\]", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^<>]*>", re.IGNORECASE)


def findings(mail: Mail) -> Iterator[Finding]:
    if mail.page is None:
        return
    yield from allowed(mail.page)
    yield from _document(mail.page)


def allowed(page: Page) -> Iterator[Finding]:
    """What can be said of any piece of HTML, a whole document or not."""
    for element in page.elements:
        yield from _element(element)
    for image in page.all("img"):
        if "alt" not in image.attributes:
            yield Finding("markup.alt", "an image without alt", image.where)
    for table in page.all("table"):
        if table.attributes.get("role") != "presentation":
            yield Finding("markup.table", "a table for layout without role=presentation", table.where)
    yield from _comments(page)


def _element(element: Element) -> Iterator[Finding]:
    if element.tag not in ELEMENTS:
        yield Finding("markup.element", f"<{element.tag}> is not for mail", element.where)
        return
    known = EVERYWHERE | ATTRIBUTES.get(element.tag, frozenset())
    for key in element.attributes:
        if key not in known:
            yield Finding("markup.attribute", f"{key} on <{element.tag}> is not for mail", element.where)
    name = element.attributes.get("name")
    if element.tag == "meta" and name is not None and name.lower() not in _META:
        yield Finding("markup.meta", f"{brief(name)} is not for mail", element.where)


def _comments(page: Page) -> Iterator[Finding]:
    """Only those that classic Outlook reads; what they open they close, over all of them."""
    opened: list[str] = []
    for comment, line in page.comments:
        conditional = _MSO.fullmatch(comment.strip())
        if not conditional:
            yield Finding("markup.comment", f"{brief(comment)} is of no use", f"html, line {line}")
            continue
        for slash, tag in _TAG.findall(conditional[1]):
            if not slash and tag not in VOID:
                opened.append(tag)
            elif slash and (not opened or opened.pop() != tag):
                yield Finding("markup.comment", f"</{tag}> for Outlook closes nothing", f"html, line {line}")
    if opened:
        yield Finding("markup.comment", f"<{opened[-1]}> for Outlook is never closed", "html")


def _document(page: Page) -> Iterator[Finding]:
    for what, line in page.faults:
        yield Finding("markup.sound", what, f"html, line {line}")
    if page.doctype.lower() != "doctype html":
        yield Finding("markup.document", "no <!DOCTYPE html>", "html")
    for tag in ("html", "head", "body", "title"):
        if len(page.all(tag)) != 1:
            yield Finding("markup.document", f"{len(page.all(tag))} <{tag}>, not one", "html")
    metas = [element.attributes for element in page.all("meta")]
    if not any(meta.get("charset", "").lower() == "utf-8" for meta in metas):
        yield Finding("markup.document", "no charset", "html")
    if not any(meta.get("name") == "viewport" for meta in metas):
        yield Finding("markup.document", "no viewport", "html")
    for element in page.all("meta", "title", "style"):
        if not element.inside("head"):
            yield Finding("markup.document", f"<{element.tag}> outside of the head", element.where)
