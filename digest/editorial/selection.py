"""An edition cut for each subscriber.

In:    an edition, rules, subscribers with what they were sent before and what they said of papers.
Out:   for each a Digest, or NoDigest with the reason, in order.
Never: a muted paper, one sent before, two that are nearly the same, or a weak one to fill up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.editorial.choosing import choose
from digest.editorial.relevance import Relevance
from digest.editorial.rising_for import RisingFor
from digest.editorial.table import Matrix
from digest.editorial.taste import Liking, Taste
from digest.model import Cause, Digest, Edition, Feedback, Match, NoDigest, Pick, Subscriber, Topic

BATCH = 500  # subscribers whose topics are scored together
FURTHER = 0.1  # what each further topic that matches adds, as a share of its score
SHARED = 3  # words that are told of a paper like one they liked

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
    """A subscriber, the local date the digest is for, the ids of the papers sent to them before, and what they said of
    papers, the newest first."""

    subscriber: Subscriber
    local_date: date
    seen: frozenset[str]
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fit:
    """What a batch shares: scores of the topics asked for, and the papers that muted ones keep away."""

    rows: Mapping[Topic, int]
    scores: Matrix
    muted: Mapping[Topic, NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one subscriber wants: topics, their scores (topics × papers), and their taste, if they have rated papers."""

    topics: tuple[Topic, ...]
    scores: Matrix
    liking: Liking | None


class Selector:
    """Made once for an edition; cuts it for any number of subscribers. The order of its entries plays no part."""

    def __init__(self, edition: Edition, rules: Rules) -> None:
        self._edition, self._rules = edition, rules
        self._entries = sorted(edition.entries, key=lambda ranked: (-ranked.trend.score, ranked.paper.id))
        self._at = {ranked.paper.id: at for at, ranked in enumerate(self._entries)}
        self._relevance = Relevance([ranked.paper for ranked in self._entries])
        self._likeness = self._relevance.likeness()
        self._rising = RisingFor(edition.rising)
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
        liking = self._taste.liking(wanted.feedback, self._edition.cutoff_at) if wanted.feedback else None
        allowed, unseen = self._allowed(wanted.subscriber, fit), self._unseen(wanted.seen)
        on_topic = self._on_topic(scores)
        fitting = on_topic | self._like_liked(liking) if liking else on_topic
        if not (fitting & allowed & unseen).any():
            return self._none(bool(topics), fitting, fitting & allowed)
        picks = self._picks(wanted.subscriber, _Asked(topics, scores, liking), fitting & allowed & unseen)
        return Digest(
            subscriber=wanted.subscriber,
            local_date=wanted.local_date,
            edition=self._edition.date,
            edition_at=self._edition.cutoff_at,
            picks=picks,
            considered=len(self._entries),
            matched=int((on_topic & allowed).sum()),
            rising=self._rising.choose(wanted.subscriber.topics, picks),
        )

    @cached_property
    def _taste(self) -> Taste:
        return Taste(self._relevance, len(self._entries))

    def _on_topic(self, scores: Matrix) -> Flags:
        """Which papers fit a topic well enough; all, for one who has no topics."""
        if not len(scores):
            return np.ones(len(self._entries), bool)
        fitting: Flags = scores.max(axis=0) >= self._rules.min_score
        return fitting

    def _like_liked(self, liking: Liking) -> Flags:
        """Which are so like a paper they liked that they may come without a topic."""
        return (liking.fits > 0) & (liking.fits >= self._rules.min_score)

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

    def _picks(self, subscriber: Subscriber, asked: _Asked, open_: Flags) -> tuple[Pick, ...]:
        count = subscriber.papers or self._rules.papers
        values = self._values(asked)
        chosen = choose(values, self._groups(asked), np.flatnonzero(open_), self._likeness, count)
        return tuple(
            Pick(ranked=self._entries[at], match=self._match(asked, at), score=float(values[at])) for at in chosen
        )

    def _values(self, asked: _Asked) -> Matrix:
        values = self._by_topics(asked.scores) if asked.topics else self._trend
        return values + asked.liking.adds if asked.liking else values

    def _by_topics(self, scores: Matrix) -> Matrix:
        best = scores.max(axis=0)
        further = np.where(scores >= self._rules.min_score, scores, 0).sum(axis=0) - best
        values: Matrix = best + FURTHER * np.maximum(further, 0) + np.float32(self._rules.trend_weight) * self._trend
        return values

    def _groups(self, asked: _Asked) -> NDArray[np.intp]:
        """By their best topic; what comes in for a paper they liked is a group of its own."""
        if not asked.topics:
            return np.zeros(len(self._entries), np.intp)
        best = asked.scores.argmax(axis=0)
        return np.where(self._on_topic(asked.scores), best, len(asked.topics)) if asked.liking else best

    def _match(self, asked: _Asked, at: int) -> Match:
        liked = asked.liking.liked(at) if asked.liking else None
        title = liked.title if liked else ""
        scores = asked.scores[:, at]
        if not asked.topics or (liked and scores.max() < self._rules.min_score):
            words = self._relevance.shared(liked, at, SHARED) if liked else ()
            return Match(topic=None, words=words, liked=title)
        order = np.argsort(-scores, kind="stable")
        best = asked.topics[order[0]]
        also = tuple(asked.topics[row] for row in order[1:] if scores[row] >= self._rules.min_score)
        words = self._relevance.words(best, at)
        return Match(topic=best, score=float(scores[order[0]]), words=words, also=also, liked=title)
