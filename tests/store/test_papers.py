"""One work is one row, whatever its versions, cross-lists and sources."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from digest.model import Announced, Paper, Signal, SignalKind
from digest.store.engine import Store
from digest.store.papers import STILL_MOVING, Saved
from tests.store.cast import DAY, HOUR, NOON, paper, rows

NOTHING = Saved(new=0, updated=0, signals=0)


def save(
    store: Store, *papers: Paper, source: str = "arxiv", seen_at: datetime = NOON, signals: Sequence[Signal] = ()
) -> Saved:
    return store.papers.save(papers, signals, source=source, seen_at=seen_at)


def upvotes(number: int, value: float, at: datetime = NOON) -> Signal:
    return Signal(paper(number).id, SignalKind.HF_UPVOTES, value, at)


def test_a_paper_comes_back_as_it_was_listed(store: Store) -> None:
    listed = paper(1, authors=("Ada Inventada", "Σοφία Ψευδής"), updated_at=NOON, aliases=("doi:10.1/x", "work:1"))
    assert save(store, listed) == Saved(new=1, updated=0, signals=0)
    stored = replace(listed, first_seen_at=NOON)
    for name in (listed.id, *listed.aliases):
        assert store.papers.get(name) == stored
    assert store.papers.get("arxiv:0000.00000") is None


def test_saving_the_same_again_changes_nothing(store: Store) -> None:
    signals = [upvotes(1, 3), upvotes(2, 5)]
    first = save(store, paper(1), paper(2), signals=signals)
    assert first == Saved(new=2, updated=0, signals=2)
    assert save(store, paper(1), paper(2), signals=signals) == NOTHING
    assert save(store, paper(1), paper(2), seen_at=NOON + DAY) == NOTHING
    assert store.papers.get(paper(1).id) == replace(paper(1), first_seen_at=NOON)


def test_five_versions_ten_times_in_three_sources_are_one_paper(store: Store) -> None:
    for again in range(10):
        for version in range(1, 6):
            for source, alias in (("arxiv", "doi:10.1/a"), ("journal", "doi:10.1/a"), ("hf", "work:a")):
                name = "doi:10.1/a" if source == "journal" else "arxiv:2605.00001"
                title = f"Title of version {version}"
                one = paper(1, id=name, version=version, title=title, aliases=(alias, f"work:{version}"))
                save(store, one, source=source, seen_at=NOON + again * HOUR)
    assert rows(store, "paper") == 1
    stored = store.papers.get("doi:10.1/a")
    assert stored is not None
    assert (stored.id, stored.version, stored.title) == ("arxiv:2605.00001", 5, "Title of version 5")
    assert stored.first_seen_at == NOON


def test_a_cross_list_only_adds_categories(store: Store) -> None:
    save(store, paper(1))
    cross = paper(1, title="folding PAPER 1 times", categories=("cs.LG", "math.GT"), announced=Announced.CROSS)
    assert save(store, cross) == Saved(new=0, updated=1, signals=0)
    stored = store.papers.get(paper(1).id)
    assert stored == replace(paper(1), categories=("cs.LG", "math.GT"), first_seen_at=NOON)


@pytest.mark.parametrize("order", [1, -1])
def test_the_higher_version_has_the_say_but_never_without_an_abstract(store: Store, order: int) -> None:
    second = paper(
        1, title="Second", version=2, links={"pdf": "https://arxiv.org/pdf/2605.00001v2"}, categories=("cs.CG",)
    )
    bare = paper(1, title="Bare", version=7, abstract="", links={"page": "https://example.org/1"})
    for one in (paper(1), second, bare)[::order]:
        save(store, one)
    stored = store.papers.get(paper(1).id)
    assert stored is not None
    assert (stored.title, stored.version, stored.abstract) == ("Second", 2, second.abstract)
    assert set(stored.links) == {"abstract", "pdf", "page"}
    assert set(stored.categories) == {"cs.LG", "cs.CG"}


def test_a_listing_that_ties_two_papers_makes_them_one(store: Store) -> None:
    preprint, article = paper(1), paper(2, id="doi:10.1/article", aliases=("work:article",))
    save(store, preprint, signals=[upvotes(1, 3)])
    save(
        store,
        article,
        source="journal",
        seen_at=NOON + DAY,
        signals=[Signal(article.id, SignalKind.GITHUB_STARS, 9, NOON)],
    )
    both = paper(1, aliases=("doi:10.1/article",))
    assert save(store, both, source="hf", seen_at=NOON + 2 * DAY).new == 0

    stored = store.papers.get("work:article")
    assert stored is not None
    assert (stored.id, stored.first_seen_at) == (preprint.id, NOON)
    assert {"doi:10.1/article", "work:article"} < set(stored.aliases)
    assert [one.id for one in store.papers.recent(NOON - DAY, NOON + 9 * DAY)] == [preprint.id]
    found = store.papers.signals([article.id], NOON + 9 * DAY)[article.id]
    assert {(one.kind, one.value) for one in found} == {
        (SignalKind.HF_UPVOTES, 3),
        (SignalKind.GITHUB_STARS, 9),
        (SignalKind.SOURCES, 2),
    }


def test_merges_upon_merges_lead_to_the_first_paper(store: Store) -> None:
    for number in range(1, 5):
        save(store, paper(number))
    save(store, paper(3, aliases=(paper(4).id,)))
    save(store, paper(2, aliases=(paper(3).id,)))
    save(store, paper(1, aliases=(paper(4).id,)))
    first = store.papers.get(paper(1).id)
    assert first is not None
    assert [store.papers.get(paper(number).id) for number in range(2, 5)] == [first] * 3
    with store.database.read() as conn:
        assert len(conn.execute(text("SELECT DISTINCT same_as FROM paper WHERE same_as IS NOT NULL")).all()) == 1
        for table in ("paper_alias", "paper_source"):
            assert len(conn.execute(text(f"SELECT DISTINCT paper_id FROM {table}")).all()) == 1, table
    assert len(store.papers.recent(NOON - DAY, NOON)) == 1


def test_an_observation_of_a_moment_is_kept_once(store: Store) -> None:
    assert save(store, paper(1), signals=[upvotes(1, 3), upvotes(1, 3)]).signals == 1
    assert save(store, paper(1), signals=[upvotes(1, 4)]).signals == 0
    assert [one.value for one in store.papers.signals([paper(1).id], NOON)[paper(1).id]] == [3]


def test_an_unchanged_level_is_news_after_six_hours(store: Store) -> None:
    levels = [(0, 3, 1), (1, 3, 0), (5, 3, 0), (6, 3, 1), (7, 4, 1), (8, 4, 0), (9, 3, 1)]
    for hours, value, kept in levels:
        assert save(store, paper(1), signals=[upvotes(1, value, NOON + hours * HOUR)]).signals == kept, hours


def test_signals_come_by_time_up_to_the_moment_asked_for(store: Store) -> None:
    signals = [upvotes(1, 5, NOON + HOUR), upvotes(1, 3), upvotes(2, 1), upvotes(77, 1)]
    assert save(store, paper(1), paper(2), signals=signals).signals == 3
    found = store.papers.signals([paper(1).id, paper(2).id, paper(3).id], NOON + HOUR)
    assert found == {paper(1).id: (signals[1], signals[0]), paper(2).id: (signals[2],)}
    assert store.papers.signals([paper(1).id], NOON) == {paper(1).id: (signals[1],)}
    assert store.papers.signals([], NOON) == {}


def test_to_be_listed_by_arxiv_says_nothing(store: Store) -> None:
    assert [save(store, paper(1), source=name).signals for name in ("arxiv", "hf", "arxiv", "blog")] == [0, 0, 0, 1]
    (found,) = store.papers.signals([paper(1).id], NOON)[paper(1).id]
    assert (found.kind, found.value) == (SignalKind.SOURCES, 2)


def test_the_number_of_sources_is_a_signal_from_the_second_on(store: Store) -> None:
    assert [save(store, paper(1), source=name).signals for name in ("a", "a", "b", "b")] == [0, 0, 1, 0]
    save(store, paper(1), source="c", seen_at=NOON + HOUR)
    found = store.papers.signals([paper(1).id], NOON + DAY)[paper(1).id]
    assert [(one.kind, one.value) for one in found] == [(SignalKind.SOURCES, 2), (SignalKind.SOURCES, 3)]


def ids(papers: list[Paper]) -> set[str]:
    return {one.id for one in papers}


def test_candidates_are_the_new_ones_and_the_older_ones_that_move(store: Store) -> None:
    yesterday = NOON - DAY
    save(store, paper(1), paper(2), seen_at=yesterday)
    save(store, paper(3), seen_at=NOON - HOUR, signals=[upvotes(2, 8, NOON - HOUR)])
    save(store, paper(4), seen_at=NOON + HOUR)
    assert ids(store.papers.candidates(yesterday, NOON)) == {paper(2).id, paper(3).id}
    assert ids(store.papers.candidates(None, NOON)) == {paper(1).id, paper(2).id, paper(3).id}
    assert ids(store.papers.recent(yesterday, NOON)) == {paper(3).id}


def test_old_papers_do_not_come_back(store: Store) -> None:
    save(store, paper(1), seen_at=NOON - STILL_MOVING - timedelta(seconds=1))
    save(store, paper(2), seen_at=NOON - STILL_MOVING)
    save(store, signals=[upvotes(1, 8), upvotes(2, 8)])
    assert ids(store.papers.candidates(NOON - DAY, NOON)) == {paper(2).id}


def test_a_replacement_of_a_paper_never_seen_waits_for_a_signal(store: Store) -> None:
    save(store, paper(1, version=4, announced=Announced.REPLACE))
    assert store.papers.candidates(NOON - DAY, NOON) == []
    assert ids(store.papers.recent(NOON - DAY, NOON)) == {paper(1).id}
    save(store, signals=[upvotes(1, 8)])
    assert ids(store.papers.candidates(NOON - DAY, NOON)) == {paper(1).id}


def test_a_new_version_is_no_new_paper(store: Store) -> None:
    save(store, paper(1), seen_at=NOON - 3 * DAY)
    save(store, paper(1, version=2, announced=Announced.REPLACE), seen_at=NOON)
    assert store.papers.candidates(NOON - DAY, NOON) == []


def test_a_large_fetch_is_one_save(store: Store) -> None:
    many = [paper(number) for number in range(2500)]
    assert save(store, *many, signals=[upvotes(number, 1) for number in range(2500)], source="blog") == Saved(
        2500, 0, 2500
    )
    assert save(store, *many, source="hf") == Saved(0, 0, 2500)
    assert len(store.papers.candidates(None, NOON)) == 2500
