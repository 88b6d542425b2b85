"""How well a phrase fits a paper's title and abstract.

In:    papers; phrases.
Out:   BM25 scores in [0, 1], comparable between phrases; exact matches; the words that matched; likeness of papers.
Never: a high score for some common word of a phrase: what is missing counts against the paper.

A phrase scores coverage² · (½ words + ½ neighbours). Words is BM25 (Robertson and Zaragoza 2009) over title and
abstract, divided by the most the phrase could attain; neighbours is the same over its adjacent pairs of words, times
the share of these that occur; coverage is the share of its words, by weight, that occur at all. A part may stand as
the acronym the papers define for it, in a paper that means the same by it.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.editorial.acronyms import Variant, definitions, means, settled, synonyms, variants
from digest.editorial.spelling import Spelling
from digest.editorial.table import Matrix, Table, Vector
from digest.editorial.words import BREAK, Stems, spelled
from digest.model import Paper

TITLE = 3  # a word in the title counts as three in the abstract
NEIGHBOURS = 0.5
ASKED_AGAIN = 20_000  # answers that are kept
SYNONYM = 0.95  # what a match by the other form is worth

Phrase = tuple[str, ...]


class Phrases:
    """An index of some papers by their words."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = papers
        self._stems = Stems()
        self._parts = [(spelled(paper.title), spelled(paper.abstract)) for paper in papers]
        counts = [self._counts(*parts) for parts in self._parts]
        self._words, self._pairs = Table([words for words, _ in counts]), Table([pairs for _, pairs in counts])
        lengths = self._words.lengths()
        self._word_fit, self._pair_fit = self._words.saturated(lengths), self._pairs.saturated(lengths)
        self._present, self._pair_present = self._words.present(), self._pairs.present()
        self._counted = [words for words, _ in counts]
        self._defined = [definitions(f"{paper.title}. {paper.abstract}", self._stems) for paper in papers]
        self._known = synonyms(self._defined)
        self._same: dict[tuple[str, Phrase], NDArray[np.bool_]] = {}
        self._spellings: dict[int, Spelling] = {}
        self.words = lru_cache(ASKED_AGAIN)(self._words_of)  # the same papers suit all who have the same topic
        self._word = lru_cache(ASKED_AGAIN)(self._word_of)
        self._others: dict[str, Vector] = {}

    def scores(self, phrases: Sequence[str]) -> Matrix:
        """float32, phrases × papers."""
        own = [self._phrase(phrase) for phrase in phrases]
        others = [(row, other) for row, phrase in enumerate(own) for other in variants(phrase, self._known)]
        scores = self._fit([*own, *(other.phrase for _, other in others)])
        best = scores[: len(own)]
        for (row, other), score in zip(others, scores[len(own) :], strict=True):
            np.maximum(best[row], SYNONYM * score * self._meant(other), out=best[row])
        return best

    def _meant(self, variant: Variant) -> NDArray[np.bool_]:
        """Which papers mean the same by it."""
        key = variant.short, variant.long
        if key not in self._same:
            same = self._same[key] = np.ones(len(self._papers), np.bool_)
            usual = variant.short and settled(variant, self._defined)
            for at in self._words.having(variant.short):
                undefined = variant.short not in self._defined[at]
                same[at] = (usual and undefined) or means(variant, self._defined[at], self._counted[at])
        return self._same[key]

    def _fit(self, phrases: Sequence[Phrase]) -> Matrix:
        query = self._words.query(phrases)
        words, coverage = (query @ self._word_fit).toarray(), (query @ self._present).toarray()
        pairs = self._pairs.query([list(pairwise(phrase)) for phrase in phrases])
        neighbours = (pairs @ self._pair_fit).toarray() * (pairs @ self._pair_present).toarray()
        share = np.array([NEIGHBOURS if len(phrase) > 1 else 0.0 for phrase in phrases], np.float32)[:, None]
        fit: Matrix = coverage**2 * ((1 - share) * words + share * neighbours)
        return np.clip(fit, 0.0, 1.0)

    def exact(self, phrase: str) -> NDArray[np.int32]:
        """Positions of the papers that have all the phrase's words, as stems, one after the other."""
        stems = [stem for stem in self._stems.all(spelled(phrase)) if stem != BREAK]
        telling = self._phrase(phrase)
        if not telling:
            return np.empty(0, np.int32)
        rarest = min((self._words.having(stem) for stem in telling), key=len)
        wanted = f" {' '.join(stems)} "
        return np.array([at for at in rarest if wanted in self._running[at]], np.int32)

    def _words_of(self, phrase: str, at: int) -> tuple[str, ...]:
        """What of the phrase, or of its other form, the paper at this position has, as it is written there."""
        own = self._phrase(phrase)
        told = [variant.phrase for variant in variants(own, self._known) if self._meant(variant)[at]]
        words, _ = max((self._spelling(at).pieces(one) for one in (own, *told)), key=lambda found: found[1])
        return words

    def likeness(self) -> Matrix:
        """How alike two papers are in their words: float32, papers × papers, in [0, 1]."""
        return self._words.likeness()

    def alike(self, others: Sequence[Paper]) -> Matrix:
        """How alike other papers are to these in their words: float32, others × papers, in [0, 1]."""
        alike: Matrix = (self._words.stacked([self._outside(paper) for paper in others]) @ self._vectors).toarray()
        return np.clip(alike, 0.0, 1.0, out=alike)

    def shared(self, other: Paper, at: int, most: int) -> tuple[str, ...]:
        """The words that another paper and the one at this position have in common, as this one writes them: those
        that make the two alike most, at most so many."""
        rows, theirs = self._outside(other)
        here = slice(self._columns.indptr[at], self._columns.indptr[at + 1])
        common, one, two = np.intersect1d(rows, self._columns.indices[here], assume_unique=True, return_indices=True)
        best = np.argsort(-theirs[one] * self._columns.data[here][two], kind="stable")[:most]
        return tuple(self._word(self._words.terms[row], at) for row in common[best])

    def _outside(self, paper: Paper) -> Vector:
        """Of a paper that is none of these."""
        if paper.id not in self._others:
            if len(self._others) == ASKED_AGAIN:
                self._others.clear()
            counts = self._stems.counted(((spelled(paper.title), TITLE), (spelled(paper.abstract), 1)))
            self._others[paper.id] = self._words.outside(counts)
        return self._others[paper.id]

    def _word_of(self, stem: Hashable, at: int) -> str:
        return self._spelling(at).run((str(stem),))

    @cached_property
    def _vectors(self) -> sparse.csr_array:
        return self._words.vectors()

    @cached_property
    def _columns(self) -> sparse.csc_array:
        return self._vectors.tocsc()

    def _phrase(self, text: str) -> Phrase:
        return tuple(stem for stem in self._stems.content(spelled(text)) if stem != BREAK)

    def _counts(self, title: Sequence[str], abstract: Sequence[str]) -> tuple[Counter[Hashable], Counter[Hashable]]:
        words: Counter[Hashable] = Counter()
        pairs: Counter[Hashable] = Counter()
        for part, weight in ((title, TITLE), (abstract, 1)):
            stems = self._stems.content(part)
            for stem in stems:
                words[stem] += weight
            for pair in pairwise(stems):
                pairs[pair] += weight
        del words[BREAK]
        return words, Counter({pair: count for pair, count in pairs.items() if BREAK not in pair})  # type: ignore[operator]

    def _spelling(self, at: int) -> Spelling:
        if at not in self._spellings:
            paper = self._papers[at]
            self._spellings[at] = Spelling((paper.title, paper.abstract), self._stems)
        return self._spellings[at]

    @cached_property
    def _running(self) -> list[str]:
        """Title and abstract as running stems, stop words included."""
        stems = self._stems
        return [f" {' '.join(stems.all([*title, BREAK, *abstract]))} " for title, abstract in self._parts]
