"""Words, numbers and dates as one language writes them.

In:    a locale such as `en`, `de` or `pt-BR`; the catalogues in `digest/locales`, one file a language.
Out:   a Language; English where there is no catalogue, and where a catalogue lacks a message.
Never: a message that is put together from parts whose order differs between languages.
"""

import gettext
from collections.abc import Sequence
from datetime import date, datetime, time
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_day_names, get_timezone_location
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

CATALOGUES = Path(__file__).parent / "locales"
ENGLISH = "en"
# Where a plain code leaves it open we write as most of its readers do, not as one country does.
USUAL = {"en": "en_GB", "zh": "zh_Hans_CN"}


class Language:
    """How we speak to one reader. `code` is that of the catalogue; `tag` (BCP 47) is what `lang` says in HTML."""

    def __init__(self, tag: str, locale: Locale, catalogue: gettext.NullTranslations) -> None:
        self.tag, self._locale, self._catalogue = tag, locale, catalogue
        self.code = tag.partition("-")[0].lower()
        self.direction = locale.text_direction

    @property
    def name(self) -> str:
        """As its own speakers call it: `Deutsch`."""
        name = Locale(self._locale.language).get_display_name() or self.code
        return name[:1].upper() + name[1:]

    def raw(self, message: str) -> str:
        """The translation, its `%(names)s` as they are."""
        return self._catalogue.gettext(message) if message else ""

    def raw_plural(self, one: str, many: str, count: int) -> str:
        return self._catalogue.ngettext(one, many, count)

    def gettext(self, message: str, **values: object) -> str:
        """The translation with `%(name)s` filled in; a `%` that is none is written `%%`."""
        return self.raw(message) % values

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """The form for `count`, which stands in it as `%(num)s`, written as a number of this language."""
        return self.raw_plural(one, many, count) % {"num": self.number(count), **values}

    def number(self, value: float) -> str:
        """`1,234` or `1.234`; at most one decimal."""
        if isinstance(value, int) and 0 <= value < 1000:
            return str(value)  # nothing to group; most numbers are such
        return format_decimal(value, "#,##0.#", self._locale)

    def day(self, day: date) -> str:
        """With its weekday: `Thursday 28 May 2026`."""
        return format_date(day, "full", self._locale)

    def month(self, day: date) -> str:
        """`May 2026`."""
        return format_skeleton("yMMMM", day, locale=self._locale)

    def date(self, day: date, *, year: bool = True) -> str:
        """`28 May 2026`, or without the year."""
        if year:
            return format_date(day, "long", self._locale)
        return format_date(day, _without_year(self._locale), self._locale)

    def time(self, at: time | datetime) -> str:
        """`07:30`, by the clock of the locale."""
        return format_time(at, "short", locale=self._locale)

    def weekday(self, number: int) -> str:
        """`Mon` for 0."""
        return str(get_day_names("abbreviated", "stand-alone", self._locale)[number])

    def place(self, zone: str) -> str:
        """The city that an IANA zone is named after: `New York`; Babel's spelling, `Indiana/Knox` without the slash."""
        return get_timezone_location(zone, self._locale, return_city=True).rpartition("/")[2]

    def listed(self, items: Sequence[str]) -> str:
        """`A, B and C`."""
        return format_list(items, locale=self._locale) if items else ""


def _without_year(locale: Locale) -> str:
    return str(locale.datetime_skeletons["MMMMd"]) if "MMMMd" in locale.datetime_skeletons else "d MMMM"


@cache
def languages() -> tuple[str, ...]:
    """The codes there are, English first."""
    return ENGLISH, *sorted(file.stem for file in CATALOGUES.glob("*.po"))


@cache
def language(locale: str) -> Language:
    """The Language of `locale`: its own catalogue, else English."""
    code = _code(locale)
    if code is None or code == ENGLISH:
        tag = locale.replace("_", "-") if code else ENGLISH
        return Language(tag, _locale(tag), gettext.NullTranslations())
    return Language(locale.replace("_", "-"), _locale(locale), _catalogue(CATALOGUES / f"{code}.po"))


def best(accepted: str, otherwise: str) -> str:
    """The code that suits an Accept-Language header (RFC 9110 section 12.5.4) best; `otherwise` if none does."""
    wanted = []
    for place, part in enumerate(accepted[:200].split(",")):
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if tag.strip() and weight > 0:
            wanted.append((-weight, place, tag.strip()))
    codes = (_code(tag) for _, _, tag in sorted(wanted))
    return next(filter(None, codes), otherwise)


def _code(tag: str) -> str | None:
    """That of the catalogue for a tag such as `de-CH`."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return code if code in languages() else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def _locale(tag: str) -> Locale:
    """What Babel knows of `tag`; of its language, where it does not know the rest; of English otherwise."""
    name = tag.replace("-", "_")
    for each in (USUAL.get(name.lower(), name), USUAL.get(name.partition("_")[0].lower(), name.partition("_")[0])):
        try:
            return Locale.parse(each)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(USUAL[ENGLISH])


def _catalogue(file: Path) -> gettext.GNUTranslations:
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
