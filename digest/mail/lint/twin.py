"""The text part: as good as the HTML, and fit for a terminal.

In:    a mail.
Out:   findings on titles and addresses that only one of the two has, on lines and on HTML in the text.
Never: a comparison word by word: each is written for its own reader.
"""

import re
from collections.abc import Iterator
from html.entities import html5
from unicodedata import normalize

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Page
from digest.mail.lint.width import columns

_WIDTH = 72
_TITLE = 40  # characters; a link that is longer is called like a paper
_URL = re.compile(r"https?://[^\s\u2066-\u2069]+")  # an isolate may close behind it
_MARKUP = re.compile(r"</?(?:a|b|i|p|br|em|sub|sup|span|strong|code|div|table|td|h[1-6])\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-f]+|\w+);", re.IGNORECASE)
_MISREAD = re.compile(r">|From |-- ?$")


def findings(mail: Mail) -> Iterator[Finding]:
    for number, line in enumerate(mail.text.splitlines(), 1):
        yield from _line(line, f"text, line {number}")
    if mail.page is not None and mail.text:
        yield from _titles(mail.text, mail.page)
        yield from _links(mail.text, mail.page)


def _line(line: str, where: str) -> Iterator[Finding]:
    urls = _URL.findall(line)
    if columns(line) > _WIDTH and not urls and "@" not in line:
        yield Finding("twin.width", f"{columns(line)} columns, more than {_WIDTH}", where)
    if line != line.rstrip() or "\t" in line:
        yield Finding("twin.space", "white space at the end, or a tab", where)
    if _MISREAD.match(line):
        yield Finding("twin.misread", f"{brief(line)} is taken for a quote, a signature or a separator", where)
    if found := _MARKUP.search(line):
        yield Finding("twin.markup", f"{brief(found[0])} is HTML", where)
    if any(found[1].startswith("#") or f"{found[1]};" in html5 for found in _ENTITY.finditer(_URL.sub("", line))):
        yield Finding("twin.entity", f"{brief(line.strip())} has an entity of HTML", where)


def _titles(text: str, page: Page) -> Iterator[Finding]:
    flat = _flat(text)
    links = [link for link in page.all("a") if len(link.text) > _TITLE and "://" not in link.text]
    for element in (*page.all("h1", "h2", "h3"), *links):
        if _flat(element.text) not in flat:
            yield Finding("twin.title", f"{brief(element.text)} is not in the text", element.where)


def _flat(text: str) -> str:
    """Letters and digits only: x² and x<sup>2</sup> are the same, wherever lines end."""
    return "".join(filter(str.isalnum, normalize("NFKC", text).casefold()))


def _links(text: str, page: Page) -> Iterator[Finding]:
    """An address in the words of an abstract is a word."""
    there = set(_URL.findall(text))
    here = {link.attributes.get("href", "") for link in page.all("a")}
    ends = {line.split()[-1] for line in text.splitlines() if line.strip()}
    words = page.root.text
    for url in sorted(here):
        if url.startswith("http") and url not in there:
            yield Finding("twin.missing", f"{brief(url, 120)} is not in the text", "text")
        if url in there and url not in ends:
            yield Finding("twin.link", f"{brief(url, 120)} does not end its line", "text")
    for url in sorted(there - here):
        if url not in words:
            yield Finding("twin.missing", f"{brief(url, 120)} is no link of the HTML", "html")
