"""The colours of a mail: ours, and the operator's accent made legible.

In:    an accent such as `#7a1f3d`.
Out:   one set of colours for light, one for dark; every text on every ground it stands on has contrast ≥ 4.5:1.
Never: an accent taken as it is: a pale or broken one would hide the links.
"""

import re
from dataclasses import dataclass

ENOUGH, ENOUGH_AT_NIGHT = 4.6, 7.2  # WCAG 2.2 SC 1.4.3 asks for 4.5; small light text on dark needs more
_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_FALLBACK = "#7a1f3d"


@dataclass(frozen=True, slots=True)
class Colours:
    """Six `#rrggbb`: the page, the column on it, text, quiet text, the accent, hairlines."""

    page: str
    column: str
    ink: str
    quiet: str
    accent: str
    line: str


@dataclass(frozen=True, slots=True)
class Palette:
    light: Colours
    dark: Colours


def palette(accent: str) -> Palette:
    """The mail's colours around `accent` (`#rgb` or `#rrggbb`; anything else falls back to a dark red)."""
    base = _rgb(accent if _HEX.fullmatch(accent) else _FALLBACK)
    light_grounds, dark_grounds = ("#f3efe7", "#fffdf8"), ("#121110", "#1b1a18")
    return Palette(
        Colours(*light_grounds, "#1f1c18", "#635c52", _legible(base, light_grounds, (0, 0, 0), ENOUGH), "#e2dbcf"),
        Colours(
            *dark_grounds,
            "#ebe5da",
            "#a79f92",
            _legible(base, dark_grounds, (255, 255, 255), ENOUGH_AT_NIGHT),
            "#4b473f",
        ),
    )


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two `#rrggbb`, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _legible(colour: tuple[int, ...], grounds: tuple[str, ...], towards: tuple[int, ...], enough: float) -> str:
    """`colour` itself, or the first mix with black or white that can be read on all grounds."""
    for step in range(21):
        mixed = _hex(tuple(round(c + (t - c) * step / 20) for c, t in zip(colour, towards, strict=True)))
        if all(contrast(mixed, ground) >= enough for ground in grounds):
            return mixed
    return _hex(towards)


def _rgb(colour: str) -> tuple[int, ...]:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    return tuple(bytes.fromhex(digits))


def _hex(rgb: tuple[int, ...]) -> str:
    return "#" + bytes(rgb).hex()


def _luminance(rgb: tuple[int, ...]) -> float:
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
