"""Short forms, as the papers themselves define them: `reinforcement learning (RL)`.

In:    texts.
Out:   long form → short form and back, as stems.
Never: a short form whose letters are not the initials of the long one, or a rarer meaning of it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from digest.editorial.words import BREAK, STOP, Stems, spelled

Phrase = tuple[str, ...]

_DEFINED = re.compile(r"([^.;:()]{5,80})\(([A-Z][A-Za-z]{0,4}[A-Z])s?\)")


def synonyms(texts: Iterable[str], stems: Stems) -> dict[Phrase, Phrase]:
    """Both directions. A short form stands for the meaning that most texts give it."""
    meanings: dict[str, Counter[Phrase]] = defaultdict(Counter)
    for text in texts:
        for short, long in set(_definitions(text, stems)):
            meanings[short][long] += 1
    known: dict[Phrase, Phrase] = {}
    for short, counts in meanings.items():
        long = min(counts, key=lambda one: (-counts[one], one))
        known[(short,)], known[long] = long, (short,)
    return known


def _definitions(text: str, stems: Stems) -> Iterable[tuple[str, Phrase]]:
    for before, short in _DEFINED.findall(text):
        letters = short.casefold()
        words = [word for word in spelled(before) if word not in STOP and word != BREAK][-len(letters) :]
        if [word[0] for word in words] == list(letters):
            yield stems.of(letters), tuple(stems.all(words))


def variants(phrase: Phrase, known: Mapping[Phrase, Phrase]) -> list[Phrase]:
    """The phrase with one part of it exchanged for its synonym, each way it can be."""
    size = len(phrase)
    parts = ((start, end) for start in range(size) for end in range(start + 1, size + 1) if phrase[start:end] in known)
    return [phrase[:start] + known[phrase[start:end]] + phrase[end:] for start, end in parts]
