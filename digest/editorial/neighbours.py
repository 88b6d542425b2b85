"""Where a phrase stands in sentences, and which words stand beside it.

In:    papers, phrases as stems.
Out:   who uses a phrase, how often each word precedes and follows it; a phrase grown to the whole it is a piece of.
Never: a phrase that runs across a comma, a bracket or a sentence's end.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from digest.editorial.words import BREAK, STOP, Stems, spelled
from digest.model import Paper

EDGE = ""  # beside a phrase: a stop word, punctuation, or the end of the text
LONGEST = 5  # words
PIECE = 0.6  # of its places at which the same word stands beside a phrase that is but a piece of a longer one

Gram = tuple[str, ...]
_PAUSE = re.compile(r"[(),\[\]{}\"“”—–]")


@dataclass(frozen=True, slots=True)
class Use:
    """`places`: how often it stands anywhere; `before` and `after` count the words beside it."""

    papers: list[Paper] = field(default_factory=list)
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)

    @property
    def places(self) -> int:
        return self.before.total()


class Neighbours:
    """Reads each paper once."""

    def __init__(self) -> None:
        self._stems = Stems()
        self._read: dict[str, tuple[list[str], list[int]]] = {}

    def grown(self, phrase: Gram, papers: Sequence[Paper]) -> Gram:
        """`large language` is `large language model` wherever it stands."""
        while len(phrase) < LONGEST:
            use = self.use(phrase, papers)
            enough = max(PIECE * use.places, 1)
            (after, follow), (before, lead) = _commonest(use.after), _commonest(use.before)
            if follow >= enough:
                phrase = (*phrase, after)
            elif lead >= enough:
                phrase = (before, *phrase)
            else:
                break
        return phrase

    def use(self, phrase: Gram, papers: Sequence[Paper]) -> Use:
        found = Use()
        for paper in papers:
            words, telling = self._words(paper)
            stems = [words[at] for at in telling]
            starts = [at for at, stem in enumerate(stems) if stem == phrase[0]]
            places = [at for at in starts if tuple(stems[at : at + len(phrase)]) == phrase]
            if places:
                found.papers.append(paper)
            for at in places:
                found.before[words[telling[at] - 1]] += 1
                found.after[words[telling[at + len(phrase) - 1] + 1]] += 1
        return found

    def _words(self, paper: Paper) -> tuple[list[str], list[int]]:
        """Its stems, with EDGE for what says nothing; and where those are that say something, or break a phrase."""
        if paper.id not in self._read:
            spelt = [BREAK, *spelled(_paused(paper.title)), BREAK, *spelled(_paused(paper.abstract)), BREAK]
            words = [EDGE if word in STOP or word == BREAK else self._stems.of(word) for word in spelt]
            self._read[paper.id] = words, [at for at, word in enumerate(spelt) if word not in STOP]
        return self._read[paper.id]


def _paused(text: str) -> str:
    return _PAUSE.sub(" ; ", text)


def _commonest(words: Counter[str]) -> tuple[str, int]:
    return max(
        ((word, count) for word, count in words.items() if word), key=lambda one: (one[1], one[0]), default=("", 0)
    )
