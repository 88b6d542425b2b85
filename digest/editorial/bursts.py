"""Phrases that suddenly many new papers use.

In:    the day's new papers, those of the weeks before.
Out:   the phrases that burst, each new paper's strongest, the new papers of each.
Never: a burst of fewer than four papers, or one seen without a background that says what is usual.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from digest.editorial.spelling import Spelling
from digest.editorial.words import BREAK, Stems, spelled
from digest.model import Paper

FEWEST, TITLES = 4, 2  # new papers that use it at all, and in their titles
SURPRISE = 4.0  # log-likelihood ratio against chance, below which it may well be chance
LIFT = 2.0  # times the usual share
COMPARABLE = 200  # background papers; with fewer, every common phrase would seem to burst

Gram = tuple[str, ...]  # two or three stems


@dataclass(frozen=True, slots=True)
class Burst:
    """`strength` in (0, 1); `times` the usual share."""

    phrase: str
    papers: int
    times: float
    strength: float


class Bursts:
    """Those of a day; none where the background is small."""

    def __init__(self, new: Sequence[Paper], background: Sequence[Paper]) -> None:
        self._new, self._used = new, list[set[Gram]]()
        self._known, self._known_used = background, list[set[Gram]]()
        self.found: dict[Gram, Burst] = {}
        stems = Stems()
        titles = [_grams(stems, paper.title) for paper in new]
        counts = Counter(gram for grams in titles for gram in grams)
        named = {gram for gram, count in counts.items() if count >= TITLES}
        if not named or len(background) < COMPARABLE:
            return
        self._used = [_used(stems, paper, named) for paper in new]
        self._known_used = [_used(stems, paper, named) for paper in background]
        found = _found(self._used, self._known_used)
        phrases = _phrases(stems, found, titles, new)
        self.found = {gram: Burst(phrases[gram], *found[gram]) for gram in found}

    def of_papers(self) -> dict[str, Burst]:
        """The strongest of each new paper that has any, by its id."""
        strongest = (
            max(grams & self.found.keys(), key=lambda gram: (self.found[gram].strength, len(gram), gram), default=None)
            for grams in self._used
        )
        return {paper.id: self.found[gram] for paper, gram in zip(self._new, strongest, strict=False) if gram}

    def using(self, gram: Gram) -> tuple[list[Paper], list[Paper]]:
        """The new papers that use it, and those of the weeks before."""
        return _having(gram, self._new, self._used), _having(gram, self._known, self._known_used)

    def expected(self, known: int) -> float:
        """Of how many new papers one expects what so many of the weeks before have."""
        return _share(known, len(self._known)) * len(self._new)


def _having(gram: Gram, papers: Sequence[Paper], used: Sequence[set[Gram]]) -> list[Paper]:
    return [paper for paper, grams in zip(papers, used, strict=False) if gram in grams]


def _share(count: int, papers: int) -> float:
    """One more of each: what nobody has used yet is not impossible."""
    return (count + 1) / (papers + 1)


def _used(stems: Stems, paper: Paper, named: set[Gram]) -> set[Gram]:
    return _grams(stems, f"{paper.title}. {paper.abstract}") & named


def _grams(stems: Stems, text: str) -> set[Gram]:
    """Runs of two and three telling words within a sentence."""
    telling = stems.content(spelled(text))
    runs: set[Gram] = {*pairwise(telling), *zip(telling, telling[1:], telling[2:], strict=False)}
    return {run for run in runs if BREAK not in run}


def _found(used: Sequence[set[Gram]], before: Sequence[set[Gram]]) -> dict[Gram, tuple[int, float, float]]:
    """Papers, times the usual, and strength, of each phrase that bursts."""
    counts, usual = Counter(g for grams in used for g in grams), Counter(g for grams in before for g in grams)
    found: dict[Gram, tuple[int, float, float]] = {}
    for gram, count in counts.items():
        share = _share(usual[gram], len(before))
        strength = _strength(count, share * len(used))
        if count >= FEWEST and strength > 0:
            found[gram] = count, count / len(used) / share, strength
    return found


def _strength(count: int, expected: float) -> float:
    if count < LIFT * expected:
        return 0.0
    over = surprise(count, expected) - SURPRISE
    return over / (over + 10.0) if over > 0 else 0.0


def surprise(count: float, expected: float) -> float:
    """The Poisson log-likelihood ratio (Dunning 1993)."""
    return count * math.log(count / expected) - (count - expected)


def _phrases(stems: Stems, found: Iterable[Gram], titles: Sequence[set[Gram]], new: Sequence[Paper]) -> dict[Gram, str]:
    """How most titles write each phrase."""
    written: dict[Gram, Counter[str]] = defaultdict(Counter)
    wanted = set(found)
    for grams, paper in zip(titles, new, strict=True):
        spelling = Spelling((paper.title,), stems)
        for gram in grams & wanted:
            written[gram][spelling.run(gram)] += 1
    return {gram: min(counts, key=lambda one: (-counts[one], one)) for gram, counts in written.items()}
