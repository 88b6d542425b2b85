"""Whether two spellings name the same person.

In:    names as sources and subscribers write them.
Out:   their parts, folded; how surely two are one, in [0, 1].
Never: a match on a part of a family name, or on a family name with another initial.
"""

import unicodedata

FULL, INITIAL, FAMILY = 1.0, 0.8, 0.7  # given name written out in both, an initial in one, or missing in one

_UNMARKED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)

Name = tuple[str, ...]


def bare(text: str) -> str:
    """Case, accents and compatibility forms gone: `Erdős` → `erdos`."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_UNMARKED)


def parsed(author: str) -> Name:
    """`LeCun, Yann` and `Yann A. LeCun` as (`yann`, `lecun`) and (`yann`, `a`, `lecun`); `Wei-Lin` stays one name."""
    family, comma, given = author.partition(",")
    text = f"{given} {family}" if comma else author
    names = [name.strip("-") for name in bare(text).replace(".", " ").replace("’", "'").split()]
    *given_names, last = [name for name in names if name] or [""]
    return tuple(filter(None, (*given_names, *last.split("-"))))


def alike(one: Name, other: Name) -> float:
    """How surely two names with the same family name are the same person; 0 where given names contradict."""
    given, others = one[:-1], other[:-1]
    if not given or not others:
        return FAMILY
    if _contradict(given, others):
        return 0.0
    (first, *_), (second, *_) = _parts(given), _parts(others)
    return FULL if min(len(first), len(second)) > 1 else INITIAL


def _contradict(given: Name, others: Name) -> bool:
    if "".join(_parts(given)) == "".join(_parts(others)):
        return False
    if _halves(given, others) or _halves(others, given):
        return True
    return not all(_agree(a, b) for a, b in zip(_parts(given), _parts(others), strict=False))


def _halves(given: Name, others: Name) -> bool:
    """Whether the others stop within a name of two parts: Wei is not Wei-Lin."""
    parts = _parts(others)
    return len(parts) < len(_parts(given[:1])) and len(parts[0]) > 1


def _agree(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _parts(names: Name) -> Name:
    return tuple(part for name in names for part in name.split("-") if part)
