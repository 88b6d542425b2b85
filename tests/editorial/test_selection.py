"""A digest holds the best that fits, each topic its share, and nothing unwanted."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editorial.selection import Rules, Selector, Wanted
from digest.model import Cause, Digest, Edition, NoDigest, Paper, Subscriber, Topic
from tests.editorial.newsroom import DAY, author, category, edition_of, paper, phrase, reader

SUBJECTS = ("tidal mirrors", "harbour ropes", "paper lanterns", "glass violins")
OTHERS = ("gulls", "moss", "tin", "wax", "salt", "coal", "silk", "rye", "chalk", "bees", "iron", "dew")
FLEET = [
    paper(
        f"{subject}{n}",
        f"{subject.title()} and {other}",
        f"Of {subject} we say a word. {other.title()} {subject} in use. Number {n * 37} {other}{n}.",
        categories=(f"cs.{'LG' if n % 2 else 'RO'}",),
        authors=("Ada Lovelace",) if n == 0 else ("Wei Wang",),
    )
    for s, subject in enumerate(SUBJECTS)
    for n, other in enumerate(
        ["gulls", "moss", "tin", "wax", "salt", "coal", "silk", "rye", "chalk", "bees", "iron", "dew"][
            : 12 if s == 0 else 3
        ]
    )
]


def cut(
    edition: Edition,
    *topics: Topic,
    seen: frozenset[str] = frozenset(),
    papers: int | None = None,
    rules: Rules | None = None,
) -> Digest | NoDigest:
    wanted = Wanted(reader(*topics, papers=papers), DAY, seen)
    return Selector(edition, rules or Rules()).select([wanted])[0]


def digest(*args: object, **kwargs: object) -> Digest:
    result = cut(*args, **kwargs)  # type: ignore[arg-type]
    assert isinstance(result, Digest)
    return result


def ids(result: Digest) -> list[str]:
    return [pick.ranked.paper.id for pick in result.picks]


def test_a_digest_says_what_it_was_cut_from() -> None:
    result = digest(edition_of(FLEET), phrase("harbour ropes"))
    assert (result.considered, result.matched, len(result.picks)) == (21, 3, 3)
    assert (result.local_date, result.edition) == (DAY, DAY)
    assert all("Harbour Ropes" in pick.ranked.paper.title for pick in result.picks)
    assert result.picks[0].match.topic == phrase("harbour ropes")
    assert result.picks[0].match.words == ("harbour ropes",)


def test_fewer_rather_than_weak_ones() -> None:
    assert len(digest(edition_of(FLEET), phrase("glass violins"), papers=10).picks) == 3


def test_each_topic_gets_its_share() -> None:
    result = digest(edition_of(FLEET), *map(phrase, SUBJECTS), papers=8)
    assert len(result.picks) == 8
    for subject in SUBJECTS:
        assert sum(pick.match.topic == phrase(subject) for pick in result.picks) == 2


def test_more_topics_than_places() -> None:
    assert len(digest(edition_of(FLEET), *map(phrase, SUBJECTS), papers=2).picks) == 2


def test_picks_come_by_score_and_trend_moves_them() -> None:
    twins = [paper("1", "Tidal mirrors of brass", "Brass."), paper("2", "Tidal mirrors of cork", "Cork.")]
    for scores, first in (([0.1, 0.8], "arxiv:2"), ([0.8, 0.1], "arxiv:1")):
        result = digest(edition_of(twins, scores), phrase("tidal mirrors"))
        assert ids(result)[0] == first
        assert [pick.score for pick in result.picks] == sorted((pick.score for pick in result.picks), reverse=True)


def test_trend_does_not_carry_what_does_not_fit() -> None:
    papers = [paper("1", "Tidal mirrors of brass"), paper("2", "Ropes")]
    assert ids(digest(edition_of(papers, [0.0, 0.99]), phrase("tidal mirrors"))) == ["arxiv:1"]


def test_further_topics_are_told_and_lift_a_paper() -> None:
    papers = [
        paper("1", "Tidal mirrors of cork", "Cork and salt.", categories=("math.CO",)),
        paper("2", "Tidal mirrors of brass", "Brass and salt.", categories=("cs.RO",)),
    ]
    result = digest(edition_of(papers), phrase("tidal mirrors"), category("cs.RO"))
    assert ids(result) == ["arxiv:2", "arxiv:1"]
    assert result.picks[0].match.also == (category("cs.RO"),)


def test_nearly_the_same_comes_once() -> None:
    text = "We polish tidal mirrors with wax until they show the moon, twice a night, in five harbours of the north."
    papers = [paper("1", "Tidal mirrors and the moon", text), paper("2", "Tidal mirrors and the moon!", text)]
    assert ids(digest(edition_of(papers), phrase("tidal mirrors"))) == ["arxiv:1"]
    assert ids(digest(edition_of(papers))) == ["arxiv:1"]


def test_without_topics_the_top_of_the_edition() -> None:
    papers = FLEET[:5]
    result = digest(edition_of(papers, [0.1, 0.9, 0.3, 0.8, 0.2]), papers=2)
    assert ids(result) == [papers[1].id, papers[3].id]
    assert result.picks[0].match.topic is None
    assert result.picks[0].score == pytest.approx(0.9)
    only_mutes = digest(edition_of(papers, [0.1, 0.9, 0.3, 0.8, 0.2]), phrase("moss", muted=True), papers=2)
    assert ids(only_mutes) == [papers[3].id, papers[2].id]


MUTED = (phrase("tidal mirror", muted=True), category("cs.*", muted=True), author("A. Lovelace", muted=True))


@pytest.mark.parametrize(
    ("topics", "seen", "none"),
    [
        ((phrase("basalt kites"),), (), ("no paper of 21 matched your topics well enough", Cause.BELOW_THRESHOLD)),
        ((phrase("paper lanterns"),), FLEET, ("everything that matched was sent before", Cause.NOTHING_NEW)),
        ((phrase("tidal mirrors"), MUTED[0]), (), ("everything that matched is muted", Cause.MUTED)),
        ((MUTED[1],), (), ("every paper of the edition is muted", Cause.MUTED)),
        ((), FLEET, ("every paper of the edition was sent before", Cause.NOTHING_NEW)),
    ],
)
def test_why_there_is_none(topics: tuple[Topic, ...], seen: list[Paper], none: tuple[str, Cause]) -> None:
    assert cut(edition_of(FLEET), *topics, seen=frozenset(one.id for one in seen)) == NoDigest(*none)


def test_an_empty_edition_gives_none() -> None:
    assert cut(edition_of([]), phrase("tidal mirrors")) == NoDigest("the edition is empty")
    assert cut(edition_of([])) == NoDigest("the edition is empty")


def test_answers_come_in_order() -> None:
    readers = [replace(reader(phrase(SUBJECTS[n % 4])), id=n) for n in range(1100)]
    answers = Selector(edition_of(FLEET), Rules()).select([Wanted(one, DAY, frozenset()) for one in readers])
    assert [answer.subscriber.id for answer in answers if isinstance(answer, Digest)] == list(range(1100))
    assert all(
        isinstance(answer, Digest) and answer.picks[0].match.topic == phrase(SUBJECTS[n % 4])
        for n, answer in enumerate(answers)
    )


TOPICS = [
    *map(phrase, (*SUBJECTS, "mirrors", "wax", "basalt")),
    category("cs.LG"),
    category("cs.*"),
    author("Ada Lovelace"),
]
SUBSCRIBERS = st.builds(
    lambda topics, mutes, papers: reader(*topics, *(replace(topic, muted=True) for topic in mutes), papers=papers),
    st.lists(st.sampled_from(TOPICS), max_size=5),
    st.lists(st.sampled_from(TOPICS), max_size=2),
    st.none() | st.integers(1, 30),
)
EDITION = edition_of(FLEET, [n * 7 % 21 / 25 for n in range(len(FLEET))])
SELECTOR = Selector(EDITION, Rules())


@given(SUBSCRIBERS, st.sets(st.sampled_from([one.id for one in FLEET])))
def test_what_is_always_so(subscriber: Subscriber, seen: set[str]) -> None:
    (result,) = SELECTOR.select([Wanted(subscriber, DAY, frozenset(seen))])
    if isinstance(result, NoDigest):
        assert result.reason
        return
    assert 1 <= len(result.picks) <= min(subscriber.papers or Rules().papers, result.matched)
    assert len(set(ids(result))) == len(result.picks)
    assert not set(ids(result)) & seen
    for pick in result.picks:
        assert not any(_matches(topic, pick.ranked.paper) for topic in subscriber.topics if topic.muted)
        assert 0 <= pick.match.score <= 1
        if any(not topic.muted for topic in subscriber.topics):
            assert pick.match.topic in subscriber.topics
            assert pick.match.score >= Rules().min_score
            assert pick.match.words


def _matches(topic: Topic, one: Paper) -> bool:
    text = f"{one.title} {one.abstract}".casefold()
    return topic.value in text or topic.value in (*one.categories, *one.authors) or topic.value == "cs.*"


@given(st.randoms(use_true_random=False), SUBSCRIBERS)
def test_the_order_of_the_entries_changes_nothing(random: Random, subscriber: Subscriber) -> None:
    shuffled = replace(EDITION, entries=tuple(random.sample(EDITION.entries, len(EDITION.entries))))
    wanted = [Wanted(subscriber, DAY, frozenset())]
    assert Selector(shuffled, Rules()).select(wanted) == SELECTOR.select(wanted)
