"""Phrases that suddenly many new titles use.

In:    the titles of the day's new papers, those of the weeks before.
Out:   for each new title its strongest burst, or None.
Never: a burst of fewer than four papers; a comparison with a background too small to compare with.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .words import BREAK, STOP, Stems, as_written, spelled

LONGEST = 3  # words
FEWEST = 4  # new papers
SURPRISE = 6.0  # log-likelihood ratio against chance, below which it may well be chance
LIFT = 2.0  # times the usual
COMPARABLE = 200  # background titles, from which on "the usual" may be told
PRIOR_TITLES, PRIOR_SHARE = 100.0, 0.01  # what a phrase's share is taken to be before any background

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Burst:
    """`strength` in (0, 1); `times` the usual share, None where the background is too small to say."""

    phrase: str
    papers: int
    times: float | None
    strength: float


def bursts(titles: Sequence[str], background: Sequence[str]) -> list[Burst | None]:
    """The strongest burst of each title. Surprise is the Poisson log-likelihood ratio (Dunning 1993)."""
    stems = Stems()
    used = [dict(_grams(stems, title)) for title in titles]
    counts = Counter(gram for grams in used for gram in grams)
    common = {gram: count for gram, count in counts.items() if count >= FEWEST}
    before = Counter(
        gram for title in background for gram in {gram for gram, _ in _grams(stems, title)} if gram in common
    )
    found = {}
    for gram, count in common.items():
        share = (before[gram] + PRIOR_TITLES * PRIOR_SHARE) / (len(background) + PRIOR_TITLES)
        if strength := _strength(count, share * len(titles)):
            times = count / len(titles) / share if len(background) >= COMPARABLE else None
            found[gram] = (strength, count, times)
    phrases = _phrases(set(found), used, titles)
    return [_strongest(grams, found, phrases) for grams in used]


def _strength(count: int, expected: float) -> float:
    if count < LIFT * expected:
        return 0.0
    over = count * math.log(count / expected) - (count - expected) - SURPRISE
    return over / (over + 10.0) if over > 0 else 0.0


def _strongest(
    grams: dict[Gram, str], found: dict[Gram, tuple[float, int, float | None]], phrases: dict[Gram, str]
) -> Burst | None:
    mine = [gram for gram in grams if gram in found]
    if not mine:
        return None
    best = max(mine, key=lambda gram: (found[gram][0] * len(gram) ** 0.5, gram))
    strength, count, times = found[best]
    return Burst(phrases[best], count, times, strength)


def _grams(stems: Stems, title: str) -> Iterator[tuple[Gram, str]]:
    """Runs of one to three telling words within a sentence, with the words as spelled (stop words between them too)."""
    words = spelled(title)
    telling = [at for at, word in enumerate(words) if word not in STOP and not word.isdigit()]
    for first, start in enumerate(telling):
        for end in telling[first : first + LONGEST]:
            span = words[start : end + 1]
            if BREAK in span:
                break
            yield tuple(stems.of(word) for word in span if word not in STOP), " ".join(span)


def _phrases(found: set[Gram], used: Sequence[dict[Gram, str]], titles: Sequence[str]) -> dict[Gram, str]:
    spellings: dict[Gram, Counter[str]] = defaultdict(Counter)
    for grams, title in zip(used, titles, strict=True):
        for gram in grams.keys() & found:
            spellings[gram][as_written(grams[gram], title)] += 1
    return {gram: min(counts, key=lambda one: (-counts[one], one)) for gram, counts in spellings.items()}
