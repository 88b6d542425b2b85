"""The phrases that rise in a reader's fields, in words.

In:    those frozen with their digest; a Language.
Out:   a few lines: the phrase, and how much more of it there is than usual.
Never: more than can be taken in at a glance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from digest.language import Language
from digest.mail.words import Words, isolated
from digest.model import Rising
from digest.text import cut
from digest.wording import how_it_rises

MOST = 5
LONGEST = 80  # characters of a phrase


@dataclass(frozen=True, slots=True)
class RisingView:
    """`said`: `5 papers, 3× the usual`."""

    phrase: Words
    said: str


def rising_views(rising: Sequence[Rising], speaking: Language) -> list[RisingView]:
    return [_view(one, speaking) for one in rising[:MOST]]


def _view(one: Rising, speaking: Language) -> RisingView:
    phrase = cut(one.phrase, LONGEST)
    return RisingView(isolated(phrase, escape(phrase)), how_it_rises(one, speaking))
