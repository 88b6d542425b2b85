"""A mail's HTML as a strict reader of it sees it: elements, links, text."""

import re
from html.parser import HTMLParser

VOID = {"meta", "br", "img", "hr", "link", "input"}
Attributes = dict[str, str]


class Page(HTMLParser):
    """Parses once; raises AssertionError where tags do not balance."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[tuple[str, Attributes]] = []
        self.shown = ""
        self.links: list[tuple[str, str]] = []
        self.pieces: list[tuple[str, list[tuple[str, Attributes]]]] = []
        self._open: list[tuple[str, Attributes]] = []
        self.feed(source)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        self.elements.append((tag, attributes))
        if tag == "a":
            self.links.append(("", attributes["href"]))
        if tag in {"td", "p", "h1", "h2", "br", "div"}:
            self.shown += " "
        if tag not in VOID:
            self._open.append((tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        opened, _ = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data: str) -> None:
        if data.strip() and not {"head", "style"} & {tag for tag, _ in self._open}:
            self.shown += data
            self.pieces.append((data, list(self._open)))
            if any(tag == "a" for tag, _ in self._open):
                self.links[-1] = (self.links[-1][0] + data, self.links[-1][1])

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", self.shown)

    @property
    def preheader(self) -> str:
        return self.pieces[0][0]

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)

    def attributes_of(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.elements if name == tag]


def flat(text: str) -> str:
    """Text without line breaks and isolates: what a wrapped sentence says."""
    return " ".join(re.sub("[\u2066-\u2069\u2007\u034f]", "", text).split())
