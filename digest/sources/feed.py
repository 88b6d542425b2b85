"""Reads any feed: RSS 0.9 to 2.0, RDF, Atom, CDF, and JSON Feed.

In:    the document of a journal, a preprint server, a laboratory or a blog.
Out:   papers by arXiv id, DOI or link; a problem line for each entry that is none.
Never: a file or URL opened by feedparser, its DTD entities, a guess at a document that breaks off.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError, ParserCreate

import feedparser

from digest.errors import SourceError
from digest.model import SourceState
from digest.sources.authors import named
from digest.sources.dates import moment_of
from digest.sources.document import lost_characters, xml_text
from digest.sources.drafts import Draft, papers_of
from digest.sources.http import Answer, Request
from digest.sources.json_feed import is_json, json_drafts
from digest.sources.source import Page
from digest.sources.trim import ABSTRACT, TITLE, trim
from digest.text import clean, from_html

MAX_ENTRIES = 5_000
MAX_TEXT = 4 << 20  # characters
MAX_TAGS = 250_000
MAX_ATTRIBUTES = 200  # of one tag; reading them takes quadratic time
MAX_GUESSED = 1 << 20  # characters; feedparser's reader for what is not well-formed is slow
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_ENTRY = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[^<>]{2000,}")
_CHANNEL = re.compile(r"<(/?)((?:[A-Za-z_][\w.-]*:)?channel)[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed at `url`."""

    name: str
    url: str
    every: timedelta
    kind: str = "feed"

    @property
    def service(self) -> str:
        """The feed's host; `arxiv` for those of arXiv."""
        host = (urlsplit(self.url).hostname or "").removeprefix("www.")
        return "arxiv" if f".{host}".endswith(".arxiv.org") else host

    def first(self, state: SourceState, now: datetime) -> Request:  # noqa: ARG002
        return Request(self.url, state.etag, state.last_modified)

    def parse(self, answer: Answer, now: datetime) -> Page:
        """The papers of the first 5,000 entries. Raises SourceError for what is no feed, or breaks off."""
        if is_json(answer):
            drafts, problems = json_drafts(answer)
        else:
            drafts, problems = _xml_drafts(answer)
        if len(drafts) > MAX_ENTRIES:
            drafts, problems = drafts[:MAX_ENTRIES], [*problems, f"only the first {MAX_ENTRIES} entries were read"]
        papers, broken = papers_of(drafts, answer.url, now)
        return Page(papers=tuple(papers), problems=(*problems, *broken))


def _xml_drafts(answer: Answer) -> tuple[list[Draft], list[str]]:
    text = xml_text(answer)
    problems = list(lost_characters(text))
    root = _ROOT.search(text)
    if root is None:
        raise SourceError("the answer is no XML document")
    kept = _first_entries(text, root[1])
    parsed = _parsed(kept, answer.url, root[1])
    if kept is not text:
        problems.append(f"the document is long: only its first {len(parsed.entries)} entries were read")
    return [_draft(entry) for entry in parsed.entries], problems


def _first_entries(text: str, root: str) -> str:
    """The document up to its 5,000th entry or 4 Mi characters, closed again; the same string where it is shorter."""
    starts = [found.start() for found in islice(_ENTRY.finditer(text), MAX_ENTRIES + 1)]
    if len(starts) <= MAX_ENTRIES and len(text) <= MAX_TEXT:
        return text
    head = text[: max((start for start in starts[1:] if start <= MAX_TEXT), default=0)]
    if not head:
        raise SourceError("the document is too long, and cannot be cut between entries")
    channel = next(reversed(list(_CHANNEL.finditer(head))), None)
    closing = f"</{channel[2]}>" if channel and not channel[1] else ""
    return f"{head}{closing}</{root}>"


def _parsed(text: str, url: str, root: str) -> Any:
    """What feedparser makes of it. Raises SourceError."""
    _refuse_absurd(text)
    # The body comes as a stream: a string may be taken for a file name or a URL. We take the tags out ourselves.
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    parsed = feedparser.parse(
        BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not parsed.version and not parsed.entries:
        raise SourceError(f"the answer is no feed: its root element is <{root[:40]}>")
    if parsed.bozo and f"</{root}" not in text[-2_000:]:
        raise SourceError(f"the document breaks off after {len(parsed.entries)} entries")
    return parsed


def _refuse_absurd(text: str) -> None:
    """Raises SourceError for what would keep feedparser busy for minutes."""
    if text.count("<") > MAX_TAGS:
        raise SourceError(f"the document has more than {MAX_TAGS} tags")
    if any(tag[0].count("=") > MAX_ATTRIBUTES for tag in _LONG_TAG.finditer(text)):
        raise SourceError(f"a tag has more than {MAX_ATTRIBUTES} attributes")
    if len(text) <= MAX_GUESSED:
        return
    try:
        ParserCreate(encoding="utf-8").Parse(text.encode(), True)
    except ExpatError as wrong:
        raise SourceError(f"the document is large and not well-formed ({wrong})") from None


def _draft(entry: Any) -> Draft:
    """An entry's fields. `dict.get` goes past feedparser's aliases, which warn."""
    links = [link for link in entry.get("links", ()) if link.get("href")]
    return Draft(
        title=_detail(entry, "title", TITLE),
        link=entry.get("link") or next((link["href"] for link in links), "") or entry.get("id", ""),
        identifiers=tuple(filter(None, (entry.get(key) for key in ("prism_doi", "dc_identifier", "id", "link")))),
        abstract=_detail(entry, "summary", ABSTRACT) or _shown(next(iter(entry.get("content", ())), {}), ABSTRACT),
        authors=tuple(_authors(entry)),
        categories=tuple(tag.get("term") or "" for tag in entry.get("tags", ())),
        published_at=moment_of(dict.get(entry, "published_parsed")) or moment_of(dict.get(entry, "updated_parsed")),
        updated_at=moment_of(dict.get(entry, "updated_parsed")),
        pdf=next((link["href"] for link in links if link.get("type") == "application/pdf"), ""),
    )


def _detail(entry: Any, name: str, limit: int) -> str:
    return _shown(dict.get(entry, f"{name}_detail") or {}, limit)


def _shown(detail: Any, limit: int) -> str:
    return trim(detail.get("value"), limit, from_html if "html" in (detail.get("type") or "") else clean)


def _authors(entry: Any) -> Iterator[str]:
    for author in entry.get("authors", ()):
        yield from named(from_html((author.get("name") or "")[:20_000]))
