"""arXiv's daily announcement: what is new, cross-listed and replaced in some categories.

In:    categories; the RSS or Atom document of that day, all categories in one.
Out:   its papers, each once.
Never: more than one request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import SourceState
from digest.sources.arxiv import POLITE_GAP, papers_of
from digest.sources.document import lost_characters, xml_text
from digest.sources.entries import entries
from digest.sources.http import Answer, Request
from digest.sources.source import Page, gap_for

LIVE = "https://rss.arxiv.org"


@dataclass(frozen=True, slots=True)
class ArxivRss:
    """The feed of `categories` (`cs.LG`, or `cs.*` for all of an archive) below `base`."""

    name: str
    base: str
    categories: Sequence[str]
    every: timedelta
    kind: str = "arxiv-rss"
    service: str = "arxiv"

    def first(self, state: SourceState, now: datetime) -> Request:  # noqa: ARG002
        joined = "+".join(category.removesuffix(".*") for category in self.categories)
        return Request(f"{self.base}/rss/{joined}", state.etag, state.last_modified, gap_for(self.base, POLITE_GAP))

    def parse(self, answer: Answer, now: datetime) -> Page:  # noqa: ARG002
        """An announcement without entries is no problem: there is none at the weekend."""
        text = xml_text(answer)
        papers, problems = papers_of(entries(text))
        return Page(papers=tuple(papers), problems=(*lost_characters(text), *problems))
