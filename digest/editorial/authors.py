"""Whether two spellings name the same author.

In:    the authors of each paper; the name a subscriber follows.
Out:   for each paper how surely one of its authors is meant, in [0, 1], and who.
Never: a match on a part of a family name, or on a family name with another initial.
"""

from collections import defaultdict
from collections.abc import Sequence

from digest.editorial.words import bare
from digest.model import Paper

FULL, INITIAL, FAMILY = 1.0, 0.8, 0.7  # given name written out in both, an initial in one, or missing in one

Name = tuple[str, ...]


class Authors:
    """All authors of some papers, found by family name."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._by_family: dict[str, list[tuple[int, Name, str]]] = defaultdict(list)
        for at, paper in enumerate(papers):
            for author in paper.authors:
                if name := parsed(author):
                    self._by_family[name[-1]].append((at, name, author))

    def find(self, wanted: str) -> dict[int, tuple[float, str]]:
        """By the paper's position: how sure, and the author as the paper spells them."""
        name = parsed(wanted)
        found: dict[int, tuple[float, str]] = {}
        for at, candidate, author in self._by_family.get(name[-1], ()) if name else ():
            sure = alike(name, candidate)
            if sure > found.get(at, (0.0, ""))[0]:
                found[at] = (sure, author)
        return found


def parsed(author: str) -> Name:
    """`LeCun, Yann` and `Yann A. LeCun` as (`yann`, `lecun`) and (`yann`, `a`, `lecun`)."""
    family, comma, given = author.partition(",")
    text = f"{given} {family}" if comma else author
    return tuple(bare(text).replace(".", " ").replace("-", " ").replace("’", "'").split())


def alike(one: Name, other: Name) -> float:
    """How surely two names with the same family name are the same person; 0 where given names contradict."""
    given, others = one[:-1], other[:-1]
    if not given or not others:
        return FAMILY
    if not all(a.startswith(b) if len(b) == 1 else a == b or a == b[0] for a, b in zip(given, others, strict=False)):
        return 0.0
    return FULL if given[0] == others[0] and len(given[0]) > 1 else INITIAL
