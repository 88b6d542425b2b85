"""When two records are one work, what the work looks like.

In:    two Papers that share an identifier.
Out:   one Paper.
Never: I/O; whether they are the same work is decided by their identifiers, in `saving.py`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from digest.model import Announced, Paper

STRENGTH = {Announced.NEW: 0, Announced.CROSS: 1, Announced.REPLACE: 2}


def united(kept: Paper, other: Paper) -> Paper:
    """The work under `kept`'s id, the same whichever of the two was seen first.

    The better text gives version, title, abstract and authors; categories and links of both are there, with those of
    the better text (and of `kept`, where none is better) in front.
    """
    better, worse = (other, kept) if _worth(other) > _worth(kept) else (kept, other)
    return replace(
        better,
        id=kept.id,
        authors=better.authors or worse.authors,
        categories=_joined(better.categories, worse.categories),
        links={**worse.links, **better.links},
        published_at=_first(kept.published_at, other.published_at),
        updated_at=_last(kept.updated_at, other.updated_at),
        announced=min(kept.announced, other.announced, key=STRENGTH.__getitem__),
        aliases=tuple(
            name for name in _joined((kept.id, *kept.aliases), (other.id, *other.aliases)) if name != kept.id
        ),
        first_seen_at=_first(kept.first_seen_at, other.first_seen_at),
    )


def _worth(paper: Paper) -> tuple[bool, int, int]:
    """Any abstract beats none, then the higher version wins, then the longer abstract."""
    return bool(paper.abstract), paper.version, len(paper.abstract)


def _joined(front: Iterable[str], back: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*front, *back)))


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment), default=None)


def _last(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment), default=None)
