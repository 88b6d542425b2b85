"""What the forms of a subscription offer to choose from.

In:    a language.
Out:   arXiv's categories by archive, the zones by continent, the days of a week, the languages there are.
Never: what somebody chose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from digest.due import WEEKDAYS
from digest.inputs import zones
from digest.language import Language, language, languages
from digest.taxonomy import ARCHIVES, CATEGORIES

# As arXiv calls them; those that have no sub-categories stand together.
_ARCHIVES = {
    "cs": "Computer Science",
    "stat": "Statistics",
    "math": "Mathematics",
    "eess": "Electrical Engineering and Systems Science",
    "physics": "Physics",
    "astro-ph": "Astrophysics",
    "cond-mat": "Condensed Matter",
    "nlin": "Nonlinear Sciences",
    "q-bio": "Quantitative Biology",
    "q-fin": "Quantitative Finance",
    "econ": "Economics",
}
_REST = "High Energy, Nuclear, Quantum and Mathematical Physics"
PAPERS = (5, 10, 15, 20, 30, 50)


@dataclass(frozen=True, slots=True)
class Archive:
    """`whole` is what asks for all of it, `cs.*`; `""` for those that only stand together."""

    name: str
    whole: str
    categories: tuple[tuple[str, str], ...]  # id and name


@dataclass(frozen=True, slots=True)
class Choices:
    archives: tuple[Archive, ...]
    zones: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # continent: IANA name and city
    days: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    papers: tuple[int, ...] = PAPERS

    def lists_zone(self, zone: str) -> bool:
        return any(zone == name for _, places in self.zones for name, _ in places)


@cache
def choices(speaking: Language) -> Choices:
    return Choices(
        archives=_archives(),
        zones=tuple((name, _places(area, speaking)) for area, name in _continents(speaking).items()),
        days=tuple((day, speaking.weekday(number)) for number, day in enumerate(WEEKDAYS)),
        languages=tuple((code, language(code).name) for code in languages()),
    )


def _archives() -> tuple[Archive, ...]:
    alone = tuple((name, title) for name, title in CATEGORIES.items() if "." not in name)
    return *(Archive(_ARCHIVES.get(each, each), f"{each}.*", _of(each)) for each in _in_order()), Archive(
        _REST, "", alone
    )


def _in_order() -> list[str]:
    return [*(each for each in _ARCHIVES if each in ARCHIVES), *sorted(ARCHIVES - _ARCHIVES.keys())]


def _of(archive: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, title) for name, title in CATEGORIES.items() if name.partition(".")[0] == archive)


def _continents(speaking: Language) -> Mapping[str, str]:
    """The areas of the IANA database in which people live, as they are called."""
    return {
        "Africa": speaking.gettext("Africa"),
        "America": speaking.gettext("America"),
        "Antarctica": speaking.gettext("Antarctica"),
        "Asia": speaking.gettext("Asia"),
        "Atlantic": speaking.gettext("Atlantic Ocean"),
        "Australia": speaking.gettext("Australia"),
        "Europe": speaking.gettext("Europe"),
        "Indian": speaking.gettext("Indian Ocean"),
        "Pacific": speaking.gettext("Pacific Ocean"),
    }


def _places(area: str, speaking: Language) -> tuple[tuple[str, str], ...]:
    """One zone for each city: the database has former names too, and the one that sounds like the city is today's."""
    found: dict[str, str] = {}
    for name in sorted(zones()):
        if name.startswith(f"{area}/"):
            city = speaking.place(name)
            if city not in found or _english(name) == city:
                found[city] = name
    return tuple(sorted(((name, city) for city, name in found.items()), key=lambda pair: pair[1].casefold()))


def _english(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
