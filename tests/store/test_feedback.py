"""A verdict on a paper: the last one counts, and follows the work it was said of."""

from datetime import timedelta

import pytest

from digest.model import Feedback, Paper, Subscriber, Verdict
from digest.store.engine import Store
from tests.store.cast import HOUR, NOON, paper, reader, rows

MORE, LESS = Verdict.MORE, Verdict.LESS


@pytest.fixture
def ada(store: Store) -> Subscriber:
    store.papers.save([paper(1), paper(2), paper(3)], [], source="arxiv", seen_at=NOON)
    return store.subscribers.add(reader(), NOON)


def said(store: Store, who: Subscriber) -> list[tuple[str, Verdict]]:
    return [(one.paper.id, one.verdict) for one in store.feedback.of([who.id])[who.id]]


def name(number: int) -> str:
    return paper(number).id


def test_who_said_nothing_has_nothing(store: Store, ada: Subscriber) -> None:
    assert store.feedback.of([ada.id, 99]) == {ada.id: (), 99: ()}
    assert store.feedback.of([]) == {}


def test_a_verdict_comes_back_with_its_paper(store: Store, ada: Subscriber) -> None:
    assert store.feedback.put(ada.id, name(1), MORE, NOON)
    (one,) = store.feedback.of([ada.id])[ada.id]
    assert isinstance(one.paper, Paper)
    assert (one.paper.title, one.paper.authors, one.paper.links) == (
        paper(1).title,
        paper(1).authors,
        paper(1).links,
    )
    assert one == Feedback(one.paper, MORE, NOON)


def test_the_last_one_counts_and_the_newest_stands_first(store: Store, ada: Subscriber) -> None:
    for hours, number, verdict in ((0, 1, MORE), (1, 2, LESS), (2, 1, LESS), (2, 1, LESS), (-3, 3, MORE)):
        assert store.feedback.put(ada.id, name(number), verdict, NOON + hours * HOUR)
    assert said(store, ada) == [(name(1), LESS), (name(2), LESS), (name(3), MORE)]
    assert [store.feedback.said(ada.id, name(number)) for number in (1, 2, 3, 4)] == [LESS, LESS, MORE, None]
    assert store.feedback.said(ada.id + 1, name(1)) is None
    assert rows(store, "feedback") == 3


def test_what_is_old_can_be_left_out(store: Store, ada: Subscriber) -> None:
    store.feedback.put(ada.id, name(1), MORE, NOON - HOUR)
    store.feedback.put(ada.id, name(2), MORE, NOON)
    assert [one.paper.id for one in store.feedback.of([ada.id], NOON - HOUR)[ada.id]] == [name(2)]


def test_an_alias_will_do_and_an_unknown_paper_or_reader_will_not(store: Store, ada: Subscriber) -> None:
    assert store.feedback.put(ada.id, paper(1).aliases[0], MORE, NOON)
    assert said(store, ada) == [(name(1), MORE)]
    assert not store.feedback.put(ada.id, "arxiv:0000.00000", MORE, NOON)
    assert not store.feedback.put(ada.id + 1, name(1), MORE, NOON)
    assert rows(store, "feedback") == 1


def test_each_has_their_own(store: Store, ada: Subscriber) -> None:
    bea = store.subscribers.add(reader("bea@example.org"), NOON)
    store.feedback.put(ada.id, name(1), MORE, NOON)
    store.feedback.put(bea.id, name(1), LESS, NOON)
    assert said(store, ada) == [(name(1), MORE)]
    assert said(store, bea) == [(name(1), LESS)]
    assert store.feedback.clear(bea.id) == 1
    assert said(store, ada) == [(name(1), MORE)]


def test_it_is_taken_back(store: Store, ada: Subscriber) -> None:
    store.feedback.put(ada.id, name(1), MORE, NOON)
    store.feedback.put(ada.id, name(2), LESS, NOON)
    assert store.feedback.remove(ada.id, paper(1).aliases[0])
    assert not store.feedback.remove(ada.id, name(1))
    assert not store.feedback.remove(ada.id, "arxiv:0000.00000")
    assert said(store, ada) == [(name(2), LESS)]
    assert store.feedback.clear(ada.id) == 1
    assert store.feedback.clear(ada.id) == 0


def test_of_works_that_are_one_the_last_verdict_counts(store: Store, ada: Subscriber) -> None:
    store.feedback.put(ada.id, name(2), LESS, NOON + HOUR)
    store.feedback.put(ada.id, name(1), MORE, NOON)
    both = paper(1, aliases=(name(2),))
    store.papers.save([both], [], source="other", seen_at=NOON + timedelta(hours=2))
    assert store.papers.get(name(2)) == store.papers.get(name(1))
    assert store.feedback.said(ada.id, name(2)) is store.feedback.said(ada.id, name(1)) is LESS
    assert said(store, ada) == [(name(1), LESS)]
    assert store.feedback.put(ada.id, name(2), MORE, NOON + 3 * HOUR)
    assert said(store, ada) == [(name(1), MORE)]
    assert store.feedback.remove(ada.id, name(2))
    assert said(store, ada) == []
    assert rows(store, "feedback") == 0


def test_many_readers_and_papers_are_read_at_once(store: Store, ada: Subscriber) -> None:
    store.papers.save([paper(n) for n in range(10, 1020)], [], source="arxiv", seen_at=NOON)
    for number in range(10, 30):
        store.feedback.put(ada.id, name(number), MORE, NOON + number * HOUR)
    found = store.feedback.of(range(ada.id - 1200, ada.id + 1300))
    assert [one.paper.id for one in found[ada.id]] == [name(number) for number in range(29, 9, -1)]
    assert sum(map(len, found.values())) == 20
