"""The frozen lists of the days.

In:    an Edition of papers the store knows.
Out:   the same Edition, whatever has become of its papers since.
Never: a second edition for a date, or a change to one.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, exists, func, insert, or_, select
from sqlmodel import col

from digest.errors import StoreError
from digest.model import Edition, Paper, Ranked, Rising
from digest.store.database import Database, chunks, insert_new
from digest.store.tables import EditionEntryRow, EditionRow, PaperAliasRow, PaperRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSummary:
    """An edition without its papers: `entries` is how many it has."""

    date: date
    cutoff_at: datetime
    entries: int
    notes: tuple[str, ...]


# Inside the class `list` is the method.
Summaries = list[EditionSummary]
Listed = list[Ranked]
Months = list[tuple[date, int]]

LONGEST_LIFE = timedelta(days=60)  # from a paper's first sight to the last edition that could list it, and to spare


class Editions:
    """One row per UTC date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, edition: Edition) -> bool:
        """Freezes the edition; False, and nothing is changed, when its date has one. Papers must be stored before."""
        row = {
            "date": edition.date,
            "cutoff_at": edition.cutoff_at,
            "notes": edition.notes,
            "rising": edition.rising or None,
        }
        with self._database.write() as conn:
            number = conn.scalar(insert_new(conn, EditionRow).returning(col(EditionRow.id)), row)
            if number is not None and edition.entries:
                conn.execute(insert(EditionEntryRow), _entries(conn, number, edition.entries))
        return number is not None

    def get(self, day: date) -> Edition | None:
        return self._one(select(EditionRow).where(col(EditionRow.date) == day))

    def has(self, day: date) -> bool:
        """Whether the date has one; cheaper than `get`."""
        with self._database.read() as conn:
            return bool(conn.scalar(select(exists().where(col(EditionRow.date) == day))))

    def newest(self, at: datetime) -> Edition | None:
        """The last one whose cut-off is reached at that moment."""
        reached = select(EditionRow).where(col(EditionRow.cutoff_at) <= at)
        return self._one(reached.order_by(col(EditionRow.cutoff_at).desc()).limit(1))

    def newest_date(self, at: datetime, *, filled: bool = False) -> date | None:
        """That of `newest`, without its papers; with `filled`, of the last one that has any."""
        cutoff = col(EditionRow.cutoff_at)
        wanted = select(col(EditionRow.date)).where(cutoff <= at).order_by(cutoff.desc()).limit(1)
        with self._database.read() as conn:
            return conn.scalar(wanted.where(_FILLED) if filled else wanted)

    def since(self, after: date | None, until: date, limit: int = 7) -> list[Edition]:
        """Those of the dates in (after, until], newest first, at most `limit`."""
        wanted = select(EditionRow).where(col(EditionRow.date) <= until)
        if after is not None:
            wanted = wanted.where(col(EditionRow.date) > after)
        return self._read(wanted.order_by(col(EditionRow.date).desc()).limit(limit))

    def _one(self, wanted: Select[Any]) -> Edition | None:
        found = self._read(wanted)
        return found[0] if found else None

    def _read(self, wanted: Select[Any]) -> list[Edition]:
        with self._database.read() as conn:
            rows = conn.execute(wanted).all()
            entries = _ranked(conn, {row.id: row.date for row in rows})
        return [
            Edition(
                date=row.date,
                cutoff_at=row.cutoff_at,
                entries=tuple(entries[row.id]),
                notes=row.notes,
                rising=row.rising or (),
            )
            for row in rows
        ]

    def entries(self, day: date, start: int, count: int) -> tuple[Ranked, ...]:
        """The `count` entries of a date after the first `start`, by rank."""
        rank = col(EditionEntryRow.rank)
        wanted = _ENTRIES.where(col(EditionRow.date) == day).order_by(rank).offset(start).limit(count)
        with self._database.read() as conn:
            return tuple(ranked(row, row.date) for row in conn.execute(wanted))

    def rising(self, day: date) -> tuple[Rising, ...]:
        """The phrases that rose on a date, as it was frozen."""
        with self._database.read() as conn:
            return conn.scalar(select(col(EditionRow.rising)).where(col(EditionRow.date) == day)) or ()

    def leads(self, days: Sequence[date]) -> dict[date, Ranked]:
        """The paper that trended most, of each date that has one."""
        wanted = _ENTRIES.where(col(EditionRow.date).in_(days), col(EditionEntryRow.rank) == 1)
        with self._database.read() as conn:
            return {row.date: ranked(row, row.date) for row in conn.execute(wanted)}

    def neighbours(self, day: date, at: datetime) -> tuple[date | None, date | None]:
        """The dates with an edition before and after that one, of those whose cut-off is reached at the moment."""
        other = col(EditionRow.date)
        reached = col(EditionRow.cutoff_at) <= at
        with self._database.read() as conn:
            before = conn.scalar(select(func.max(other)).where(other < day, reached))
            after = conn.scalar(select(func.min(other)).where(other > day, reached))
        return before, after

    def listing(self, paper: Paper, at: datetime) -> Listed:
        """The paper as it was in each edition that lists it, newest first, of those whose cut-off is reached."""
        if paper.first_seen_at is None:
            return []
        # By the dates it can be in: entries are found by edition and paper, never by paper alone.
        first = paper.first_seen_at.date()
        of = select(col(PaperAliasRow.paper_id)).where(col(PaperAliasRow.alias) == paper.id)
        works = select(col(PaperRow.id)).where(or_(col(PaperRow.id).in_(of), col(PaperRow.same_as).in_(of)))
        dates = col(EditionRow.date).between(first, first + LONGEST_LIFE)
        wanted = _ENTRIES.where(dates, col(EditionRow.cutoff_at) <= at, col(EditionEntryRow.paper_id).in_(works))
        with self._database.read() as conn:
            rows = conn.execute(wanted.order_by(col(EditionRow.date).desc(), col(EditionEntryRow.rank)))
            return [ranked(row, row.date) for row in rows]

    def months(self, at: datetime) -> Months:
        """The years and months that have editions, newest first, with how many they have."""
        with self._database.read() as conn:
            dates = conn.scalars(select(col(EditionRow.date)).where(col(EditionRow.cutoff_at) <= at))
            found = Counter(day.replace(day=1) for day in dates)
        return sorted(found.items(), reverse=True)

    def between(self, first: date, last: date, at: datetime) -> Summaries:
        """Those of the dates from `first` to `last`, newest first, whose cut-off is reached at the moment."""
        day = col(EditionRow.date)
        reached = col(EditionRow.cutoff_at) <= at
        return self._summaries(_SUMMARY.where(day.between(first, last), reached).order_by(day.desc()))

    def summary(self, day: date) -> EditionSummary | None:
        """That of a date; cheaper than `get`."""
        found = self._summaries(_SUMMARY.where(col(EditionRow.date) == day))
        return found[0] if found else None

    def list(self, limit: int) -> list[EditionSummary]:
        """The newest, newest first."""
        return self._summaries(_SUMMARY.order_by(col(EditionRow.date).desc()).limit(limit))

    def _summaries(self, wanted: Select[Any]) -> Summaries:
        with self._database.read() as conn:
            return [EditionSummary(**row._mapping) for row in conn.execute(wanted)]


_ENTRIES = select(
    col(EditionRow.date), *(col(getattr(EditionEntryRow, name)) for name in ("rank", "trend", "snapshot"))
).join(EditionRow, col(EditionRow.id) == col(EditionEntryRow.edition_id))
_FILLED = exists().where(col(EditionEntryRow.edition_id) == col(EditionRow.id))
_SIZE = select(func.count()).where(col(EditionEntryRow.edition_id) == col(EditionRow.id)).scalar_subquery()
_SUMMARY = select(col(EditionRow.date), col(EditionRow.cutoff_at), _SIZE.label("entries"), col(EditionRow.notes))


def ranked(row: Any, edition: date) -> Ranked:
    """An entry of the edition as it was frozen."""
    return Ranked(paper=row.snapshot, trend=row.trend, rank=row.rank, edition=edition)


def _ranked(conn: Connection, dates: dict[int, date]) -> defaultdict[int, list[Ranked]]:
    entries: defaultdict[int, list[Ranked]] = defaultdict(list)
    wanted = select(EditionEntryRow).where(col(EditionEntryRow.edition_id).in_(list(dates)))
    for row in conn.execute(wanted.order_by(col(EditionEntryRow.edition_id), col(EditionEntryRow.rank))):
        entries[row.edition_id].append(ranked(row, dates[row.edition_id]))
    return entries


def _entries(conn: Connection, number: int, entries: Sequence[Ranked]) -> list[dict[str, Any]]:
    # By the paper's own row, not through its aliases: the snapshot and the row then have the same id for ever.
    rows: dict[str, int] = {}
    for some in chunks([entry.paper.id for entry in entries]):
        rows.update(
            (key, row)
            for key, row in conn.execute(select(col(PaperRow.key), col(PaperRow.id)).where(col(PaperRow.key).in_(some)))
        )
    if unknown := [entry.paper.id for entry in entries if entry.paper.id not in rows]:
        raise StoreError(f"the edition names {unknown[0]}, which is not stored", "save the paper first")
    return [
        {
            "edition_id": number,
            "paper_id": rows[one.paper.id],
            "rank": one.rank,
            "trend": one.trend,
            "snapshot": one.paper,
        }
        for one in entries
    ]
