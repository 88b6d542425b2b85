"""arXiv's search API: the newest submissions of some categories, page after page.

In:    categories; Atom documents of 1,000 entries, newest first (info.arxiv.org/help/api/user-manual).
Out:   papers back to a horizon, and the request for the next page.
Never: a page taken for the last one because it came back empty, which the API does at times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from digest.errors import SourceError
from digest.model import Paper, SourceState
from digest.sources.arxiv import POLITE_GAP, papers_of
from digest.sources.dates import moment
from digest.sources.document import lost_characters, xml_text
from digest.sources.entries import Entries, entries
from digest.sources.http import Answer, Request
from digest.sources.source import Page, gap_for

LIVE = "https://export.arxiv.org"
PAGE_SIZE = 1_000  # arXiv allows 2,000; an entry takes some 4 KiB, and an answer may have 10 MiB
FIRST_LOOK_BACK = timedelta(days=7)
# Entries are dated by submission and appear when announced: over a weekend with a holiday that is five days later.
OVERLAP = timedelta(days=5)
_ERROR_ID = "/api/errors"


@dataclass(frozen=True, slots=True)
class ArxivApi:
    """The newest submissions in `categories` below `base`.

    How far back a reading goes stands in the fragment of its URLs (`#since=…`), which no server is sent. There are no
    conditional requests: an unchanged first page says nothing about the second.
    """

    name: str
    base: str
    categories: Sequence[str]
    every: timedelta
    kind: str = "arxiv-api"
    service: str = "arxiv"

    def first(self, state: SourceState, now: datetime) -> Request:
        last = state.succeeded_at
        horizon = min(last, now) - OVERLAP if last else now - FIRST_LOOK_BACK
        return self._request(0, horizon)

    def parse(self, answer: Answer, now: datetime) -> Page:  # noqa: ARG002
        text = xml_text(answer)
        document = entries(text)
        _refuse_error(document)
        start, since, again = _asked(answer.url)
        if not document.found and not document.problems:
            return self._empty(start, since, again, document.total)
        papers, problems = papers_of(document)
        more = start + PAGE_SIZE < (document.total or 0) and not _passed(papers, since)
        following = self._request(start + PAGE_SIZE, since) if more and since else None
        return Page(papers=tuple(papers), problems=(*lost_characters(text), *problems), next=following)

    def _empty(self, start: int, since: datetime | None, again: bool, total: int | None) -> Page:
        """An empty page where there should be entries is asked for once more. Raises SourceError for the second."""
        if total is not None and start >= total:
            missing = (f"arXiv knows no paper in {', '.join(self.categories)}",) if start == 0 else ()
            return Page(problems=missing)
        if again or since is None:
            raise SourceError(f"arXiv sent an empty page at {start}, of {total or 'an unknown number of'} results")
        return Page(next=self._request(start, since, again=True))

    def _request(self, start: int, since: datetime, *, again: bool = False) -> Request:
        query = {
            "search_query": " OR ".join(f"cat:{category}" for category in self.categories),
            "sortBy": "submittedDate",
            "sortOrder": "descending",
            "start": start,
            "max_results": PAGE_SIZE,
        }
        note = urlencode({"since": since.isoformat(), **({"again": 1} if again else {})})
        return Request(
            f"{self.base}/api/query?{urlencode(query, safe=':*')}#{note}", min_gap=gap_for(self.base, POLITE_GAP)
        )


def _asked(url: str) -> tuple[int, datetime | None, bool]:
    """Where the page starts, the horizon, and whether it is asked for a second time."""
    parts = urlsplit(url)
    query, note = parse_qs(parts.query), parse_qs(parts.fragment)
    start = query.get("start", ["0"])[0]
    return int(start) if start.isdecimal() else 0, moment(note.get("since", [""])[0]), "again" in note


def _passed(papers: Sequence[Paper], since: datetime | None) -> bool:
    """True when the page reaches back beyond the horizon. Sorted by the first version's date, newest first."""
    dated = [paper.published_at for paper in papers if paper.published_at]
    return bool(dated) and min(dated) < (since or datetime.min.replace(tzinfo=UTC))


def _refuse_error(document: Entries) -> None:
    """The API reports errors as an entry, at times with status 200. Raises SourceError."""
    for _, entry in document.found[:1]:
        fields = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in entry}
        if _ERROR_ID in fields.get("id", ""):
            raise SourceError(f"arXiv answered: {fields.get('summary', 'an error')[:200]}")
