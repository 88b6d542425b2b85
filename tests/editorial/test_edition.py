"""An edition holds what is new or rises, in one order, whatever the order it was given in."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editorial import edition as room
from digest.editorial.edition import combine, compile_edition
from digest.model import Announced, Edition, Paper, Signal, TrendLabel
from tests.editorial.newsroom import DAY, NOW, SINCE, edition_of, observed, paper

OLD = {"first_seen_at": NOW - timedelta(days=8), "published_at": NOW - timedelta(days=9)}


def compiled(papers: list[Paper], *signals: list[Signal]) -> Edition:
    return compile_edition(DAY, NOW, papers, {one[0].paper_id: one for one in signals}, papers, SINCE, ("a note",))


def ids(edition: Edition) -> list[str]:
    return [ranked.paper.id.removeprefix("arxiv:") for ranked in edition.entries]


def test_new_and_rising_stay_and_steady_ones_go() -> None:
    new, quiet, rising = paper("1"), paper("2", **OLD), paper("3", **OLD)
    replaced = paper("4", announced=Announced.REPLACE)
    others = [paper(f"9{n}") for n in range(9)]
    edition = compiled(
        [new, quiet, rising, replaced, *others],
        observed(quiet, (150, 10), (30, 40), (0, 40)),
        observed(rising, (150, 10), (30, 40), (0, 90)),
        *(observed(one, (5, 3)) for one in others),
    )
    assert {"1", "3"} <= set(ids(edition))
    assert not {"2", "4"} & set(ids(edition))
    assert {ranked.trend.label for ranked in edition.entries} == {TrendLabel.NEW, TrendLabel.RISING}
    assert edition.notes == ("a note",)


def test_a_paper_of_last_year_never_comes_and_one_of_spring_only_if_it_rises() -> None:
    ancient = paper("1", published_at=NOW - timedelta(days=400), first_seen_at=NOW - timedelta(days=8))
    spring = paper("2", published_at=NOW - timedelta(days=80), first_seen_at=NOW - timedelta(days=8))
    listed_today = paper("3", published_at=NOW - timedelta(days=80))
    rise = [(150, 10), (30, 40), (0, 90)]
    edition = compiled(
        [ancient, spring, listed_today],
        observed(ancient, *rise),
        observed(spring, *rise),
        observed(listed_today, (0, 5)),
    )
    assert ids(edition) == ["2"]


def test_ranks_follow_the_score_and_ties_the_id() -> None:
    loud, *quiet = paper("5"), paper("3"), paper("1"), paper("2")
    edition = compiled([loud, *quiet], observed(loud, (9, 2), (0, 90)))
    assert ids(edition) == ["5", "1", "2", "3"]
    assert [ranked.rank for ranked in edition.entries] == [1, 2, 3, 4]
    assert {ranked.edition for ranked in edition.entries} == {DAY}


def test_the_first_edition_takes_all_that_is_young() -> None:
    papers = [paper("1"), paper("2", **OLD), paper("3", published_at=NOW - timedelta(days=90))]
    assert ids(compile_edition(DAY, NOW, papers, {}, (), None)) == ["1", "2"]


def test_an_empty_edition_says_so() -> None:
    edition = compile_edition(DAY, NOW, [], {}, [], SINCE)
    assert (edition.entries, edition.notes) == ((), ("no paper is new and none is rising",))


def test_no_more_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LARGEST", 3)
    edition = compiled([paper(str(n)) for n in range(5)])
    assert ids(edition) == ["0", "1", "2"]
    assert edition.notes[-1] == "2 of 5 papers left out, those that trend least"


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_changes_nothing(random: Random) -> None:
    papers = [paper(str(n), f"Tidal mirrors {n % 3}", "On ropes.", **(OLD if n % 4 == 0 else {})) for n in range(12)]
    signals = {
        one.id: observed(one, (150, 1), (30, 2 + n % 5), (0, 9 * n % 50)) for n, one in enumerate(papers) if n % 2
    }
    expected = compile_edition(DAY, NOW, papers, signals, papers, SINCE)
    shuffled = random.sample(papers, len(papers))
    assert compile_edition(DAY, NOW, shuffled, signals, shuffled[::-1], SINCE) == expected


def test_combined_editions_list_a_paper_once() -> None:
    twice = paper("1")
    older = replace(edition_of([twice, paper("2")], [0.9, 0.8]), date=DAY - timedelta(days=1), notes=("x", "y"))
    newer = replace(edition_of([paper("3"), twice], [0.7, 0.3]), notes=("y", "z"))
    for editions in ([older, newer], [newer, older]):
        both = combine(editions)
        assert (both.date, both.cutoff_at) == (newer.date, newer.cutoff_at)
        assert ids(both) == ["2", "3", "1"]
        assert both.entries[-1] == newer.entries[1]
        assert set(both.notes) == {"x", "y", "z"}
    assert combine([newer]).entries == newer.entries
