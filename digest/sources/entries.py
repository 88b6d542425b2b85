"""Cuts an arXiv document into its entries.

In:    the text of an RSS 2.0 or Atom document.
Out:   one element tree for each `item` or `entry`, in order; a problem line for each that is not well-formed.
Never: feedparser: these documents are known, and read three times faster so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice, zip_longest
from xml.etree import ElementTree as ET

from digest.errors import SourceError

ENTRY_NAMES = ("item", "entry")
MAX_ELEMENTS = 150_000  # arXiv announces at most 2,000 papers at once
MAX_BROKEN = 3_000  # entries read one by one
_ROOT = re.compile(r"<(rss|feed|rdf:RDF)\b[^>]*>")
_START = re.compile(r"<(item|entry)[\s>]")


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries with their place in the document, counted from 1, and what stood around them."""

    found: tuple[tuple[int, ET.Element], ...]
    problems: tuple[str, ...] = ()
    total: int | None = None  # opensearch:totalResults


def entries(text: str) -> Entries:
    """Reads a document; where it is not well-formed, each entry by itself.

    Raises SourceError for a document that is neither RSS nor Atom, or breaks off: its rest would be lost unnoticed.
    """
    root = _ROOT.search(text)
    if root is None:
        raise SourceError("the answer is neither RSS nor Atom")
    try:
        return _whole(text)
    except ET.ParseError as wrong:
        if f"</{root[1]}" not in text[-200:]:
            raise SourceError(f"the document breaks off after {len(_START.findall(text))} entries") from None
        return _one_by_one(text, root, str(wrong))


def _whole(text: str) -> Entries:
    found: list[tuple[int, ET.Element]] = []
    total = None
    # Entity declarations were refused before; expat bounds the rest.
    for number, (event, element) in enumerate(ET.iterparse(BytesIO(text.encode()), ("start", "end"))):  # noqa: S314
        if number > 2 * MAX_ELEMENTS:
            raise SourceError(f"the document has more than {MAX_ELEMENTS} elements")
        name = local_name(element) if event == "end" else ""
        if name in ENTRY_NAMES:
            found.append((len(found) + 1, element))
        elif name == "totalResults" and (element.text or "").strip().isdecimal():
            total = int((element.text or "").strip()[:12])
    return Entries(tuple(found), total=total)


def _one_by_one(text: str, root: re.Match[str], wrong: str) -> Entries:
    found: list[tuple[int, ET.Element]] = []
    problems: list[str] = []
    for number, entry in enumerate(_slices(text), 1):
        try:
            found.append((number, ET.fromstring(f"{root[0]}{entry}</{root[1]}>")[0]))  # noqa: S314
        except (ET.ParseError, IndexError) as error:
            problems.append(f"entry {number}: {error}")
    return Entries(tuple(found), tuple(problems) or (f"not well-formed ({wrong})",))


def _slices(text: str) -> Iterator[str]:
    """From each entry's start to its last end tag before the next one's start."""
    starts = list(islice(_START.finditer(text), MAX_BROKEN))
    for start, following in zip_longest(starts, starts[1:]):
        slice_ = text[start.start() : following.start() if following else None]
        close = f"</{start[1]}>"
        yield slice_[: slice_.rfind(close) + len(close)] if close in slice_ else slice_


def local_name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
