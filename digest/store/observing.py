"""Writes observations, and which service lists a work.

In:    works that have their row number; a connection inside a transaction.
Out:   how many observations were added.
Never: the same observation twice, or one that says nothing new about the speed.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select
from sqlmodel import col

from digest.model import Signal, SignalKind
from digest.store.database import chunks, insert_new
from digest.store.tables import PaperSourceRow, SignalRow

ARXIV = "arxiv"
REPEAT_AFTER = timedelta(hours=6)  # an unchanged level is news again: it says that nothing happened for that long

Series = dict[tuple[int, str], list[tuple[datetime, float]]]  # (work, kind) → (moment, level), by time


def listed(conn: Connection, works: Sequence[int], service: str, seen_at: datetime) -> list[tuple[int, Signal]]:
    """Notes that the service lists the works; returns a `sources` signal for each that gained a second or further one.

    arXiv does not count: that it lists an arXiv paper says nothing of the paper's reach.
    """
    if not works:
        return []
    rows = [{"paper_id": work, "source": service, "first_listed_at": seen_at} for work in works]
    made = conn.execute(insert_new(conn, PaperSourceRow).returning(col(PaperSourceRow.paper_id)), rows)
    gained = sorted(made.scalars())
    counts: dict[int, int] = {}
    for some in chunks(gained):
        counted = select(col(PaperSourceRow.paper_id), func.count()).where(
            col(PaperSourceRow.paper_id).in_(some), col(PaperSourceRow.source) != ARXIV
        )
        counts.update((work, number) for work, number in conn.execute(counted.group_by(col(PaperSourceRow.paper_id))))
    return [
        (work, Signal("", SignalKind.SOURCES, float(number), seen_at)) for work, number in counts.items() if number > 1
    ]


def observe(conn: Connection, signals: Sequence[tuple[int, Signal]]) -> int:
    """Adds the observations that are news and returns how many those are.

    Not news: one of the same work, kind and moment, whatever its value, and an unchanged level within REPEAT_AFTER.
    """
    if not signals:
        return 0
    series = _recent(conn, signals)
    rows = []
    for work, signal in sorted(signals, key=lambda one: one[1].observed_at):
        levels = series[work, signal.kind]
        if _is_news(levels, signal):
            insort(levels, (signal.observed_at, signal.value))
            rows.append(
                {"paper_id": work, "kind": signal.kind, "observed_at": signal.observed_at, "value": signal.value}
            )
    if rows:
        conn.execute(insert(SignalRow), rows)
    return len(rows)


def _recent(conn: Connection, signals: Sequence[tuple[int, Signal]]) -> Series:
    """What is stored of the works from REPEAT_AFTER before the first of these observations on."""
    since = min(signal.observed_at for _, signal in signals) - REPEAT_AFTER
    series: Series = defaultdict(list)
    for some in chunks(sorted({work for work, _ in signals})):
        rows = select(SignalRow).where(col(SignalRow.paper_id).in_(some), col(SignalRow.observed_at) >= since)
        for row in conn.execute(rows.order_by(col(SignalRow.observed_at))):
            series[row.paper_id, row.kind].append((row.observed_at, row.value))
    return series


def _is_news(levels: Sequence[tuple[datetime, float]], signal: Signal) -> bool:
    place = bisect_left(levels, signal.observed_at, key=lambda level: level[0])
    if place < len(levels) and levels[place][0] == signal.observed_at:
        return False
    if not place:
        return True
    moment, value = levels[place - 1]
    return value != signal.value or signal.observed_at - moment >= REPEAT_AFTER
