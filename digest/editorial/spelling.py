"""How one text spells a phrase.

In:    a text, phrases as stems.
Out:   the phrase as it stands there, or the pieces of it that do.
Never: a stem, or words that a sentence's end parts.
"""

from collections import defaultdict
from collections.abc import Sequence

from digest.editorial.words import BREAK, STOP, Stems, Written, spelled

Phrase = tuple[str, ...]

APART = 0.1  # what each further piece takes from a phrase's share


class Spelling:
    """Of the telling words of some parts of a text, a title and an abstract."""

    def __init__(self, parts: Sequence[str], stems: Stems) -> None:
        self._words = [word for part in parts for word in (*spelled(part), BREAK)]
        self._telling = [(stems.of(word), at) for at, word in enumerate(self._words) if word not in STOP]
        self._starts: dict[str, list[int]] = defaultdict(list)
        for place, (stem, _) in enumerate(self._telling):
            self._starts[stem].append(place)
        self._written = Written(". ".join(parts))

    def run(self, phrase: Phrase) -> str:
        """The first place where its words follow each other, stop words between them included; `""`: there is none."""
        for first in self._starts.get(phrase[0], ()):
            run = self._telling[first : first + len(phrase)]
            if tuple(stem for stem, _ in run) == phrase:
                return self._written.find(" ".join(self._words[run[0][1] : run[-1][1] + 1]))
        return ""

    def pieces(self, phrase: Phrase) -> tuple[tuple[str, ...], float]:
        """The longest runs of the phrase that occur, and how much of it that is, at most 1 for all in one piece."""
        found: dict[str, int] = {}
        start = 0
        while start < len(phrase):
            runs = ((end, self.run(phrase[start:end])) for end in range(len(phrase), start, -1))
            end, words = next(((end, words) for end, words in runs if words), (start + 1, ""))
            if words:
                found.setdefault(words, end - start)
            start = end
        share = (sum(found.values()) - APART * (len(found) - 1)) / max(len(phrase), 1)
        return tuple(found), share
