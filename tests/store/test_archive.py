"""Editions read in parts: a page of one, what led each, its neighbours, its month, and where a paper was listed."""

from dataclasses import replace
from datetime import date

import pytest

from digest.model import Edition
from digest.store.engine import Store
from tests.store.cast import DAY, NOON, TODAY, paper, publish

APRIL = date(2026, 4, 30)


@pytest.fixture
def editions(store: Store) -> list[Edition]:
    """Of three days, the last one empty; a fourth is yet to come."""
    first = publish(store, APRIL, first=1, at=NOON - 28 * DAY)
    second = publish(store, TODAY, first=10, papers=5)
    third = Edition(date=TODAY + DAY, cutoff_at=NOON + DAY)
    assert store.editions.save(third)
    return [first, second, third, publish(store, TODAY + 2 * DAY, first=20, at=NOON + 2 * DAY)]


NOW = NOON + DAY


def test_a_page_of_an_edition(store: Store, editions: list[Edition]) -> None:
    second = editions[1]
    assert store.editions.entries(TODAY, 0, 2) == second.entries[:2]
    assert store.editions.entries(TODAY, 3, 50) == second.entries[3:]
    assert store.editions.entries(TODAY, 9, 50) == ()
    assert store.editions.entries(TODAY + 9 * DAY, 0, 50) == ()


def test_what_led_each(store: Store, editions: list[Edition]) -> None:
    days = [one.date for one in editions]
    assert store.editions.leads(days[:3]) == {one.date: one.entries[0] for one in editions[:2]}
    assert store.editions.leads([]) == {}


def test_neighbours_are_those_that_have_appeared(store: Store, editions: list[Edition]) -> None:
    days = [one.date for one in editions]
    assert store.editions.neighbours(days[0], NOW) == (None, days[1])
    assert store.editions.neighbours(days[1], NOW) == (days[0], days[2])
    assert store.editions.neighbours(days[2], NOW) == (days[1], None)


def test_months(store: Store, editions: list[Edition]) -> None:
    assert store.editions.months(NOW) == [(date(2026, 5, 1), 2), (date(2026, 4, 1), 1)]
    between = store.editions.between(date(2026, 5, 1), date(2026, 5, 31), NOW)
    assert [(one.date, one.entries) for one in between] == [(TODAY + DAY, 0), (TODAY, 5)]
    assert len(editions) == 4


def test_the_newest_that_has_papers(store: Store, editions: list[Edition]) -> None:
    assert (store.editions.newest_date(NOW), store.editions.newest_date(NOW, filled=True)) == (TODAY + DAY, TODAY)
    assert store.editions.newest_date(NOON - 90 * DAY, filled=True) is None
    assert editions[2].entries == ()


def test_where_a_paper_was_listed_under_whatever_id(store: Store) -> None:
    first = publish(store, TODAY, first=1, papers=2)
    second = publish(store, TODAY + DAY, first=2, papers=2, at=NOON + DAY)
    known = store.papers.get(paper(2).id)
    assert known
    assert store.editions.listing(known, NOW) == [second.entries[0], first.entries[1]]
    assert store.editions.listing(known, NOON) == [first.entries[1]]
    other = store.papers.get(paper(1).id)
    assert other
    store.papers.save([replace(other, aliases=(known.id,))], [], source="hf", seen_at=NOW)
    merged = store.papers.get(known.id)
    assert merged
    assert store.editions.listing(merged, NOW) == [second.entries[0], first.entries[0], first.entries[1]]
    assert store.editions.listing(replace(known, first_seen_at=None), NOW) == []
