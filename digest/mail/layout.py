"""What a mail shows of each paper, and where: whole in its section, or in brief.

In:    the picks of a digest, how much of the abstracts the reader wants; by how many bytes it came out too large.
Out:   places in the order of the mail.
Never: a paper's words.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from digest.mail.order import Section, ordered, section
from digest.model import Abstracts, Pick

LEAD, USUAL, LITTLE, WHOLE = 640, 420, 160, 8_000  # characters of an abstract
BRIEF = -1  # title, reasons, one link
SMALLER = (LEAD, LITTLE, BRIEF)  # what papers are cut to where space is short, one after the other
FIRST = 3  # papers that stay as they are as long as any other can be cut down
MOST = 4  # whole papers of one section; what is weaker stands in a list at the end

Weight = Callable[[Pick, int], int]


@dataclass(frozen=True, slots=True)
class Place:
    """A paper with at most `size` characters of its abstract, or BRIEF; `apart`: in the list at the end."""

    pick: Pick
    size: int
    apart: bool = False


def places(picks: tuple[Pick, ...], wanted: Abstracts) -> list[Place]:
    """The lead and its section first; within a section the best first."""
    chosen = ordered(picks)
    match wanted:
        case Abstracts.FULL:
            return [Place(pick, WHOLE) for pick in chosen]
        case Abstracts.NONE:
            return [Place(pick, BRIEF) for pick in chosen]
        case Abstracts.SHORT:
            return _with_quotas(chosen)


def _with_quotas(chosen: Sequence[Pick]) -> list[Place]:
    whole: list[Place] = []
    apart: list[Place] = []
    taken: Counter[Section] = Counter()
    for pick in chosen:
        under = section(pick)
        taken[under] += 1
        if taken[under] > MOST:
            apart.append(Place(pick, BRIEF, apart=True))
        else:
            whole.append(Place(pick, USUAL if whole else LEAD))
    return whole + sorted(apart, key=lambda place: -place.pick.score)


def smaller(shown: Sequence[Place], excess: int, weight: Weight) -> list[Place]:
    """Cuts down the papers from the last one up until `excess` bytes are saved, the first few only when all others are
    in brief; if none can be cut down, there are fewer.

    `weight` says how many bytes more a paper takes than without an abstract and with all its links.
    """
    cut_down = list(shown)
    for size, at in _turns(len(shown)):
        place = cut_down[at]
        if place.size > size:
            excess -= weight(place.pick, place.size) - weight(place.pick, size)
            cut_down[at] = replace(place, size=size)
        if excess <= 0:
            return cut_down
    return cut_down if cut_down != list(shown) else cut_down[: len(cut_down) * 9 // 10]


def _turns(count: int) -> Iterator[tuple[int, int]]:
    """Which paper is cut down to what, one after the other."""
    for turn in (range(FIRST, count), range(min(FIRST, count))):
        yield from ((size, at) for size in SMALLER for at in reversed(turn))
