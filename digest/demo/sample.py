"""The sample that ships: three days of invented papers and how their votes grew.

In:    sample.toml beside this file, which explains its fields.
Out:   what is announced on a day, and what stands on a day's list at a moment.
Never: a real paper, person or place.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from digest.model import Announced

FILE = Path(__file__).with_name("sample.toml")
DAYS = (date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5))
POLLS = (time(0, 30), time(7, 0), time(14, 30), time(21, 0))  # UTC; the levels in the file are those at these times


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One invented paper. `votes`, `comments` and `stars` are levels, poll by poll, from the first of its day on."""

    id: str
    day: date
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    abstract: str
    votes: tuple[int, ...] = ()
    comments: tuple[int, ...] = ()
    stars: tuple[int, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A paper as arXiv announces it on a day: for the first time, in further categories, or as a new version."""

    entry: Entry
    day: date
    announced: Announced = Announced.NEW
    version: int = 1
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A paper on a day's list of Hugging Face, with the levels of a moment."""

    entry: Entry
    votes: int
    comments: int
    stars: int


@dataclass(frozen=True, slots=True)
class Sample:
    """All of it."""

    entries: tuple[Entry, ...]
    again: tuple[Announcement, ...]

    def categories(self) -> tuple[str, ...]:
        """Every primary category, sorted."""
        return tuple(sorted({entry.categories[0] for entry in self.entries}))

    def announced(self, day: date) -> list[Announcement]:
        """What arXiv announces on `day`."""
        first = [Announcement(entry, day, categories=entry.categories) for entry in self.entries if entry.day == day]
        return first + [announcement for announcement in self.again if announcement.day == day]

    def listed(self, day: date, moment: datetime) -> list[Listing]:
        """The list of `day` as it stands at `moment`; empty before the day's first poll."""
        poll = _polls_until(day, moment) - 1
        if poll < 0:
            return []
        return [_listing(entry, poll) for entry in self.entries if entry.day == day and entry.votes]


def read() -> Sample:
    """The shipped sample."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    entries = {table["id"]: _entry(table) for table in raw["paper"]}
    return Sample(tuple(entries.values()), tuple(_again(table, entries) for table in raw["again"]))


def polls(day: date) -> list[datetime]:
    """The moments of `day` at which the sources are read."""
    return [datetime.combine(day, at, UTC) for at in POLLS]


def _entry(table: Mapping[str, Any]) -> Entry:
    lists = {name: tuple(value) for name, value in table.items() if isinstance(value, list)}
    return Entry(**{**table, **lists, "day": DAYS[table["day"] - 1], "abstract": " ".join(table["abstract"].split())})


def _again(table: Mapping[str, Any], entries: Mapping[str, Entry]) -> Announcement:
    entry = entries[table["id"]]
    return Announcement(
        entry,
        DAYS[table["day"] - 1],
        Announced(table["announced"]),
        table.get("version", 1),
        tuple(table.get("categories", entry.categories)),
    )


def _polls_until(day: date, moment: datetime) -> int:
    """How many polls there were from the first of `day` to `moment`."""
    ahead = [day + timedelta(days=n) for n in range((moment.date() - day).days + 1)]
    return sum(poll <= moment for each in ahead for poll in polls(each))


def _listing(entry: Entry, poll: int) -> Listing:
    return Listing(entry, _level(entry.votes, poll), _level(entry.comments, poll), _level(entry.stars, poll))


def _level(levels: Sequence[int], poll: int) -> int:
    return levels[min(poll, len(levels) - 1)] if levels else 0
