"""The works and what has been observed of them.

In:    papers and signals as sources list them; moments.
Out:   Papers under their canonical id, Signals in the order of time.
Never: a work that was merged into another one.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from digest.model import Announced, Paper, Signal, SignalKind
from digest.store import finding, observing, saving
from digest.store.database import Database, chunks, one_at_a_time
from digest.store.tables import PaperAliasRow, PaperRow, SignalRow

STILL_MOVING = timedelta(days=14)  # how long after its first sight a paper can come back by a signal
PAPERS_LOCK = 0x64696702
Found = list[Paper]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save has changed. All zero when the same is saved again."""

    new: int
    updated: int
    signals: int


class Papers:
    """One row per work, whatever its versions, cross-lists and sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, papers: Sequence[Paper], signals: Sequence[Signal], *, source: str, seen_at: datetime) -> Saved:
        """Stores what a service, `source`, listed at `seen_at`, all of it or nothing; no signals of unknown papers."""
        names = {name for paper in papers for name in (paper.id, *paper.aliases)} | {
            signal.paper_id for signal in signals
        }
        with self._database.write() as conn:
            one_at_a_time(conn, PAPERS_LOCK)
            batch = saving.load(conn, names)
            for paper in papers:
                batch.take(paper, seen_at)
            new, updated = saving.write(conn, batch)
            numbers = {name: work.number for name, work in batch.index.items() if work.number is not None}
            known = [(numbers[signal.paper_id], signal) for signal in signals if signal.paper_id in numbers]
            gained = observing.listed(conn, sorted({numbers[paper.id] for paper in papers}), source, seen_at)
            return Saved(new, updated, observing.observe(conn, known + gained))

    def candidates(self, after: datetime | None, until: datetime) -> list[Paper]:
        """What an edition may choose from: first seen in (after, until], or seen before and observed in that span.

        Without `after`, and for older papers, nothing first seen more than STILL_MOVING before `until`. A replacement
        of a paper that was never seen counts only once it is observed.
        """
        oldest = until - STILL_MOVING
        start = after or oldest
        seen = col(PaperRow.first_seen_at)
        fresh = and_(seen > start, col(PaperRow.announced) != Announced.REPLACE)
        when = col(SignalRow.observed_at)
        moved = exists().where(col(SignalRow.paper_id) == col(PaperRow.id), when > start, when <= until)
        recent = and_(seen > min(start, oldest - timedelta(seconds=1)), seen <= until)  # what the index can find
        return self._living(and_(recent, or_(fresh, and_(seen >= oldest, moved))))

    def recent(self, since: datetime, until: datetime) -> list[Paper]:
        """All first seen in (since, until], by that moment."""
        return self._living(and_(col(PaperRow.first_seen_at) > since, col(PaperRow.first_seen_at) <= until))

    def get(self, name: str) -> Paper | None:
        """The work that has this id or alias."""
        number = select(col(PaperAliasRow.paper_id)).where(col(PaperAliasRow.alias) == name).scalar_subquery()
        found = self._living(col(PaperRow.id) == number)
        return found[0] if found else None

    def search(self, question: str, count: int, start: int = 0) -> Found:
        """The newest that have all its words in title, authors or abstract: `count` after the first `start`."""
        words = finding.words_of(question)
        with self._database.read() as conn:
            return _papers(conn, finding.having(conn, words), count, start) if words else []

    def listed_in(self, category: str, count: int, start: int = 0) -> Found:
        """The newest of a category, or with `cs.*` of an archive; what was first seen long ago is left out."""
        with self._database.read() as conn:
            return _papers(conn, finding.listed_in(category), count, start)

    def signals(self, paper_ids: Collection[str], until: datetime) -> dict[str, tuple[Signal, ...]]:
        """The observations up to `until`, by time, under the ids or aliases asked for; no key where there are none."""
        found: defaultdict[str, list[Signal]] = defaultdict(list)
        joined = select(
            col(PaperAliasRow.alias), col(SignalRow.kind), col(SignalRow.value), col(SignalRow.observed_at)
        ).join(SignalRow, col(SignalRow.paper_id) == col(PaperAliasRow.paper_id))
        in_order = joined.where(col(SignalRow.observed_at) <= until).order_by(
            col(SignalRow.observed_at), col(SignalRow.kind)
        )
        with self._database.read() as conn:
            for some in chunks(sorted(set(paper_ids))):
                for alias, kind, value, moment in conn.execute(in_order.where(col(PaperAliasRow.alias).in_(some))):
                    found[alias].append(Signal(alias, SignalKind(kind), value, moment))
        return {name: tuple(signals) for name, signals in found.items()}

    def merged(self, ids: Collection[str]) -> dict[str, str]:
        """Those of `ids` that turned out to be another work, with that work's id."""
        survivor = aliased(PaperRow)
        wanted = select(col(PaperRow.key), col(survivor.key)).join(survivor, col(survivor.id) == col(PaperRow.same_as))
        with self._database.read() as conn:
            return {
                key: living
                for some in chunks(sorted(ids))
                for key, living in conn.execute(wanted.where(col(PaperRow.key).in_(some)))
            }

    def _living(self, condition: ColumnElement[bool]) -> list[Paper]:
        wanted = and_(col(PaperRow.same_as).is_(None), condition)
        with self._database.read() as conn:
            rows = conn.execute(select(PaperRow).where(wanted).order_by(col(PaperRow.first_seen_at), col(PaperRow.key)))
            papers = {row.id: saving.as_paper(row, ()) for row in rows}
            aliases = _aliases(conn, wanted)
        return [
            replace(paper, aliases=tuple(name for name in aliases[number] if name != paper.id))
            for number, paper in papers.items()
        ]


def _papers(conn: Connection, wanted: finding.Works, count: int, start: int) -> Found:
    """Without their aliases."""
    return [saving.as_paper(row, ()) for row in conn.execute(wanted.offset(start).limit(count))]


def _aliases(conn: Connection, wanted: ColumnElement[bool]) -> defaultdict[int, list[str]]:
    aliases: defaultdict[int, list[str]] = defaultdict(list)
    numbers = select(col(PaperRow.id)).where(wanted)
    rows = select(PaperAliasRow).where(col(PaperAliasRow.paper_id).in_(numbers)).order_by(col(PaperAliasRow.alias))
    for row in conn.execute(rows):
        aliases[row.paper_id].append(row.alias)
    return aliases
