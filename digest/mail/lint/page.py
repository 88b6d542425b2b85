"""The HTML of a mail as a tree.

In:    the source.
Out:   elements with their attributes, text and place; what is wrong with the markup as such.
Never: a repair: where a browser would guess, there is a fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

from digest.mail.lint.looks import Looks

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_DEEPEST = 100  # elements in each other
_UNSEEN = frozenset({"head", "style", "script", "title"})


@dataclass(slots=True, eq=False)
class Element:
    tag: str
    attributes: dict[str, str]
    line: int
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def lineage(self) -> Iterator["Element"]:
        """Itself, its parent, and so on."""
        element: Element | None = self
        while element:
            yield element
            element = element.parent

    def walk(self) -> Iterator["Element"]:
        """Itself and all below, as the source has them."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def inside(self, *tags: str) -> bool:
        return any(element.tag in tags for element in self.lineage())

    @property
    def text(self) -> str:
        """All words in it, white space folded."""
        return " ".join("".join(self._strings()).split())

    def _strings(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in _UNSEEN:
                yield " " if child.tag == "br" else ""
                yield from child._strings()

    @property
    def where(self) -> str:
        return f"html, line {self.line}, <{self.tag}>"


class Page:
    """Parsed once. `faults` are (what, line)."""

    def __init__(self, source: str) -> None:
        self.source = source
        reader = _Reader()
        try:
            reader.feed(source)
            reader.close()
        except AssertionError as problem:  # of the library, at some declarations that are none
            reader.faults.append((str(problem), reader.getpos()[0]))
        self.root, self.doctype, self.comments = reader.root, reader.doctype, reader.comments
        self.faults = reader.faults + [
            (f"<{element.tag}> is never closed", element.line) for element in reader.path[1:]
        ]

    @cached_property
    def looks(self) -> Looks:
        return Looks(self)

    @cached_property
    def elements(self) -> list[Element]:
        return list(self.root.walk())[1:]

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    @cached_property
    def texts(self) -> list[tuple[str, Element]]:
        """Every piece of text that is not blank, in the order of the source, with the element it stands in."""
        return [
            (piece, element) for piece, element in _pieces(self.root) if piece.strip() and not element.inside(*_UNSEEN)
        ]

    @cached_property
    def blocks(self) -> list[tuple[str, Element]]:
        """The text of every element that holds text itself and stands in no other such: a paragraph, a heading."""
        found: dict[int, Element] = {}
        for _, element in self.texts:
            block = next(each for each in element.lineage() if each.tag not in _INLINE)
            found.setdefault(id(block), block)
        return [(block.text, block) for block in found.values()]


_INLINE = frozenset({"a", "b", "br", "code", "em", "i", "img", "small", "span", "strong", "sub", "sup"})


def _pieces(element: Element) -> Iterator[tuple[str, Element]]:
    for child in element.children:
        if isinstance(child, str):
            yield child, element
        else:
            yield from _pieces(child)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {}, 0)
        self.path = [self.root]
        self.doctype = ""
        self.comments: list[tuple[str, int]] = []
        self.faults: list[tuple[str, int]] = []

    @property
    def _line(self) -> int:
        return self.getpos()[0]

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def unknown_decl(self, data: str) -> None:
        self.faults.append((f"<![{data}]> is no HTML", self._line))

    def handle_pi(self, data: str) -> None:
        self.faults.append((f"<?{data}> is no HTML", self._line))

    def handle_comment(self, data: str) -> None:
        self.comments.append((data, self._line))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        if len(attributes) < len(attrs):
            self.faults.append((f"<{tag}> has an attribute twice", self._line))
        element = Element(tag, attributes, self._line, self.path[-1])
        self.path[-1].children.append(element)
        if len(self.path) > _DEEPEST:
            self.faults.append((f"<{tag}> is in more than {_DEEPEST} others", self._line))
        elif tag not in VOID:
            self.path.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.path[-1].tag == tag and len(self.path) > 1:
            self.path.pop()
        else:
            self.faults.append((f"</{tag}> does not close <{self.path[-1].tag}>", self._line))

    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(data)
