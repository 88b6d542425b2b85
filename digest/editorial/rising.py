"""Which phrases rise, told once each.

In:    the day's bursts; the phrases of several days.
Out:   Rising phrases, the one that stands out most first.
Never: a piece of a longer phrase, one that names a meeting or no subject, two that say the same of the same papers.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest.editorial.bursts import FEWEST, LIFT, SURPRISE, Bursts, Gram, surprise
from digest.editorial.naming import name
from digest.editorial.neighbours import EDGE, Neighbours, Use
from digest.editorial.words import Stems, spelled
from digest.model import Paper, Rising

MOST = 20
FIELD_SHARE = 0.25  # of a phrase's papers, below which a category is none of its fields
BEGINS, ENDS = 0.2, 0.3  # of its places, where nothing stands beside a phrase: others are pieces, as `high-fidelity`
NOUN = 0.5  # ENDS of what else says how something is: one hyphenated word, as `data-dependent`; `physically grounded`
SAME = 0.5  # of a phrase's papers that a stronger one with a word in common has as well

_YEAR = re.compile(r"(19|20)\d\d")  # what meets every year is called by it
# The words at either end of a phrase that say nothing of a subject.
_HOLLOW = """
approach benchmark case challenging comprehensive different effective efficient empirical enhanced evaluation existing
experiment extensive framework improved improving method new novel performance pipeline real recent result robust
scalable strategy study survey systematic task technique towards unified various
"""
HOLLOW = frozenset(Stems().all(_HOLLOW.split()))


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase as stems and as it is written, the day's papers that use it, and how many one would expect to."""

    gram: Gram
    phrase: str
    papers: list[Paper]
    expected: float

    @property
    def surprise(self) -> float:
        return surprise(len(self.papers), self.expected)

    @property
    def times(self) -> float:
        return len(self.papers) / self.expected


def rising(bursts: Bursts) -> tuple[Rising, ...]:
    """The day's."""
    neighbours = Neighbours()
    found = {one.gram: one for gram in bursts.found if (one := _found(bursts, gram, neighbours))}
    ordered = sorted(found.values(), key=lambda one: (-one.surprise, one.gram))
    return tuple(_told(one) for one in _once(ordered)[:MOST])


def _found(bursts: Bursts, gram: Gram, neighbours: Neighbours) -> Found | None:
    """The whole that it is a piece of, if that bursts and names something."""
    new, known = bursts.using(gram)
    whole = neighbours.grown(gram, [*new, *known])
    use, papers = neighbours.use(whole, [*new, *known]), neighbours.use(whole, new).papers
    one = Found(whole, name(whole, papers), papers, bursts.expected(len(use.papers) - len(papers)))
    return one if _is_loud(one) and _is_name(one, use) else None


def _is_loud(one: Found) -> bool:
    groups = {paper.authors[-1:] for paper in one.papers}  # a series of one group is no trend
    return len(groups) >= FEWEST and one.times >= LIFT and one.surprise > SURPRISE


def _is_name(one: Found, use: Use) -> bool:
    if not one.phrase or any(map(_YEAR.fullmatch, one.gram)) or HOLLOW & {one.gram[0], one.gram[-1]}:
        return False
    ends = NOUN if " " not in one.phrase or one.phrase.endswith("ed") else ENDS
    return use.before[EDGE] >= BEGINS * use.places and use.after[EDGE] >= ends * use.places


def _once(ordered: Sequence[Found]) -> list[Found]:
    kept: list[Found] = []
    for one in ordered:
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _same(one: Found, other: Found) -> bool:
    ids = {paper.id for paper in one.papers}
    common = sum(paper.id in ids for paper in other.papers)
    return bool(set(one.gram) & set(other.gram)) and common >= SAME * len(one.papers)


def _told(one: Found) -> Rising:
    return Rising(phrase=one.phrase, papers=len(one.papers), times=round(one.times, 1), fields=_fields(one.papers))


def combined(days: Iterable[Sequence[Rising]]) -> tuple[Rising, ...]:
    """Of a phrase that rises on several days, or in a longer one, that which stands out most."""
    stems = Stems()
    kept: dict[str, Rising] = {}
    for one in sorted((one for day in days for one in day), key=_standing):
        words = f" {' '.join(stems.all(spelled(one.phrase)))} "
        if not any(words in other or other in words for other in kept):
            kept[words] = one
    return tuple(kept.values())[:MOST]


def _standing(one: Rising) -> tuple[float, str]:
    return -surprise(one.papers, one.papers / one.times), one.phrase


def _fields(papers: Sequence[Paper]) -> tuple[str, ...]:
    counts = Counter(category for paper in papers for category in set(paper.categories))
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(field for field, count in ordered if count >= FIELD_SHARE * len(papers))
