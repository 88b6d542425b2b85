"""Hugging Face's daily papers: what its community picked, with upvotes.

In:    the JSON list of a day (`/api/daily_papers?date=…`).
Out:   papers, and their upvotes, comments and repository stars as signals of the moment they were read.
Never: a field taken for granted; the format changes without notice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from digest.errors import SourceError
from digest.model import Paper, Signal, SignalKind, SourceState
from digest.sources.dates import moment
from digest.sources.document import json_value
from digest.sources.http import Answer, Request
from digest.sources.identity import arxiv_id, work_alias
from digest.sources.links import code_link, web_link
from digest.sources.source import Page, gap_for
from digest.sources.trim import ABSTRACT, AUTHORS, TITLE, trim, trim_all

LIVE = "https://huggingface.co"
# A day's list fills up until its end, and its papers gain upvotes for days: on a Monday this reaches Friday's.
DAYS_BEFORE = 3
GAP = 1.0  # seconds between requests
LIMIT = 100  # entries; without it the answer stops at 50, which busy days exceed


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """The lists of today and the three days before, below `base`. Never conditional: counts change by the minute."""

    name: str
    base: str
    every: timedelta
    kind: str = "huggingface"
    service: str = "huggingface"

    def first(self, state: SourceState, now: datetime) -> Request:  # noqa: ARG002
        return self._request(now.date())

    def parse(self, answer: Answer, now: datetime) -> Page:
        listed = json_value(answer)
        if not isinstance(listed, list):
            raise SourceError(f"a list of papers was expected, not {_described(listed)}")
        papers: dict[str, Paper] = {}
        signals: list[Signal] = []
        problems: list[str] = []
        for number, entry in enumerate(listed, 1):
            try:
                paper = read_paper(entry)
            except SourceError as wrong:
                problems.append(f"entry {number}: {wrong}")
                continue
            if paper.id not in papers:
                papers[paper.id] = paper
                signals += read_signals(entry, paper.id, now)
        return Page(
            papers=tuple(papers.values()),
            signals=tuple(signals),
            problems=tuple(problems),
            next=self._before(answer.url, now.date()),
        )

    def _before(self, url: str, today: date) -> Request | None:
        """The list of the day before, while it is not too old."""
        try:
            day = date.fromisoformat(parse_qs(urlsplit(url).query).get("date", [""])[0])
        except ValueError:
            return None
        before = day - timedelta(days=1)
        return self._request(before) if before >= today - timedelta(days=DAYS_BEFORE) else None

    def _request(self, day: date) -> Request:
        query = urlencode({"date": day.isoformat(), "limit": LIMIT})
        return Request(f"{self.base}/api/daily_papers?{query}", min_gap=gap_for(self.base, GAP))


def read_paper(entry: object) -> Paper:
    """The paper of a list entry. Raises SourceError with one clause."""
    paper = entry.get("paper") if isinstance(entry, dict) else None
    if not isinstance(paper, dict):
        raise SourceError(f"an object with a paper was expected, not {_described(entry)}")
    found = arxiv_id(paper["id"]) if isinstance(paper.get("id"), str) else None
    if found is None:
        raise SourceError("no arXiv id")
    title = trim(paper.get("title"), TITLE) or trim(_field(entry, "title"), TITLE)
    if not title:
        raise SourceError("no title")
    authors = trim_all(_names(paper.get("authors")), AUTHORS)
    return Paper(
        id=f"arxiv:{found[0]}",
        title=title,
        abstract=trim(paper.get("summary"), ABSTRACT) or trim(_field(entry, "summary"), ABSTRACT),
        authors=authors,
        published_at=moment(paper.get("publishedAt")),
        links=_links(paper, found[0]),
        aliases=tuple(filter(None, (work_alias(title, authors),))),
    )


def read_signals(entry: object, paper_id: str, now: datetime) -> Iterator[Signal]:
    """What the entry counts, as levels at `now`."""
    paper = _field(entry, "paper")
    counts = (
        (SignalKind.HF_UPVOTES, _field(paper, "upvotes")),
        (SignalKind.HF_COMMENTS, _field(entry, "numComments")),
        (SignalKind.GITHUB_STARS, _field(paper, "githubStars")),
    )
    for kind, value in counts:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1e9:
            yield Signal(paper_id, kind, float(value), now)


def _names(authors: object) -> Iterator[object]:
    for author in authors if isinstance(authors, list) else []:
        if isinstance(author, dict) and author.get("hidden") is not True:
            yield author.get("name")


def _links(paper: dict[str, Any], base_id: str) -> dict[str, str]:
    links = {
        "abstract": f"https://arxiv.org/abs/{base_id}",
        "pdf": f"https://arxiv.org/pdf/{base_id}",
        "page": f"{LIVE}/papers/{base_id}",
    }
    code = next(filter(None, (code_link(web_link(paper.get(key))) for key in ("githubRepo", "projectPage"))), "")
    return links | ({"code": code} if code else {})


def _field(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _described(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", type(None): "nothing"}
    return names.get(type(value), f"{type(value).__name__}")
