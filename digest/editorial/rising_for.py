"""Which of the rising phrases a reader is told of.

In:    the phrases that rise; a reader's topics, the papers picked for them.
Out:   those in the fields they follow or were picked papers of, in order.
Never: a phrase that holds a muted one, or that mostly papers of a muted category use.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from digest.editorial.words import BREAK, Stems, spelled
from digest.model import Pick, Rising, Topic, TopicKind

MOST = 5
ASKED_AGAIN = 20_000  # topics whose answer is kept

Places = frozenset[int]


class RisingFor:
    """Made once for an edition; answers for any number of readers."""

    def __init__(self, rising: Sequence[Rising]) -> None:
        self._rising = rising
        self._stems = Stems()
        self._running = [self._run(one.phrase) for one in rising]
        self._fields = {field for one in rising for field in one.fields}
        self._used_in = {field: frozenset(self._where(field)) for field in self._fields}
        self._of = lru_cache(ASKED_AGAIN)(self._of_topic)

    def choose(self, topics: Iterable[Topic], picks: Iterable[Pick]) -> tuple[Rising, ...]:
        """At most five."""
        if not self._rising:
            return ()
        found, muted = set[int](), set[int]()
        for topic in topics:
            (muted if topic.muted else found).update(self._of(topic))
        for pick in picks:
            found.update(self._used_in.get(pick.ranked.paper.field, ()))
        return tuple(self._rising[at] for at in sorted(found - muted)[:MOST])

    def _of_topic(self, topic: Topic) -> Places:
        """What it follows, or mutes."""
        if topic.kind is TopicKind.CATEGORY:
            within = [field for field in self._fields if _within(field, topic.value)]
            places = (at for field in within for at in self._used_in[field])
            return frozenset(at for at in places if not topic.muted or self._rising[at].fields[0] in within)
        if topic.kind is TopicKind.PHRASE and topic.muted:
            wanted = self._run(topic.value)
            return frozenset(at for at, running in enumerate(self._running) if wanted in running)
        return frozenset()

    def _where(self, field: str) -> Iterable[int]:
        return (at for at, one in enumerate(self._rising) if field in one.fields)

    def _run(self, phrase: str) -> str:
        return f" {' '.join(stem for stem in self._stems.all(spelled(phrase)) if stem != BREAK)} "


def _within(field: str, category: str) -> bool:
    archive = category.removesuffix(".*")
    return field == archive or (archive != category and field.startswith(archive + "."))
