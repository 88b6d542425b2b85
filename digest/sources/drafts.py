"""Makes papers of the entries of any feed.

In:    an entry's fields as a feed gives them, whatever its format.
Out:   papers with a canonical id; a problem line for each entry that is no paper.
Never: two papers with one id, a date in the future.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.errors import SourceError
from digest.model import Paper
from digest.sources.identity import arxiv_id, doi, url_id, work_alias
from digest.sources.links import code_link, web_link
from digest.sources.trim import ABSTRACT, AUTHORS, CATEGORIES, TITLE, trim, trim_all

AHEAD = timedelta(days=2)  # journals date papers by the issue to come; that says nothing about when they appeared


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry's fields: text without markup, the rest as it came. `identifiers` are looked through in order."""

    title: str
    link: str
    identifiers: tuple[str, ...] = ()
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    pdf: str = ""


def papers_of(drafts: Iterable[Draft], base: str, now: datetime) -> tuple[list[Paper], list[str]]:
    """Every paper once, and a problem line for each entry that is none. `base` is where relative links start."""
    papers: dict[str, Paper] = {}
    problems: list[str] = []
    for number, draft in enumerate(drafts, 1):
        try:
            paper = _paper(draft, base, now)
        except SourceError as wrong:
            problems.append(f"entry {number}: {wrong}")
            continue
        if papers.setdefault(paper.id, paper).title != paper.title:
            problems.append(f"entry {number}: same link as another entry")
    return list(papers.values()), problems


def _paper(draft: Draft, base: str, now: datetime) -> Paper:
    """Raises SourceError with one clause."""
    title, link = trim(draft.title, TITLE), web_link(draft.link, base)
    if not title:
        raise SourceError("no title")
    if not link:
        raise SourceError("no link" if not draft.link else "no http(s) link")
    authors = trim_all(draft.authors, AUTHORS)
    abstract = trim(draft.abstract, ABSTRACT)
    names, version = _names(draft, link)
    return Paper(
        id=names[0],
        version=version,
        title=title,
        abstract=abstract,
        authors=authors,
        categories=trim_all(draft.categories, CATEGORIES),
        published_at=_past(draft.published_at, now),
        updated_at=_past(draft.updated_at, now),
        links=_links(draft, link, base, abstract),
        aliases=tuple(filter(None, (*names[1:], work_alias(title, authors)))),
    )


def _names(draft: Draft, link: str) -> tuple[list[str], int]:
    """The identifiers, the canonical one first, and the version: arXiv id, else DOI, else link."""
    texts = (*draft.identifiers, link, draft.pdf)
    eprint = next(filter(None, map(arxiv_id, texts)), None)
    name = next(filter(None, map(doi, texts)), None)
    names = [f"arxiv:{eprint[0]}"] if eprint else []
    names += [f"doi:{name}"] if name else []
    return names or [url_id(link)], eprint[1] if eprint else 1


def _links(draft: Draft, link: str, base: str, abstract: str) -> dict[str, str]:
    links = {"abstract": link, "pdf": web_link(draft.pdf, base) if draft.pdf else "", "code": code_link(abstract)}
    return {kind: url for kind, url in links.items() if url}


def _past(day: datetime | None, now: datetime) -> datetime | None:
    return day if day and day <= now + AHEAD else None
