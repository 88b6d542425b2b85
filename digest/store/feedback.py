"""What subscribers said of papers.

In:    a subscriber's id, an id or alias of a paper, their verdict.
Out:   Feedback with the papers as they are now; of works that turned out to be one, one verdict: the last.
Never: what follows from it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from digest.model import Feedback, Paper, Verdict
from digest.store.database import Database, chunks
from digest.store.saving import as_paper
from digest.store.tables import FeedbackRow, PaperAliasRow, PaperRow

_owner, _paper, _at = col(FeedbackRow.subscriber_id), col(FeedbackRow.paper_id), col(FeedbackRow.at)
_living = func.coalesce(col(PaperRow.same_as), col(PaperRow.id))


class Feedbacks:
    """One row per subscriber and paper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, subscriber_id: int, paper_id: str, verdict: Verdict, now: datetime) -> bool:
        """Notes their verdict in place of an earlier one; False for a paper or a subscriber that is not there."""
        try:
            with self._database.write() as conn:
                number = _number(conn, paper_id)
                if number is not None:
                    _put(conn, subscriber_id, number, verdict, now)
                return number is not None
        except IntegrityError:  # erased, maybe just now
            return False

    def remove(self, subscriber_id: int, paper_id: str) -> bool:
        """Takes their verdict back; False when they had none."""
        with self._database.write() as conn:
            number = _number(conn, paper_id)
            return number is not None and _remove(conn, subscriber_id, number) > 0

    def clear(self, subscriber_id: int) -> int:
        """Takes all their verdicts back, and says how many rows there were."""
        with self._database.write() as conn:
            return conn.execute(delete(FeedbackRow).where(_owner == subscriber_id)).rowcount

    def said(self, subscriber_id: int, paper_id: str) -> Verdict | None:
        """Their verdict on the work with that id or alias."""
        alias = select(col(PaperAliasRow.paper_id)).where(col(PaperAliasRow.alias) == paper_id).scalar_subquery()
        wanted = select(col(FeedbackRow.verdict)).join(PaperRow, col(PaperRow.id) == _paper)
        wanted = wanted.where(_owner == subscriber_id, _living == alias).order_by(_at.desc()).limit(1)
        with self._database.read() as conn:
            verdict = conn.scalar(wanted)
        return Verdict(verdict) if verdict else None

    def of(self, subscriber_ids: Collection[int], since: datetime | None = None) -> dict[int, tuple[Feedback, ...]]:
        """Per subscriber all that they said, or what they said after `since`: the newest first."""
        ids, papers = sorted(set(subscriber_ids)), dict[int, Paper]()
        said: dict[int, dict[int, tuple[str, datetime]]] = defaultdict(dict)
        wanted = select(_owner, _living, col(FeedbackRow.verdict), _at).join(PaperRow, col(PaperRow.id) == _paper)
        wanted = wanted.where(_at > since) if since else wanted
        with self._database.read() as conn:
            for some in chunks(ids):
                for owner, number, verdict, at in conn.execute(wanted.where(_owner.in_(some)).order_by(_at, _paper)):
                    said[owner].pop(number, None)
                    said[owner][number] = verdict, at
            for numbers in chunks(sorted({number for each in said.values() for number in each})):
                rows = conn.execute(select(PaperRow).where(col(PaperRow.id).in_(numbers)))
                papers.update((row.id, as_paper(row, ())) for row in rows)
        return {owner: _newest_first(said.get(owner, {}), papers) for owner in ids}


def _newest_first(said: dict[int, tuple[str, datetime]], papers: dict[int, Paper]) -> tuple[Feedback, ...]:
    return tuple(Feedback(papers[number], Verdict(verdict), at) for number, (verdict, at) in reversed(said.items()))


def _number(conn: Connection, name: str) -> int | None:
    """The living row of the work with that id or alias."""
    return conn.scalar(select(col(PaperAliasRow.paper_id)).where(col(PaperAliasRow.alias) == name))


def _put(conn: Connection, subscriber_id: int, number: int, verdict: Verdict, now: datetime) -> None:
    row = {"subscriber_id": subscriber_id, "paper_id": number, "verdict": verdict.value, "at": now}
    new = sqlite.insert(FeedbackRow) if conn.dialect.name == "sqlite" else postgresql.insert(FeedbackRow)
    keys: Sequence[str] = ("subscriber_id", "paper_id")
    conn.execute(new.on_conflict_do_update(index_elements=keys, set_={"verdict": verdict.value, "at": now}), row)


def _remove(conn: Connection, subscriber_id: int, number: int) -> int:
    """That of the work, and those of what was merged into it."""
    works = select(col(PaperRow.id)).where(or_(col(PaperRow.id) == number, col(PaperRow.same_as) == number))
    return conn.execute(delete(FeedbackRow).where(and_(_owner == subscriber_id, _paper.in_(works)))).rowcount
