"""An edition cut for each subscriber.

In:    an edition, rules, subscribers with what they were sent before.
Out:   for each a Digest, or NoDigest with the reason, in order.
Never: a muted paper, one sent before, two that are nearly the same, or a weak one to fill up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from digest.editorial.choosing import choose
from digest.editorial.relevance import Relevance
from digest.editorial.table import Matrix
from digest.model import Cause, Digest, Edition, Match, NoDigest, Pick, Subscriber, Topic

BATCH = 500  # subscribers whose topics are scored together
FURTHER = 0.1  # what each further topic that matches adds, as a share of its score

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """How a digest is cut.

    `papers` is the most it holds. `min_score` in [0, 1] is how well a paper must fit a topic: a phrase used once in the
    abstract scores about 0.45, in the title 0.7; a category 0.45 to 0.5, so a higher threshold keeps these out.
    `trend_weight` is what the trend score, in [0, 1), adds to that: 0 ranks by fit alone.
    """

    papers: int = 10
    min_score: float = 0.4
    trend_weight: float = 0.3


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscriber, the local date the digest is for, and the ids of the papers sent to them before."""

    subscriber: Subscriber
    local_date: date
    seen: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Fit:
    """What a batch shares: scores of the topics asked for, and the papers that muted ones keep away."""

    rows: Mapping[Topic, int]
    scores: Matrix
    muted: Mapping[Topic, NDArray[np.int32]]


class Selector:
    """Made once for an edition; cuts it for any number of subscribers. The order of its entries plays no part."""

    def __init__(self, edition: Edition, rules: Rules) -> None:
        self._edition, self._rules = edition, rules
        self._entries = sorted(edition.entries, key=lambda ranked: (-ranked.trend.score, ranked.paper.id))
        self._at = {ranked.paper.id: at for at, ranked in enumerate(self._entries)}
        self._relevance = Relevance([ranked.paper for ranked in self._entries])
        self._likeness = self._relevance.likeness()
        self._trend = np.array([ranked.trend.score for ranked in self._entries], np.float32)

    def select(self, wanted: Sequence[Wanted]) -> list[Digest | NoDigest]:
        """One answer for each, in order."""
        batches = (wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH))
        return [answer for batch in batches for answer in self._batch(batch)]

    def _batch(self, wanted: Sequence[Wanted]) -> Iterable[Digest | NoDigest]:
        if not self._entries:
            return [NoDigest("the edition is empty") for _ in wanted]
        asked = {topic for one in wanted for topic in one.subscriber.topics}
        topics = sorted(topic for topic in asked if not topic.muted)
        muted = {topic: self._relevance.muted(topic) for topic in asked if topic.muted}
        fit = _Fit({topic: row for row, topic in enumerate(topics)}, self._relevance.scores(topics), muted)
        return [self._cut(one, fit) for one in wanted]

    def _cut(self, wanted: Wanted, fit: _Fit) -> Digest | NoDigest:
        topics = tuple(dict.fromkeys(topic for topic in wanted.subscriber.topics if not topic.muted))
        scores = fit.scores[[fit.rows[topic] for topic in topics]]
        allowed, unseen = self._allowed(wanted.subscriber, fit), self._unseen(wanted.seen)
        fitting: Flags = np.ones(len(self._entries), bool)
        if topics:
            fitting = scores.max(axis=0) >= self._rules.min_score
        matched = fitting & allowed
        if not (matched & unseen).any():
            return self._none(bool(topics), fitting, matched)
        return Digest(
            subscriber=wanted.subscriber,
            local_date=wanted.local_date,
            edition=self._edition.date,
            edition_at=self._edition.cutoff_at,
            picks=self._picks(wanted.subscriber, topics, scores, matched & unseen),
            considered=len(self._entries),
            matched=int(matched.sum()),
        )

    def _allowed(self, subscriber: Subscriber, fit: _Fit) -> Flags:
        allowed = np.ones(len(self._entries), bool)
        for topic in subscriber.topics:
            if topic.muted:
                allowed[fit.muted[topic]] = False
        return allowed

    def _unseen(self, seen: Iterable[str]) -> Flags:
        unseen = np.ones(len(self._entries), bool)
        unseen[[self._at[paper_id] for paper_id in seen if paper_id in self._at]] = False
        return unseen

    def _none(self, has_topics: bool, fitting: Flags, matched: Flags) -> NoDigest:
        if not fitting.any():
            reason = f"no paper of {len(self._entries):,} matched your topics well enough"
            return NoDigest(reason, Cause.BELOW_THRESHOLD)
        what = "everything that matched" if has_topics else "every paper of the edition"
        if not matched.any():
            return NoDigest(f"{what} is muted", Cause.MUTED)
        return NoDigest(f"{what} was sent before", Cause.NOTHING_NEW)

    def _picks(self, subscriber: Subscriber, topics: Sequence[Topic], scores: Matrix, open_: Flags) -> tuple[Pick, ...]:
        count = subscriber.papers or self._rules.papers
        if topics:
            values, groups = self._values(scores), scores.argmax(axis=0)
        else:
            values, groups = self._trend, np.zeros(len(self._entries), np.intp)
        chosen = choose(values, groups, np.flatnonzero(open_), self._likeness, count)
        return tuple(
            Pick(ranked=self._entries[at], match=self._match(topics, scores[:, at], at), score=float(values[at]))
            for at in chosen
        )

    def _values(self, scores: Matrix) -> Matrix:
        best = scores.max(axis=0)
        further = np.where(scores >= self._rules.min_score, scores, 0).sum(axis=0) - best
        values: Matrix = best + FURTHER * np.maximum(further, 0) + np.float32(self._rules.trend_weight) * self._trend
        return values

    def _match(self, topics: Sequence[Topic], scores: Matrix, at: int) -> Match:
        if not topics:
            return Match(topic=None)
        order = np.argsort(-scores, kind="stable")
        best = topics[order[0]]
        also = tuple(topics[row] for row in order[1:] if scores[row] >= self._rules.min_score)
        return Match(topic=best, score=float(scores[order[0]]), words=self._relevance.words(best, at), also=also)
