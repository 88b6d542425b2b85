"""Which phrases rise, told once each.

In:    the day's bursts; the phrases of several days.
Out:   Rising phrases, the one that stands out most first.
Never: two that say the same of the same papers, or one that only names a meeting.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from digest.editorial.bursts import Bursts, surprise
from digest.editorial.words import Stems, spelled
from digest.model import Paper, Rising

MOST = 20
FIELD_SHARE = 0.25  # of a phrase's papers, below which a category is none of its fields


def rising(bursts: Bursts) -> tuple[Rising, ...]:
    """The day's."""
    found = [
        Rising(phrase=burst.phrase, papers=burst.papers, times=round(burst.times, 1), fields=_fields(papers))
        for gram, burst in bursts.found.items()
        if (papers := bursts.papers(gram))
    ]
    return tuple(sorted(found, key=_standing))[:MOST]


def combined(days: Iterable[Sequence[Rising]]) -> tuple[Rising, ...]:
    """Of a phrase that rises on several days the one on which it stands out most."""
    stems = Stems()
    ordered = sorted((one for day in days for one in day), key=_standing)
    first: dict[tuple[str, ...], Rising] = {}
    for one in ordered:
        first.setdefault(tuple(stems.all(spelled(one.phrase))), one)
    return tuple(first.values())[:MOST]


def _standing(one: Rising) -> tuple[float, str]:
    return -surprise(one.papers, one.papers / one.times), one.phrase


def _fields(papers: Sequence[Paper]) -> tuple[str, ...]:
    counts = Counter(category for paper in papers for category in set(paper.categories))
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(field for field, count in ordered if count >= FIELD_SHARE * len(papers))
