"""Which of the papers that fit go in, when not all can.

In:    values, the group (best topic) of each, their likeness, how many.
Out:   positions, the highest value first.
Never: two that are nearly the same; a group left without its share while others take more than theirs.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.editorial.table import Matrix

NEARLY_SAME = 0.95  # cosine
DIVERSITY = 0.15  # what a paper loses by being just like one that is in (MMR, Carbonell and Goldstein 1998)
DEEP = 3  # times the wanted number of papers of a group that are looked at

Values = NDArray[np.float32]
Positions = NDArray[np.intp]


def choose(values: Values, groups: NDArray[np.intp], open_: Positions, likeness: Matrix, count: int) -> list[int]:
    """At most `count` of the `open_` positions. Each group first gets an equal share in turns, as far as it has papers;
    what is left over goes by value. Ties go to the lower position."""
    pool = _pool(values, groups, open_, DEEP * count)
    choice = _Choice(values[pool], likeness[np.ix_(pool, pool)])
    members = [np.flatnonzero(groups[pool] == group) for group in dict.fromkeys(groups[pool].tolist())]
    share = count // max(len(members), 1) or 1
    for _ in range(share if len(members) > 1 else 0):
        for group in members:
            if len(choice.taken) < count:
                choice.take(group)
    everything = np.arange(len(pool))
    while len(choice.taken) < count and choice.take(everything):
        pass
    return sorted((int(pool[at]) for at in choice.taken), key=lambda at: (-values[at], at))


def _pool(values: Values, groups: NDArray[np.intp], open_: Positions, deep: int) -> Positions:
    """The best of each group, the highest value first."""
    ordered = open_[np.argsort(-values[open_], kind="stable")]
    of = groups[ordered]
    best: Sequence[Positions] = [np.flatnonzero(of == group)[:deep] for group in np.unique(of)]
    return ordered[np.sort(np.concatenate(best))]


class _Choice:
    """What is taken so far, and what that leaves the others worth."""

    def __init__(self, values: Values, likeness: Matrix) -> None:
        self._values, self._likeness = values, likeness
        self._closest = np.zeros_like(values)
        self._open = np.ones(len(values), bool)
        self.taken: list[int] = []

    def take(self, among: Positions) -> bool:
        """The one worth most; False when none is left."""
        left = among[self._open[among]]
        if not left.size:
            return False
        best = int(left[np.argmax(self._values[left] - DIVERSITY * self._closest[left])])
        np.maximum(self._closest, self._likeness[best], out=self._closest)
        self._open &= self._closest < NEARLY_SAME
        self._open[best] = False
        self.taken.append(best)
        return True
