"""Writes what a source listed, so that one work stays one row.

In:    papers and signals of one fetch, the source's name, the moment it was seen; a connection inside a transaction.
Out:   how many works were new, changed, and how many observations were added.
Never: a second row for a work, or a change when the same is saved again.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlmodel import col

from digest.model import Announced, Paper
from digest.store.database import chunks, insert_new
from digest.store.tables import PaperAliasRow, PaperRow, PaperSourceRow, SignalRow
from digest.store.works import united

SNAPSHOT = ("title", "version", "abstract", "authors", "categories", "published_at", "updated_at", "announced", "links")
NOT_STORED = sys.maxsize


@dataclass(eq=False, slots=True)
class Work:
    """A row in the making: `number` is None until it is stored, `before` is what is stored."""

    paper: Paper
    number: int | None = None
    before: Paper | None = None


@dataclass(slots=True)
class Batch:
    """The works a fetch touches. `index` leads from each of their identifiers to the work it belongs to now."""

    index: dict[str, Work]
    stored: frozenset[str]  # identifiers that have a row
    merged: list[tuple[int, int]]  # (row, the row it is the same work as)

    def take(self, paper: Paper, seen_at: datetime) -> None:
        """Adds one listed paper: to its work, to several that turn out to be one, or as a new one."""
        names = (paper.id, *paper.aliases)
        found = {id(work): work for name in names if (work := self.index.get(name))}
        hits = sorted(found.values(), key=lambda work: work.number or NOT_STORED)  # the oldest row survives
        listed = replace(paper, first_seen_at=seen_at)
        if not hits:
            hits = [Work(replace(listed, aliases=tuple(dict.fromkeys(n for n in paper.aliases if n != paper.id))))]
        work, *others = hits
        for other in others:
            self._merge(work, other)
        work.paper = united(work.paper, listed)
        self.index.update(dict.fromkeys(names, work))

    def _merge(self, work: Work, other: Work) -> None:
        work.paper = united(work.paper, other.paper)
        self.index.update((name, work) for name, owner in list(self.index.items()) if owner is other)
        if other.number and work.number:
            self.merged.append((other.number, work.number))

    def works(self) -> list[Work]:
        return list({id(work): work for work in self.index.values()}.values())


def load(conn: Connection, names: Iterable[str]) -> Batch:
    """The stored works that any of the names belongs to, with all their other names."""
    works: dict[int, Work] = {}
    index: dict[str, Work] = {}
    for some in chunks(sorted(set(names))):
        touched = select(col(PaperAliasRow.paper_id)).where(col(PaperAliasRow.alias).in_(some))
        for row in conn.execute(select(PaperRow).where(col(PaperRow.id).in_(touched))):
            works.setdefault(row.id, Work(as_paper(row, ()), row.id))
    for some_ids in chunks(list(works)):
        for alias in conn.execute(select(PaperAliasRow).where(col(PaperAliasRow.paper_id).in_(some_ids))):
            index[alias.alias] = works[alias.paper_id]
    aliases: dict[int, list[str]] = {number: [] for number in works}
    for name, work in index.items():
        if name != work.paper.id:
            aliases[work.number or 0].append(name)
    for number, work in works.items():
        work.paper = work.before = replace(work.paper, aliases=tuple(sorted(aliases[number])))
    return Batch(index, frozenset(index), [])


def write(conn: Connection, batch: Batch) -> tuple[int, int]:
    """Stores the batch and returns how many works are new and how many have changed."""
    works = batch.works()
    new = [work for work in works if work.number is None]
    changed = [work for work in works if work.before is not None and _facts(work.paper) != _facts(work.before)]
    _insert(conn, new)
    _update(conn, changed)
    for gone, kept in batch.merged:
        _move(conn, gone, kept)
    names = [{"alias": name, "paper_id": work.number} for name, work in batch.index.items() if name not in batch.stored]
    if names:
        conn.execute(insert(PaperAliasRow), names)
    return len(new), len(changed)


def as_paper(row: Any, aliases: tuple[str, ...]) -> Paper:
    """A row of `paper` as the vocabulary has it."""
    values = {name: getattr(row, name) for name in SNAPSHOT}
    values["announced"] = Announced(row.announced)
    return Paper(id=row.key, aliases=aliases, first_seen_at=row.first_seen_at, **values)


def _facts(paper: Paper) -> tuple[object, ...]:
    return *(getattr(paper, name) for name in SNAPSHOT), frozenset(paper.aliases), paper.first_seen_at


def _row(paper: Paper) -> dict[str, Any]:
    return {name: getattr(paper, name) for name in SNAPSHOT} | {"first_seen_at": paper.first_seen_at}


def _insert(conn: Connection, works: Sequence[Work]) -> None:
    if not works:
        return
    rows = [{**_row(work.paper), "key": work.paper.id, "same_as": None} for work in works]
    made = conn.execute(insert(PaperRow).returning(col(PaperRow.key), col(PaperRow.id)), rows)
    numbers = {row.key: row.id for row in made}
    for work in works:
        work.number = numbers[work.paper.id]


def _update(conn: Connection, works: Sequence[Work]) -> None:
    if works:
        rows = [{**_row(work.paper), "number": work.number} for work in works]
        settable: dict[str, Any] = {name: bindparam(name) for name in (*SNAPSHOT, "first_seen_at")}
        conn.execute(update(PaperRow).where(col(PaperRow.id) == bindparam("number")).values(settable), rows)


def _move(conn: Connection, gone: int, kept: int) -> None:
    """Makes two stored works one: `same_as` always names a living row, so earlier merges are led on as well."""
    either = (col(PaperRow.id) == gone) | (col(PaperRow.same_as) == gone)
    conn.execute(update(PaperRow).where(either).values(same_as=kept))
    conn.execute(update(PaperAliasRow).where(col(PaperAliasRow.paper_id) == gone).values(paper_id=kept))
    for table in (PaperSourceRow, SignalRow):
        rows = conn.execute(select(table).where(col(table.paper_id) == gone)).mappings().all()
        if rows:
            conn.execute(insert_new(conn, table), [{**row, "paper_id": kept} for row in rows])
            conn.execute(delete(table).where(col(table.paper_id) == gone))
