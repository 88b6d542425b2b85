"""How well topics fit papers.

In:    the papers of an edition; topics.
Out:   scores in [0, 1]; which papers a muted topic keeps away; the words, category or author a paper matched by.
Never: a muted topic in the scores, or a near miss among the muted.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.editorial.authors import Authors
from digest.editorial.phrases import Phrases
from digest.editorial.table import Matrix
from digest.model import Paper, Topic, TopicKind

# A category says less than a phrase that fits well, and being cross-listed less than being at home there.
PRIMARY, CROSS_LISTED = 0.5, 0.45


class Relevance:
    """Made once for an edition; answers for any number of topics."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = papers
        self._phrases = Phrases(papers)
        self._authors = Authors(papers)
        self._categories: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, paper in enumerate(papers):
            for place, category in enumerate(dict.fromkeys(paper.categories)):
                self._categories[category].append((at, CROSS_LISTED if place else PRIMARY))

    def scores(self, topics: Sequence[Topic]) -> Matrix:
        """float32, topics × papers, in [0, 1]. Whether a topic is muted makes no difference here."""
        scores = np.zeros((len(topics), len(self._papers)), np.float32)
        phrases = [row for row, topic in enumerate(topics) if topic.kind is TopicKind.PHRASE]
        if phrases:
            scores[phrases] = self._phrases.scores([topics[row].value for row in phrases])
        for row, topic in enumerate(topics):
            for at, score in self._listed(topic):
                scores[row, at] = max(scores[row, at], score)
        return scores

    def _listed(self, topic: Topic) -> list[tuple[int, float]]:
        """Positions and scores by category or author."""
        if topic.kind is TopicKind.AUTHOR:
            return [(at, sure) for at, (sure, _) in self._authors.find(topic.value).items()]
        if topic.kind is TopicKind.CATEGORY:
            return [row for category in self._within(topic.value) for row in self._categories[category]]
        return []

    def _within(self, wanted: str) -> list[str]:
        archive = wanted.removesuffix(".*")
        if archive == wanted:
            return [wanted] if wanted in self._categories else []
        return [known for known in self._categories if known == archive or known.startswith(archive + ".")]

    def muted(self, topic: Topic) -> NDArray[np.int32]:
        """Positions of the papers that a muted topic keeps away: a phrase word for word, a category, an author."""
        if topic.kind is TopicKind.PHRASE:
            return self._phrases.exact(topic.value)
        return np.array([at for at, _ in self._listed(topic)], np.int32)

    def words(self, topic: Topic, at: int) -> tuple[str, ...]:
        """By what the paper at this position matched: words as it writes them, its categories, its author."""
        if topic.kind is TopicKind.PHRASE:
            return self._phrases.words(topic.value, at)
        if topic.kind is TopicKind.AUTHOR:
            found = self._authors.find(topic.value).get(at)
            return (found[1],) if found else ()
        within = set(self._within(topic.value))
        return tuple(category for category in dict.fromkeys(self._papers[at].categories) if category in within)

    def likeness(self) -> Matrix:
        """How alike two papers are in their words: float32, papers × papers, in [0, 1]."""
        return self._phrases.likeness()

    def alike(self, others: Sequence[Paper]) -> Matrix:
        """The same of other papers and these: float32, others × papers."""
        return self._phrases.alike(others)

    def shared(self, other: Paper, at: int, most: int) -> tuple[str, ...]:
        """The words that make another paper and the one at this position alike most, as this one writes them."""
        return self._phrases.shared(other, at, most)
