"""An edition is frozen: one for each date, and nothing that happens later changes it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from digest.errors import StoreError
from digest.model import Edition, Ranked
from digest.store.editions import EditionSummary
from digest.store.engine import Store
from tests.store.cast import DAY, NOON, RISING, TODAY, paper, publish, trend


def test_an_edition_comes_back_whole(store: Store) -> None:
    edition = publish(store)
    assert store.editions.get(TODAY) == edition
    assert store.editions.get(TODAY + DAY) is None


def test_the_phrases_that_rose_can_be_had_without_the_papers(store: Store) -> None:
    assert store.editions.rising(TODAY) == ()
    publish(store)
    assert store.editions.rising(TODAY) == RISING


def test_an_edition_from_before_there_were_any_has_none(store: Store) -> None:
    edition = publish(store)
    with store.database.write() as conn:
        conn.execute(text("UPDATE edition SET rising = NULL"))
    assert store.editions.get(TODAY) == replace(edition, rising=())


def test_a_date_has_one_edition(store: Store) -> None:
    edition = publish(store)
    assert not store.editions.save(replace(edition, entries=(), notes=("a second one",)))
    assert store.editions.get(TODAY) == edition


def test_a_new_version_of_a_paper_leaves_the_edition_alone(store: Store) -> None:
    edition = publish(store)
    store.papers.save([paper(1, version=2, title="Another title")], [], source="arxiv", seen_at=NOON + DAY)
    store.papers.save([paper(2, aliases=(paper(1).id,))], [], source="hf", seen_at=NOON + DAY)
    assert store.editions.get(TODAY) == edition


def test_the_newest_edition_is_that_of_the_last_cut_off(store: Store) -> None:
    first = publish(store)
    second = publish(store, TODAY + DAY, first=10, at=NOON + DAY)
    assert store.editions.newest(NOON - timedelta(seconds=1)) is None
    assert store.editions.newest(NOON) == first
    assert store.editions.newest(NOON + DAY) == second
    assert store.editions.newest(NOON + 9 * DAY) == second
    moments = (NOON - timedelta(seconds=1), NOON, NOON + DAY)
    assert [store.editions.newest_date(moment) for moment in moments] == [None, TODAY, TODAY + DAY]


def test_a_look_at_an_edition_needs_none_of_its_papers(store: Store) -> None:
    assert not store.editions.has(TODAY)
    assert store.editions.summary(TODAY) is None
    edition = publish(store)
    assert store.editions.has(TODAY)
    found = store.editions.summary(TODAY)
    assert found == EditionSummary(date=TODAY, cutoff_at=NOON, entries=3, notes=edition.notes)


def test_what_a_subscriber_has_not_had_comes_newest_first(store: Store) -> None:
    editions = [publish(store, TODAY + n * DAY, first=10 * n, papers=1, at=NOON + n * DAY) for n in range(4)]
    assert store.editions.since(TODAY, TODAY + 2 * DAY) == [editions[2], editions[1]]
    assert store.editions.since(None, TODAY + 9 * DAY, limit=3) == editions[:0:-1]
    assert store.editions.list(2) == [
        EditionSummary(date=one.date, cutoff_at=one.cutoff_at, entries=1, notes=one.notes) for one in editions[:1:-1]
    ]


def test_an_empty_edition_says_why(store: Store) -> None:
    edition = Edition(date=TODAY, cutoff_at=NOON, notes=("nothing was announced",))
    assert store.editions.save(edition)
    assert store.editions.newest(NOON) == edition


def test_an_edition_of_an_unknown_paper_is_refused_whole(store: Store) -> None:
    entry = Ranked(paper=paper(1), trend=trend(), rank=1, edition=TODAY)
    with pytest.raises(StoreError, match="not stored"):
        store.editions.save(Edition(date=TODAY, cutoff_at=NOON, entries=(entry,)))
    assert store.editions.get(TODAY) is None
