"""Growth for age and field makes a paper trend; without votes, bursts, sources and freshness do."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editorial.bursts import COMPARABLE, Bursts
from digest.editorial.growth import growth_of, levels
from digest.editorial.trend import Moment, is_new, trends
from digest.model import Announced, Paper, Signal, SignalKind, Trend, TrendLabel
from tests.editorial.newsroom import NOW, SINCE, observed, paper

MOMENT = Moment(NOW, SINCE)
KNOWN = timedelta(days=5)


def trend_of(papers: list[Paper], signals: list[list[Signal]], background: tuple[Paper, ...] = ()) -> list[Trend]:
    bursts = Bursts([one for one in papers if is_new(one, MOMENT)], background).of_papers()
    return trends(papers, {one[0].paper_id: one for one in signals if one}, background, MOMENT, bursts)


def test_growth_counts_for_age() -> None:
    young, old = paper("1"), paper("2", published_at=NOW - timedelta(days=9), first_seen_at=NOW - timedelta(days=6))
    one, other = trend_of([young, old], [observed(young, (9, 2), (0, 40)), observed(old, (140, 2), (9, 39), (0, 40))])
    assert one.score > other.score


def test_the_parts_are_kept() -> None:
    one = paper("1", categories=("cs.RO",))
    usual = [paper(f"9{n}", categories=("cs.RO",)) for n in range(9)]
    signals = [observed(one, (30, 0), (9, 12), (0, 60)), *(observed(other, (9, 1), (0, 4)) for other in usual)]
    first, *_ = trend_of([one], signals, tuple(usual))
    assert (first.signal, first.value, first.field) == ("hf_upvotes", 60, "cs.RO")
    assert (first.gain, first.hours) == (48, 9)
    assert first.usual is not None
    assert first.usual > 5
    assert first.history == (0, 12, 60)


def test_one_observation_is_no_growth() -> None:
    one = paper("1")
    (alone,) = trend_of([one], [observed(one, (0, 12))])
    assert (alone.value, alone.gain, alone.hours, alone.usual) == (12, 0, 0, None)


@pytest.mark.parametrize(
    ("level", "others", "signal"), [(2, 0, "fresh"), (3, 0, "hf_upvotes"), (30, 31, "fresh"), (31, 30, "hf_upvotes")]
)
def test_few_votes_and_less_than_usual_are_not_told(level: float, others: float, signal: str) -> None:
    one, *usual = papers = [paper(str(n)) for n in range(9)]
    first, *_ = trend_of(papers, [observed(one, (0, level)), *(observed(other, (0, others)) for other in usual)])
    assert first.signal == signal


def test_why_an_older_paper_is_back_is_told_whatever_else_there_is() -> None:
    one = paper("1", **LONG_AGO)
    others = [paper(f"9{n}") for n in range(9)]
    signals = [observed(one, (280, 0), (25, 0), (0, 3)), *(observed(other, (9, 0), (0, 0)) for other in others)]
    signals[0] += observed(one, (0, 99), kind=SignalKind.SOURCES)
    trend, *_ = trend_of([one, *others], signals)
    assert (trend.label, trend.signal) == (TrendLabel.RETURNING, "hf_upvotes")


def test_a_field_is_measured_by_its_own() -> None:
    vision = [paper(f"1{n}", categories=("cs.CV",)) for n in range(30)]
    algebra = [paper(f"2{n}", categories=("math.AG",)) for n in range(30)]
    signals = [observed(one, (9, 40), (0, 60)) for one in vision] + [observed(one, (0, 0)) for one in algebra[1:]]
    signals.append(observed(algebra[0], (9, 2), (0, 12)))
    scored = trend_of(vision + algebra, signals)
    assert scored[30].score > scored[0].score
    lone = trend_of([vision[0], algebra[0]], [signals[0], signals[-1]])
    assert lone[0].score > lone[1].score


def test_no_votes_at_all_still_ranks() -> None:
    weeks = tuple(
        paper(f"8{n}", f"Ledger {n} of harbours", "Counting ropes.", first_seen_at=NOW - KNOWN) for n in range(250)
    )
    bursting = [paper(f"1{n}", f"Case {n}: tidal mirrors", "We polish tidal mirrors.") for n in range(8)]
    others = [paper(f"2{n}", f"Note {n} on ropes", "Counting ropes.") for n in range(30)]
    listed = paper("3", "Another note on ropes")
    stale = paper("4", "An older note on ropes", first_seen_at=NOW - timedelta(hours=23))
    scored = trend_of([*bursting, *others, listed, stale], [observed(listed, (0, 3), kind=SignalKind.SOURCES)], weeks)
    burst, fresh, sources, older = scored[0], scored[8], scored[-2], scored[-1]
    assert (burst.signal, burst.phrase, burst.value) == ("burst", "tidal mirrors", 8)
    assert burst.usual is not None
    assert burst.usual > 10
    assert (fresh.signal, round(fresh.hours), fresh.value) == ("fresh", 6, 0)
    assert (sources.signal, sources.value) == ("sources", 3)
    assert burst.score > fresh.score > older.score
    assert sources.score > fresh.score


@pytest.mark.parametrize(("weeks", "signals"), [(0, {"fresh"}), (COMPARABLE - 1, {"fresh"}), (COMPARABLE, {"burst"})])
def test_nothing_bursts_before_there_is_enough_to_compare_with(weeks: int, signals: set[str]) -> None:
    bursting = [paper(f"1{n}", f"Case {n}: tidal mirrors") for n in range(20)]
    before = tuple(paper(f"8{n}", f"Ledger {n}", first_seen_at=NOW - KNOWN) for n in range(weeks))
    assert {trend.signal for trend in trend_of(bursting, [], before)} == signals


def test_what_has_always_been_frequent_is_no_burst() -> None:
    weeks = tuple(paper(f"8{n}", f"Tidal mirrors, part {n}", first_seen_at=NOW - KNOWN) for n in range(250))
    bursting = [paper(f"1{n}", f"Case {n}: tidal mirrors") for n in range(8)]
    assert {trend.signal for trend in trend_of(bursting, [], weeks)} == {"fresh"}


def test_a_sudden_jump_of_stars_is_held_back() -> None:
    one = paper("1")
    steady = growth_of(one, observed(one, (24, 900), (0, 1000), kind=SignalKind.GITHUB_STARS), NOW)
    jump = growth_of(one, observed(one, (24, 10), (0, 5000), kind=SignalKind.GITHUB_STARS), NOW)
    assert jump.gain == 4990
    assert jump.pace < steady.pace


def test_stars_from_before_the_paper_do_not_count() -> None:
    one = paper("1")
    assert growth_of(one, observed(one, (0, 80_000), kind=SignalKind.GITHUB_STARS), NOW).pace == 0


def test_votes_that_fall_are_no_gain() -> None:
    one = paper("1")
    falling, flat = observed(one, (9, 12), (0, 8)), observed(one, (9, 8), (0, 8))
    assert growth_of(one, falling, NOW).gain == -4
    assert growth_of(one, falling, NOW).pace == growth_of(one, flat, NOW).pace


LONG_AGO = {"first_seen_at": NOW - timedelta(days=12), "published_at": NOW - timedelta(days=14)}


@pytest.mark.parametrize(
    ("more", "seen", "label"),
    [
        ({}, [(3, 5)], TrendLabel.NEW),
        ({"announced": Announced.REPLACE}, [], TrendLabel.STEADY),
        ({"announced": Announced.CROSS}, [], TrendLabel.NEW),
        ({"published_at": NOW - timedelta(days=70)}, [(3, 5)], TrendLabel.STEADY),
        (LONG_AGO, [(280, 1), (60, 20), (25, 30), (0, 60)], TrendLabel.RISING),
        (LONG_AGO, [(280, 20), (200, 30), (100, 30), (25, 30), (0, 60)], TrendLabel.RETURNING),
        (LONG_AGO, [(280, 1), (60, 60), (25, 60), (0, 60)], TrendLabel.STEADY),
        (LONG_AGO, [(280, 1), (60, 60), (25, 60), (0, 61)], TrendLabel.STEADY),
        (LONG_AGO, [(0, 60)], TrendLabel.STEADY),
    ],
)
def test_labels(more: dict[str, object], seen: list[tuple[float, float]], label: TrendLabel) -> None:
    one = paper("1", **more)
    others = [paper(f"9{n}") for n in range(9)]
    signals = [observed(one, *seen), *(observed(other, (9, 1), (0, 4)) for other in others)]
    assert trend_of([one, *others], signals)[0].label is label


@pytest.mark.parametrize(("gained", "label"), [(2, TrendLabel.STEADY), (3, TrendLabel.RISING)])
def test_a_vote_or_two_are_no_rise_even_in_a_quiet_field(gained: float, label: TrendLabel) -> None:
    one, *others = papers = [paper("1", **LONG_AGO), *(paper(f"9{n}") for n in range(9))]
    signals = [observed(one, (25, 0), (0, gained)), *(observed(other, (9, 0), (0, 0)) for other in others)]
    assert trend_of(papers, signals)[0].label is label


def test_history_is_at_most_eight_levels() -> None:
    one = paper("1")
    many = observed(one, *((100 - n, n) for n in range(100)))
    assert levels(many) == (0, 14, 28, 42, 56, 70, 84, 99)
    assert levels(many[:3]) == (0, 1, 2)


OBSERVED = st.lists(st.integers(0, 400), min_size=1, max_size=5)


@given(st.lists(OBSERVED, min_size=2, max_size=6), st.integers(1, 500), st.sampled_from(list(SignalKind)))
def test_more_votes_never_lower_the_score(votes: list[list[int]], more: int, kind: SignalKind) -> None:
    papers = [paper(str(n), categories=("cs.LG",) if n % 2 else ()) for n in range(len(votes))]

    def scored(extra: int) -> float:
        rows = [[(9.0 * (len(of) - n), level) for n, level in enumerate(of)] for of in votes]
        hours, level = rows[0][-1]
        rows[0][-1] = (hours, level + extra)
        return trend_of(papers, [observed(one, *row, kind=kind) for one, row in zip(papers, rows, strict=True)])[
            0
        ].score

    assert 0 <= scored(0) <= scored(more) + 1e-12 < 1
