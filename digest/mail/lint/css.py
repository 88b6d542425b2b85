"""The little CSS that a mail may use.

In:    style attributes, style elements.
Out:   declarations; rules with the medium they are for; what is beyond this little.
Never: the whole language: what is not understood here is not understood by some mail program either.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.mail.lint.page import Element

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DECLARATION = re.compile(r"([a-z-]+)\s*:\s*([^\s:;{}][^:;{}]*?)\s*(!important)?", re.IGNORECASE)
_OUTLOOK = ("[data-ogsc]", "[data-ogsb]")  # outlook.com marks with these what it has made dark
_COMPOUND = re.compile(r"(?:[a-z][a-z0-9]*|\*)?(?:\.[A-Za-z][\w-]*)*|:root|\[data-ogs[cb]\]")


@dataclass(frozen=True, slots=True)
class Declaration:
    """`key` is empty where it could not be read."""

    key: str
    value: str
    important: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector and what it sets. `media` is empty, or what stands after @media."""

    selector: str
    declarations: tuple[Declaration, ...]
    media: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    rules: tuple[Rule, ...]
    faults: tuple[str, ...]


def declarations(style: str) -> tuple[Declaration, ...]:
    pieces = [piece.strip() for piece in _COMMENT.sub("", style).split(";")]
    return tuple(_declaration(piece) for piece in pieces if piece)


def _declaration(piece: str) -> Declaration:
    found = _DECLARATION.fullmatch(piece)
    return Declaration(found[1].lower(), found[2], bool(found[3])) if found else Declaration("", piece)


def sheet(source: str, media: str = "") -> Sheet:
    """What stands in a style element."""
    rules: list[Rule] = []
    faults: list[str] = []
    for prelude, block in _statements(_COMMENT.sub("", source)):
        if block is None:
            faults.append(f"a statement without a block: {prelude}")
        elif prelude.startswith("@media") and not media:
            inner = sheet(block, prelude.removeprefix("@media").strip())
            rules += inner.rules
            faults += inner.faults
        elif prelude.startswith("@"):
            faults.append(f"{prelude.split()[0]}{' inside another at-rule' if media else ''}")
        else:
            rules += [Rule(each.strip(), declarations(block), media) for each in prelude.split(",")]
    return Sheet(tuple(rules), tuple(faults))


def _statements(source: str) -> list[tuple[str, str | None]]:
    """(prelude, block) of each statement on the outermost level; no block where there is none or it has no end."""
    found: list[tuple[str, str | None]] = []
    rest = source.strip()
    while rest:
        opening = re.search(r"[{;]", rest)
        if not opening or opening[0] == ";":
            end = opening.end() if opening else len(rest)
            found.append((rest[:end].strip(), None))
        else:
            end = _closing(rest, opening.start())
            block = rest[opening.end() : end - 1] if end else None
            found.append((rest[: opening.start()].strip(), block))
            end = end or len(rest)
        rest = rest[end:].strip()
    return found


def _closing(source: str, opening: int) -> int:
    """One behind the brace that closes the one at `opening`; 0 where there is none."""
    depth = 0
    for at in range(opening, len(source)):
        depth += (source[at] == "{") - (source[at] == "}")
        if depth == 0:
            return at + 1
    return 0


def is_understood(selector: str) -> bool:
    """Types, classes, one in another; `:root` and outlook.com's marks."""
    return bool(selector) and all(_COMPOUND.fullmatch(each) for each in selector.split())


def matches(element: "Element", selector: str, *, outlook: bool) -> bool:
    """`outlook`: whether outlook.com has made the page dark, and marked its outermost element."""
    *outer, own = selector.split()
    if not _fits(element, own):
        return False
    above = element.parent
    for compound in reversed(outer):
        if compound in _OUTLOOK:
            return outlook
        while above and not _fits(above, compound):
            above = above.parent
        if above is None:
            return False
        above = above.parent
    return True


def _fits(element: "Element", compound: str) -> bool:
    if compound in _OUTLOOK:
        return False
    if compound == ":root":
        return element.tag == "html"
    tag, *classes = compound.split(".")
    return tag in ("", "*", element.tag) and set(classes) <= set(element.attributes.get("class", "").split())


def weight(selector: str) -> tuple[int, int]:
    """How strong a selector is: classes and the like, then types."""
    compounds = selector.split()
    return sum(each.count(".") + each.count("[") + each.count(":") for each in compounds), sum(
        each[0].isalpha() for each in compounds
    )
