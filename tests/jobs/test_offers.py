"""What somebody says of today's papers changes tomorrow's digest, and nobody else's."""

from datetime import datetime, timedelta

import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.publish import publish
from digest.model import Match, Pick, Subscriber, Topic, TopicKind, Verdict
from digest.store.engine import Store
from tests.jobs.conftest import MORNING, list_papers, paper, reader

DAY = timedelta(days=1)
EVERYTHING = (Topic(TopicKind.CATEGORY, "cs.LG"),)
KITES = "kites whose bridles, tails and bamboo spars are tuned for gusty coasts"
CLOCKS = "clocks whose pendulum, escapement and brass gears lose no second"
OTHERS = ("moss on slate", "tin whistles", "salt roads", "rye bread", "chalk cliffs", "bees in winter", "iron gates")


def day_of_papers(store: Store, moment: datetime, first: int) -> None:
    told = [(f"On {name}", text) for name, text in (("kites", KITES), ("clocks", CLOCKS))]
    told = [*told, *told, *((f"On {other}", other) for other in OTHERS)]
    papers = [
        paper(first + n, f"{title} {first + n}", moment, abstract=f"Of {text}.") for n, (title, text) in enumerate(told)
    ]
    list_papers(store, *papers, at=moment - timedelta(hours=6))
    assert publish(store, FixedClock(moment), 4, ())


def digest(store: Store, who: Subscriber, moment: datetime) -> list[Pick]:
    enqueue(store, FixedClock(moment), Rules(), Terms(4, timedelta(hours=12)))
    delivery = store.deliveries.find(who.address, moment.date())
    assert delivery
    return list(store.deliveries.digest(delivery.id).picks) if delivery.papers else []


def added(store: Store, address: str, *topics: Topic, papers: int = 3) -> Subscriber:
    return store.subscribers.add(reader(address, topics=topics, papers=papers), MORNING)


def about(picks: list[Pick], word: str) -> int:
    return sum(word in pick.ranked.paper.title for pick in picks)


@pytest.mark.parametrize("topics", [(), EVERYTHING], ids=["no topics", "a category"])
def test_a_like_raises_the_papers_of_the_next_day_that_are_like_it(store: Store, topics: tuple[Topic, ...]) -> None:
    ada, bea = added(store, "ada@example.org", *topics), added(store, "bea@example.org", *topics)
    day_of_papers(store, MORNING, 0)
    today = digest(store, ada, MORNING)
    assert today == digest(store, bea, MORNING)
    liked = "arxiv:9913.00000"  # the first one on kites
    assert store.feedback.put(ada.id, liked, Verdict.MORE, MORNING + timedelta(hours=1))
    assert store.feedback.put(ada.id, "arxiv:9913.00001", Verdict.LESS, MORNING + timedelta(hours=1))
    day_of_papers(store, MORNING + DAY, 20)
    mine, others = digest(store, ada, MORNING + DAY), digest(store, bea, MORNING + DAY)
    assert (about(mine[:2], "kites"), about(mine, "clocks")) == (2, 0)
    assert {pick.match.liked for pick in mine[:2]} == {"On kites 0"}
    assert not any(pick.match.liked for pick in others)


def test_what_is_like_a_liked_paper_comes_in_beside_the_topics(store: Store) -> None:
    ada = added(store, "ada@example.org", Topic(TopicKind.PHRASE, "rye bread"))
    day_of_papers(store, MORNING, 0)
    assert about(digest(store, ada, MORNING), "kites") == 0
    store.feedback.put(ada.id, "arxiv:9913.00000", Verdict.MORE, MORNING + timedelta(hours=1))
    day_of_papers(store, MORNING + DAY, 20)
    picks = digest(store, ada, MORNING + DAY)
    assert (about(picks, "rye bread"), about(picks, "kites")) == (1, 2)
    kites = next(pick.match for pick in picks if "kites" in pick.ranked.paper.title)
    assert kites == Match(topic=None, words=kites.words, liked="On kites 0")
    assert kites.words


def test_a_verdict_taken_back_leaves_nothing(store: Store) -> None:
    ada, bea = (added(store, f"{name}@example.org", *EVERYTHING) for name in ("ada", "bea"))
    day_of_papers(store, MORNING, 0)
    digest(store, ada, MORNING)
    store.feedback.put(ada.id, "arxiv:9913.00000", Verdict.MORE, MORNING + timedelta(hours=1))
    store.feedback.remove(ada.id, "arxiv:9913.00000")
    day_of_papers(store, MORNING + DAY, 20)
    assert digest(store, ada, MORNING + DAY) == digest(store, bea, MORNING + DAY)


def test_a_paper_they_judged_is_not_sent_to_them(store: Store) -> None:
    ada = added(store, "ada@example.org", papers=30)
    day_of_papers(store, MORNING, 0)
    for number, verdict in ((0, Verdict.MORE), (1, Verdict.LESS)):  # read elsewhere, before the digest was cut
        store.feedback.put(ada.id, f"arxiv:9913.{number:05}", verdict, MORNING - timedelta(hours=1))
    sent = {pick.ranked.paper.id for pick in digest(store, ada, MORNING)}
    assert len(sent) == 9
    assert not sent & {"arxiv:9913.00000", "arxiv:9913.00001"}
