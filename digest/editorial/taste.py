"""What the papers that somebody rated say of those of an edition, and of their taste.

In:    an edition's papers, one subscriber's feedback, a moment.
Out:   what their taste adds to each paper, which are very like one they liked, and which one that is; a Profile.
Never: anything that has to be trained or kept: it is a sum over ratings, each of which can be named and taken back.

A rating is worth half as much after HALF_LIFE. Taste adds to a paper SCALE · Σ worth · likeness / √Σ worth over what
was liked, less AGAINST times the same over what was disliked (Rocchio 1971); likeness is the cosine of tf-idf vectors.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from digest.editorial.phrases import TITLE
from digest.editorial.relevance import Relevance
from digest.editorial.spelling import Spelling
from digest.editorial.table import Matrix, Table
from digest.editorial.words import Stems, spelled
from digest.model import Feedback, Paper, Verdict

HALF_LIFE = timedelta(days=90)
LASTING = 8 * HALF_LIFE  # what is older is worth less than half a percent
AGAINST = 0.7
VERY_LIKE = 0.2  # so alike are 6 of 10,000 pairs of papers that arXiv announced within two weeks: they share a problem
SCALE = 2.0  # times a likeness is what it counts beside topics and trend; on real days, less ranks worse
MOST = 200  # ratings of one subscriber that count, the newest
ROOM = 48 * 2**20  # bytes of likenesses that are kept
TERMS = 20  # of a profile

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Liking:
    """One subscriber's taste in an edition, a value for each of its papers.

    `fits`, in [0, 1], is how well one fits that is very like a paper they liked, 0 for the others; `adds` may be below
    zero.
    """

    adds: Scores
    fits: Scores
    _liked: Sequence[Paper]
    _worths: Scores  # of the likes
    _alike: Matrix  # liked × papers

    def liked(self, at: int) -> Paper | None:
        """The liked paper that the one at this position is very like."""
        return self._liked[int((self._worths * self._alike[:, at]).argmax())] if self.fits[at] else None


class Taste:
    """Made once for an edition. A paper is compared with it once, however many have rated it."""

    def __init__(self, relevance: Relevance, papers: int) -> None:
        self._relevance = relevance
        self._rows: dict[str, int] = {}
        self._alike: Matrix = np.empty((max(MOST, ROOM // (4 * max(papers, 1))), papers), np.float32)

    def liking(self, feedback: Sequence[Feedback], now: datetime) -> Liking:
        """`feedback`: the newest first; what is dated later than `now` counts as of now."""
        feedback = feedback[:MOST]
        alike, worths, likes = self._of([one.paper for one in feedback]), strengths(feedback, now), _likes(feedback)
        liked, near = np.array([worths[at] for at in likes], np.float32), alike.take(list(likes), axis=0)
        closest = (liked[:, None] * near).max(axis=0, initial=0.0)
        fits = np.minimum(np.float32(SCALE) * closest, 1)
        fits[closest < VERY_LIKE] = 0
        return Liking(_shares(worths, likes) @ alike, fits, list(likes.values()), liked, near)

    def _of(self, papers: Sequence[Paper]) -> Matrix:
        """How alike they are to those of the edition: papers × the edition's."""
        rows = [self._rows.get(paper.id, -1) for paper in papers]
        if -1 in rows:
            self._add(papers)
            rows = [self._rows[paper.id] for paper in papers]
        return self._alike.take(rows, axis=0)

    def _add(self, papers: Sequence[Paper]) -> None:
        new = {paper.id: paper for paper in papers if paper.id not in self._rows}
        if len(self._rows) + len(new) > len(self._alike):
            self._rows.clear()
            new = {paper.id: paper for paper in papers}
        first = len(self._rows)
        self._alike[first : first + len(new)] = self._relevance.alike(list(new.values()))
        self._rows.update(zip(new, range(first, first + len(new)), strict=True))


def strengths(feedback: Sequence[Feedback], now: datetime) -> list[float]:
    """What each rating is still worth at `now`, in (0, 1]."""
    return [0.5 ** max((now - one.at) / HALF_LIFE, 0.0) for one in feedback]


def _shares(worths: Sequence[float], likes: Collection[int]) -> Scores:
    """What each rating puts into the sum: one like counts in full, and of many each the less, the more there are."""
    liked = sum(worths[at] for at in likes)
    more, less = SCALE / sqrt(max(liked, 1.0)), -SCALE * AGAINST / sqrt(max(sum(worths) - liked, 1.0))
    return np.array([worth * (more if at in likes else less) for at, worth in enumerate(worths)], np.float32)


def _likes(feedback: Sequence[Feedback]) -> dict[int, Paper]:
    """By their place."""
    more = Verdict.MORE
    return {at: one.paper for at, one in enumerate(feedback) if one.verdict is more}


@dataclass(frozen=True, slots=True)
class Term:
    """A word as the papers write it. `weight` is in [-1, 1], 1 or -1 that of the strongest; `of` are the ratings that
    make it so, the one that does most first."""

    words: str
    weight: float
    of: tuple[Feedback, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody likes and does not like to read about, the strongest first."""

    terms: tuple[Term, ...] = ()


def profile(feedback: Sequence[Feedback], papers: Sequence[Paper]) -> Profile:
    """The TERMS of which their taste is made most. `feedback`: the newest first; `papers`: what the weight of a word
    is judged by, such as an edition's. Takes about 0.3 ms a paper."""
    feedback, stems = feedback[:MOST], Stems()
    if not feedback:
        return Profile()
    table = Table([_counted(paper, stems) for paper in (*(one.paper for one in feedback), *papers)])
    worths = strengths(feedback, max(one.at for one in feedback))  # only how they compare matters
    shares = table.vectors()[:, : len(feedback)].toarray() * _shares(worths, _likes(feedback))  # terms × ratings
    totals = shares.sum(axis=1)
    if papers:
        totals[np.diff(table.counts.indptr) == 1] = 0  # the name of a method says nothing of other papers
    order = [row for row in np.argsort(-np.abs(totals), kind="stable")[:TERMS] if totals[row]]
    strongest = max((abs(totals[row]) for row in order), default=1.0)
    terms = []
    for row in order:
        same = shares[row] * np.sign(totals[row])
        of = tuple(feedback[one] for one in np.argsort(-same, kind="stable") if same[one] > 0)
        words = Spelling((of[0].paper.title, of[0].paper.abstract), stems).run((str(table.terms[row]),))
        terms.append(Term(words, float(totals[row] / strongest), of))
    return Profile(tuple(terms))


def _counted(paper: Paper, stems: Stems) -> Counter[Hashable]:
    """Its telling words; no numbers and no single letters."""
    counts = stems.counted(((spelled(paper.title), TITLE), (spelled(paper.abstract), 1)))
    return Counter({stem: count for stem, count in counts.items() if len(str(stem)) > 1 and not str(stem).isdigit()})
