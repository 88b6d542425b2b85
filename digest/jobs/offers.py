"""What a subscriber can be offered on a day: the editions since their last digest, as one.

In:    the store's editions, the rules of selection.
Out:   digests, or why there is none; a selector is made once for all who look back equally far.
Never: writes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from digest.due import offered_after
from digest.editorial.edition import combine
from digest.editorial.selection import Rules, Selector, Wanted
from digest.model import Digest, Edition, NoDigest, Subscriber
from digest.store.engine import Store

# A paper can stand in an edition for two weeks after it was first seen, and an edition is offered for one.
MEMORY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Due:
    """A subscriber, the local date that is due, and its instant."""

    subscriber: Subscriber
    day: date
    due_at: datetime


@dataclass(slots=True)
class Offers:
    """Cuts digests from the newest edition at `now` and those before it that a subscriber has not had.

    The newest is that of `day`, if it is there: the clock may have been ahead when it was compiled.
    """

    store: Store
    rules: Rules
    now: datetime
    day: date | None = None
    newest: Edition | None = field(init=False)
    _selectors: dict[date, Selector] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        of_day = self.store.editions.get(self.day) if self.day else None
        self.newest = of_day or self.store.editions.newest(self.now)

    def cut(self, owed: Sequence[Due]) -> list[Digest | NoDigest]:
        """One answer for each, in order."""
        if self.newest is None:
            return [NoDigest("no edition has been published yet") for _ in owed]
        answers: dict[int, Digest | NoDigest] = {}
        groups: dict[date, list[Due]] = defaultdict(list)
        for due in owed:
            groups[_after(due, self.newest.date)].append(due)
        for after, group in groups.items():
            answers.update(zip([due.subscriber.id for due in group], self._cut_group(after, group), strict=True))
        return [answers[due.subscriber.id] for due in owed]

    def _cut_group(self, after: date, group: Sequence[Due]) -> Sequence[Digest | NoDigest]:
        if self.newest is None or after >= self.newest.date:
            return [NoDigest(f"there is no edition newer than that of {after}, which they had") for _ in group]
        since = self.newest.date - MEMORY
        seen = self.store.deliveries.seen([due.subscriber.id for due in group], since)
        wanted = [Wanted(due.subscriber, due.day, seen.get(due.subscriber.id, frozenset())) for due in group]
        return self._selector(after, self.newest).select(wanted)

    def _selector(self, after: date, newest: Edition) -> Selector:
        if after not in self._selectors:
            editions = self.store.editions.since(after, newest.date)
            ids = {ranked.paper.id for edition in editions for ranked in edition.entries}
            self._selectors[after] = Selector(combine(editions, self.store.papers.merged(ids)), self.rules)
        return self._selectors[after]


def _after(due: Due, newest: date) -> date:
    return offered_after(newest, due.subscriber.cadence, due.day, due.subscriber.last_edition)
