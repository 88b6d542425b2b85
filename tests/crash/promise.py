"""What the program promises about mail, and how a promise is put to the proof.

In:    an empty folder, how often to try, the seed that all randomness comes from.
Out:   what was counted, and every violation in a line of its own.
Never: a verdict from our own tables: the far end of the network says what it got.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """`figures` in plain words and in order; `broken` is empty where the promise was kept."""

    figures: dict[str, object]
    broken: list[str]


@dataclass(frozen=True, slots=True)
class Control:
    """A program broken on purpose: a campaign that cannot tell it from the real one proves nothing."""

    what: str
    sign: str  # a pattern that one violation must match: another trouble is not this fault
    campaign: Callable[[Path, int], Outcome]  # (empty folder, seed)

    def seen(self, outcome: Outcome) -> bool:
        return any(re.search(self.sign, line) for line in outcome.broken)


@dataclass(frozen=True, slots=True)
class Promise:
    """`campaign(empty folder, size, seed)` tries it `size` times: `short` in CI, `long` in a soak."""

    name: str
    claim: str
    campaign: Callable[[Path, int, int], Outcome]
    short: int
    long: int
    controls: tuple[Control, ...] = ()
