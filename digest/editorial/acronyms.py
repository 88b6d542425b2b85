"""Short forms, as the papers themselves define them: `reinforcement learning (RL)`.

In:    texts.
Out:   long form → short form and back, as stems; which papers mean that long form by that short one.
Never: a short form whose letters are not the initials of the long one, or a rarer meaning of it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from digest.editorial.words import BREAK, STOP, Stems, spelled

Phrase = tuple[str, ...]
Meanings = Mapping[str, Phrase]  # short form → the long form one paper gives it

_DEFINED = re.compile(r"([^.;:()]{5,80})\(([A-Z][A-Za-z]{0,4}[A-Z])s?\)")
ALIKE = 3  # first letters by which two words are taken for forms of one: `differential`, `differentially`
SETTLED, AGREED = 5, 0.9  # papers that define a short form, and the share that agrees, from which on all use it so


@dataclass(frozen=True, slots=True)
class Variant:
    """A phrase with one part exchanged for its synonym. `short` is set where that was `long` before."""

    phrase: Phrase
    short: str = ""
    long: Phrase = ()


def definitions(text: str, stems: Stems) -> Meanings:
    """The short forms that a paper defines, each with its first meaning."""
    found: dict[str, Phrase] = {}
    for before, short in _DEFINED.findall(text):
        letters = short.casefold()
        words = [word for word in spelled(before) if word not in STOP and word != BREAK][-len(letters) :]
        if [word[0] for word in words] == list(letters):
            found.setdefault(stems.of(letters), tuple(stems.all(words)))
    return found


def synonyms(papers: Iterable[Meanings]) -> dict[Phrase, Phrase]:
    """Both directions. A short form stands for the meaning that most papers give it."""
    meanings: dict[str, Counter[Phrase]] = defaultdict(Counter)
    for paper in papers:
        for short, long in paper.items():
            meanings[short][long] += 1
    known: dict[Phrase, Phrase] = {}
    for short, counts in meanings.items():
        long = min(counts, key=lambda one: (-counts[one], one))
        known[(short,)], known[long] = long, (short,)
    return known


def variants(phrase: Phrase, known: Mapping[Phrase, Phrase]) -> list[Variant]:
    """The phrase with one part of it exchanged for its synonym, each way it can be."""
    size = len(phrase)
    parts = [(start, end) for start in range(size) for end in range(start + 1, size + 1) if phrase[start:end] in known]
    return [_variant(phrase, start, end, known[phrase[start:end]]) for start, end in parts]


def _variant(phrase: Phrase, start: int, end: int, other: Phrase) -> Variant:
    exchanged = phrase[:start] + other + phrase[end:]
    return Variant(exchanged, other[0], phrase[start:end]) if end - start > 1 else Variant(exchanged)


def means(variant: Variant, defined: Meanings, words: Collection[object]) -> bool:
    """Whether a paper with these definitions and words means by the short form what the phrase said.

    It does if it defines it so; without a definition of its own, if it uses any word of the long form.
    """
    said = defined.get(variant.short)
    return any(word in words for word in variant.long) if said is None else _alike(said, variant.long)


def settled(variant: Variant, papers: Iterable[Meanings]) -> bool:
    """Whether the short form needs no definition any more: `LLM`, where many papers define it and all alike."""
    agreed = [_alike(paper[variant.short], variant.long) for paper in papers if variant.short in paper]
    return len(agreed) >= SETTLED and sum(agreed) >= AGREED * len(agreed)


def _alike(one: Phrase, other: Phrase) -> bool:
    return [word[:ALIKE] for word in one] == [word[:ALIKE] for word in other]
