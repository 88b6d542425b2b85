"""What sources give: papers, signals, and what is remembered of a source.

In:    nothing.
Out:   frozen values. All moments are aware UTC datetimes.
Never: what a paper is worth to anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Announced(StrEnum):
    """How a source announced a paper (arXiv's announce types)."""

    NEW = "new"
    CROSS = "cross"  # an existing paper listed in one more category
    REPLACE = "replace"  # a new version of a paper announced earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One work, whatever its versions, cross-lists and sources.

    `id` is canonical: `arxiv:2605.28293`, `doi:10.1000/xyz` (lower case) or `url:<sha256/16>`. `aliases` are further
    identifiers of the same work, `work:<sha256/16 of normalised title and first author>` among them. `links` maps a
    kind (`abstract`, `pdf`, `html`, `code`, `page`) to an absolute http(s) URL.
    """

    id: str
    title: str
    version: int = 1
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # primary first
    published_at: datetime | None = None
    updated_at: datetime | None = None
    announced: Announced = Announced.NEW
    links: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    first_seen_at: datetime | None = None  # set by the store

    def __hash__(self) -> int:
        return hash((self.id, self.version))

    @property
    def field(self) -> str:
        """The primary category (`cs.LG`), or `""` where a source gives none."""
        return self.categories[0] if self.categories else ""


class SignalKind(StrEnum):
    """What an observation counts. The value is a level at a moment, not a change."""

    HF_UPVOTES = "hf_upvotes"
    HF_COMMENTS = "hf_comments"
    GITHUB_STARS = "github_stars"
    SOURCES = "sources"  # how many services list the paper, arXiv not counted


@dataclass(frozen=True, slots=True)
class Signal:
    """One dated observation of a paper's reach."""

    paper_id: str
    kind: SignalKind
    value: float
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source between fetches. `problem` is one line, `""` when the last fetch was good."""

    name: str
    url: str = ""  # what was asked when `etag` and `last_modified` were answered
    etag: str = ""
    last_modified: str = ""
    fetched_at: datetime | None = None  # last fetch that was tried
    succeeded_at: datetime | None = None  # last fetch that was good (304 included)
    next_fetch_at: datetime | None = None
    failures: int = 0  # in a row
    problem: str = ""
    papers: int = 0  # in the last answer that was not a 304

    def is_due(self, now: datetime) -> bool:
        """True when the time to read it has come, or the clock went back behind the last fetch."""
        if self.next_fetch_at is None or self.fetched_at is None:
            return True
        return now >= self.next_fetch_at or now < self.fetched_at
