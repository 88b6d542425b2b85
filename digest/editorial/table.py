"""Counts of terms in papers, as a sparse table.

In:    for each paper the weighted counts of its terms.
Out:   saturated counts, term weights, queries; sums of them as dense float32, queries × papers.
Never: text.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

ROWS = 256  # of a product at a time
K1, B = 1.2, 0.5  # saturation and length normalisation of BM25; abstracts are alike in length

Matrix = NDArray[np.float32]
Vector = tuple[NDArray[np.int32], NDArray[np.float32]]  # rows in ascending order, their values


class Table:
    """Terms × papers. A term is any hashable."""

    def __init__(self, papers: Sequence[Mapping[Hashable, float]]) -> None:
        self.rows: dict[Hashable, int] = {}
        terms, columns, counts = [], [], []
        for column, paper in enumerate(papers):
            for term, count in paper.items():
                terms.append(self.rows.setdefault(term, len(self.rows)))
                columns.append(column)
                counts.append(count)
        shape = (len(self.rows), len(papers))
        self.counts = sparse.csr_array((np.asarray(counts, np.float32), (terms, columns)), shape=shape)
        self._most = np.log1p((len(papers) + 0.5) / 0.5)
        frequency = np.diff(self.counts.indptr)
        self._weights = np.log1p((len(papers) - frequency + 0.5) / (frequency + 0.5))

    @cached_property
    def terms(self) -> list[Hashable]:
        """By row."""
        return list(self.rows)

    def weight(self, term: Hashable) -> float:
        """Inverse document frequency, as BM25 has it; the highest for a term no paper has."""
        row = self.rows.get(term)
        return float(self._most if row is None else self._weights[row])

    def having(self, term: Hashable) -> NDArray[np.int32]:
        """The columns of the papers that have the term."""
        row = self.rows.get(term)
        if row is None:
            return np.empty(0, np.int32)
        return self.counts.indices[self.counts.indptr[row] : self.counts.indptr[row + 1]]  # type: ignore[no-any-return]

    def saturated(self, lengths: NDArray[np.float32]) -> sparse.csr_array:
        """BM25's term part over its maximum: in (0, 1), growing with the count, longer papers slower."""
        norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0)) if lengths.size else lengths
        fit = self.counts.copy()
        fit.data = fit.data / (fit.data + norm[fit.indices])
        return fit

    def present(self) -> sparse.csr_array:
        there = self.counts.copy()
        there.data = np.ones_like(there.data)
        return there

    def lengths(self) -> NDArray[np.float32]:
        return np.asarray(self.counts.sum(axis=0), np.float32).ravel()

    def query(self, queries: Iterable[Sequence[Hashable]]) -> sparse.csr_array:
        """One row a query: the weights of its terms, as shares of their sum (terms no paper has included)."""
        indptr, indices, shares = [0], [], []
        for terms in queries:
            weights = {term: self.weight(term) for term in terms}
            total = sum(weights.values())
            known = [(self.rows[term], weight / total) for term, weight in weights.items() if term in self.rows]
            indices += [row for row, _ in known]
            shares += [share for _, share in known]
            indptr.append(len(indices))
        shape = (len(indptr) - 1, len(self.rows))
        return sparse.csr_array((np.asarray(shares, np.float32), np.asarray(indices, np.int32), indptr), shape=shape)

    def vectors(self) -> sparse.csr_array:
        """tf-idf, terms × papers; each paper of length one."""
        vectors = self.counts.copy()
        vectors.data = np.log1p(vectors.data) * np.repeat(self._weights, np.diff(vectors.indptr)).astype(np.float32)
        norms = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=0)).ravel())
        vectors.data = vectors.data / np.maximum(norms, 1e-9)[vectors.indices]
        return vectors

    def outside(self, paper: Mapping[Hashable, float]) -> Vector:
        """The same of another paper; terms that none of these has count for its length only."""
        weights = np.array([self.weight(term) for term in paper], np.float32)
        vector = np.log1p(np.fromiter(paper.values(), np.float32, len(paper))) * weights
        vector /= max(float(np.sqrt(vector @ vector)), 1e-9)
        rows = np.array([self.rows.get(term, -1) for term in paper], np.int32)
        known = np.flatnonzero(rows >= 0)
        known = known[np.argsort(rows[known])]
        return rows[known], vector[known]

    def stacked(self, vectors: Sequence[Vector]) -> sparse.csr_array:
        """Vectors × terms."""
        indptr = np.cumsum([0, *(len(rows) for rows, _ in vectors)])
        rows, values = (np.concatenate(parts) for parts in zip(*vectors, strict=True))
        return sparse.csr_array((values, rows, indptr), shape=(len(vectors), len(self.rows)))

    def likeness(self) -> Matrix:
        """Cosine of tf-idf vectors, papers × papers, in [0, 1]."""
        vectors = self.vectors()
        papers = vectors.T.tocsr()
        cosine: Matrix = np.empty((papers.shape[0], papers.shape[0]), np.float32)
        for start in range(0, len(cosine), ROWS):  # as one sparse product it would be larger than what comes of it
            cosine[start : start + ROWS] = (papers[start : start + ROWS] @ vectors).toarray()
        return np.clip(cosine, 0.0, 1.0, out=cosine)
