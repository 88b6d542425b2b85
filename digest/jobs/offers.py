"""What a subscriber can be offered on a day: the editions since their last digest, as one.

In:    the store's editions, what subscribers said of papers, the rules of selection.
Out:   digests, or why there is none; a selector is made once for all who look back equally far.
Never: writes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from digest.due import offered_after
from digest.editorial.absence import why_empty
from digest.editorial.edition import combine
from digest.editorial.selection import Rules, Selector, Wanted
from digest.editorial.taste import LASTING
from digest.model import Digest, Feedback, NoDigest, Subscriber
from digest.store.engine import Store

# A paper can stand in an edition for two weeks after it was first seen, and an edition is offered for one.
MEMORY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Due:
    """A subscriber as the digest finds them, the local date that is due, and its instant.

    `was`: as the store knows them, where that differs; `event`: why their state changes, or `""`.
    """

    subscriber: Subscriber
    day: date
    due_at: datetime
    was: Subscriber | None = None
    event: str = ""


@dataclass(slots=True)
class Offers:
    """Cuts digests from the newest edition at `now` and those before it that a subscriber has not had.

    `newest` is the date of `day`'s, if it is there: the clock may have been ahead when it was compiled.
    """

    store: Store
    rules: Rules
    now: datetime
    day: date | None = None
    newest: date | None = field(init=False)
    _offered: dict[date, Selector | NoDigest] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        is_there = self.day is not None and self.store.editions.has(self.day)
        self.newest = self.day if is_there else self.store.editions.newest_date(self.now)

    def cut(self, owed: Sequence[Due]) -> list[Digest | NoDigest]:
        """One answer for each, in order."""
        if self.newest is None:
            return [NoDigest("no edition has been published yet") for _ in owed]
        answers: dict[int, Digest | NoDigest] = {}
        groups: dict[date, list[Due]] = defaultdict(list)
        for due in owed:
            groups[_after(due, self.newest)].append(due)
        for after, group in groups.items():
            answers.update(zip([due.subscriber.id for due in group], self._cut_group(after, group), strict=True))
        return [answers[due.subscriber.id] for due in owed]

    def _cut_group(self, after: date, group: Sequence[Due]) -> Sequence[Digest | NoDigest]:
        if self.newest is None or after >= self.newest:
            return [NoDigest(f"there is no edition newer than that of {after}, which they had") for _ in group]
        offered = self._offer(after, self.newest)
        if isinstance(offered, NoDigest):
            return [offered for _ in group]
        since = self.newest - MEMORY
        seen = self.store.deliveries.seen([due.subscriber.id for due in group], since)
        said = self.store.feedback.of([due.subscriber.id for due in group], self.now - LASTING)
        wanted = [_wanted(due, seen[due.subscriber.id], said[due.subscriber.id]) for due in group]
        return offered.select(wanted)

    def _offer(self, after: date, newest: date) -> Selector | NoDigest:
        if after not in self._offered:
            editions = self.store.editions.since(after, newest)
            ids = {ranked.paper.id for edition in editions for ranked in edition.entries}
            whole = combine(editions, self.store.papers.merged(ids))
            self._offered[after] = Selector(whole, self.rules) if ids else why_empty(editions)
        return self._offered[after]


def _wanted(due: Due, seen: frozenset[str], said: tuple[Feedback, ...]) -> Wanted:
    """What they judged they know, wherever they read it."""
    return Wanted(due.subscriber, due.day, seen | {one.paper.id for one in said}, said)


def _after(due: Due, newest: date) -> date:
    return offered_after(newest, due.subscriber.cadence, due.day, due.subscriber.last_edition)
