"""Reads one arXiv entry, as its RSS, its Atom feed and its API write it.

In:    an `item` or `entry` element.
Out:   a paper; SourceError with a clause where there is none in it.
Never: TeX converted (that is done where text is shown), an affiliation taken for an author.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element

from digest.errors import SourceError
from digest.model import Announced, Paper
from digest.sources.authors import listed
from digest.sources.dates import moment
from digest.sources.entries import Entries, local_name
from digest.sources.identity import arxiv_id, doi, work_alias
from digest.sources.links import code_link
from digest.sources.trim import ABSTRACT, AUTHORS, CATEGORIES, TITLE, trim, trim_all
from digest.text import from_html

POLITE_GAP = 3.0  # seconds; arXiv's terms of use: one request every three seconds, one connection
CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.(?:[A-Z]{2}|[a-z]+(?:-[a-z]+)*|\*))?")
_PREAMBLE = re.compile(r"^\s*arXiv:\S+\s+Announce Type:\s*(?P<kind>[a-z-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE)
_KINDS = {"new": Announced.NEW, "cross": Announced.CROSS}


def papers_of(entries: Entries) -> tuple[list[Paper], list[str]]:
    """Every paper once, and a problem line for each entry that holds none."""
    papers: dict[str, Paper] = {}
    problems = list(entries.problems)
    for number, entry in entries.found:
        try:
            paper = read_paper(entry)
        except SourceError as wrong:
            problems.append(f"entry {number}: {wrong}")
        else:
            papers.setdefault(paper.id, paper)
    return list(papers.values()), problems


def read_paper(entry: Element) -> Paper:
    """The paper of an entry. Raises SourceError."""
    found = _identifier(entry)
    if found is None:
        raise SourceError("no arXiv id")
    base, version = found
    title = trim(_text(entry, "title"), TITLE)
    if not title:
        raise SourceError("no title")
    kind, abstract = _abstract(entry)
    announced = Announced.REPLACE if kind.startswith("replace") else _KINDS.get(kind, Announced.NEW)
    authors = _authors(entry)
    published, updated = _dates(entry, base, version, announced)
    return Paper(
        id=f"arxiv:{base}",
        version=version,
        title=title,
        abstract=abstract,
        authors=authors,
        categories=_categories(entry),
        published_at=published,
        updated_at=updated,
        announced=announced,
        links=_links(base, f"{_text(entry, 'comment')} {abstract}"),
        aliases=_aliases(entry, title, authors),
    )


def _identifier(entry: Element) -> tuple[str, int] | None:
    """The id and version: of all the fields that name the paper, the one that gives a version."""
    texts = [_text(entry, "guid"), _text(entry, "id"), *_link_texts(entry), _text(entry, "description")[:60]]
    found = [identifier for text in texts if (identifier := arxiv_id(text))]
    return max(found, key=lambda identifier: (identifier[0] == found[0][0], identifier[1]), default=None)


def _abstract(entry: Element) -> tuple[str, str]:
    """How it was announced, and the abstract."""
    text = _text(entry, "description") or _text(entry, "summary") or _text(entry, "content")
    preamble = _PREAMBLE.match(text)
    kind = _text(entry, "announce_type") or (preamble["kind"] if preamble else "")
    return kind.strip().lower(), trim(text[preamble.end() :] if preamble else text, ABSTRACT)


def _dates(entry: Element, base: str, version: int, announced: Announced) -> tuple[datetime | None, datetime | None]:
    """Published and updated. RSS gives the day of announcement only, which is a new paper's day of publication."""
    published, updated = moment(_text(entry, "published")), moment(_text(entry, "updated"))
    day = moment(_text(entry, "pubDate"))
    if day is None:
        return published, updated
    new = announced is Announced.NEW and version == 1 and _months(day) - _month_of(base) <= 1
    return (day if new else None), day


def _months(day: datetime) -> int:
    return day.year * 12 + day.month


def _month_of(base: str) -> int:
    yymm = base.rpartition("/")[2][:4]
    year = int(yymm[:2])
    return (year + (1900 if year > 90 else 2000)) * 12 + int(yymm[2:])


def _authors(entry: Element) -> tuple[str, ...]:
    names = [_text(author, "name") for author in _children(entry, "author")]
    creators = (name for creator in _children(entry, "creator") for name in listed(from_html(creator.text or "")))
    return trim_all(names or creators, AUTHORS)


def _categories(entry: Element) -> tuple[str, ...]:
    """Primary first. What is no arXiv category (MSC and ACM classes) is left out."""
    primary = [element.get("term", "") for element in _children(entry, "primary_category")]
    others = [element.get("term") or (element.text or "").strip() for element in _children(entry, "category")]
    return trim_all((name for name in [*primary, *others] if CATEGORY.fullmatch(name)), CATEGORIES)


def _links(base: str, text: str) -> dict[str, str]:
    links = {"abstract": f"https://arxiv.org/abs/{base}", "pdf": f"https://arxiv.org/pdf/{base}"}
    code = code_link(text)
    return links | ({"code": code} if code else {})


def _aliases(entry: Element, title: str, authors: tuple[str, ...]) -> tuple[str, ...]:
    name = doi(_text(entry, "doi") or _text(entry, "DOI"))
    return tuple(filter(None, (f"doi:{name}" if name else "", work_alias(title, authors))))


def _children(entry: Element, name: str) -> Iterable[Element]:
    return (child for child in entry if local_name(child) == name)


def _link_texts(entry: Element) -> list[str]:
    return [link.get("href") or link.text or "" for link in _children(entry, "link")]


def _text(entry: Element, name: str) -> str:
    """All the text of the first child of that name."""
    return next(("".join(child.itertext()) for child in _children(entry, name)), "")
