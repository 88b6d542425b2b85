"""Who of a day's authors a subscriber follows.

In:    the authors of each paper; the name a subscriber follows.
Out:   for each paper how surely one of its authors is meant, in [0, 1], and who.
Never: its own idea of which spellings are one name: that is said in `names`.
"""

from collections import defaultdict
from collections.abc import Sequence

from digest.model import Paper
from digest.names import Name, alike, parsed


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
