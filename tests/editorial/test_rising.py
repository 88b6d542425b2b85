"""What rises is told once, whole, as people write it; and nothing that names no subject."""

from datetime import timedelta
from typing import Any

import pytest

from digest.editorial.bursts import COMPARABLE, FEWEST, Bursts
from digest.editorial.edition import combine, compile_edition
from digest.editorial.rising import MOST, combined, rising
from digest.model import Edition, Paper, Rising
from tests.editorial.newsroom import DAY, NOW, SINCE, edition_of, paper

LONG_AGO: dict[str, Any] = {"first_seen_at": NOW - timedelta(days=5), "published_at": NOW - timedelta(days=6)}
WEEKS = [paper(f"8{n}", f"Ledger {n} of harbours", "Counting ropes.", **LONG_AGO) for n in range(COMPARABLE)]
OTHERS = [paper(f"2{n}", f"Note {n} on ropes", "Counting ropes.", authors=("Bo Unreal",)) for n in range(30)]


def on(*titles: str, abstract: str = "", **more: object) -> list[Paper]:
    """A paper of each title, by somebody else each."""
    known = {"categories": ("cs.LG",), **more}
    return [
        paper(f"{title}-{n}", title, abstract, **{"authors": (f"Ada Inventada {n}",), **known})
        for n, title in enumerate(titles)
    ]


def phrases(new: list[Paper], weeks: list[Paper] | None = None) -> list[str]:
    return [one.phrase for one in rising(Bursts([*new, *OTHERS], WEEKS if weeks is None else weeks))]


def cases(phrase: str, count: int = 6) -> list[str]:
    return [f"Case {n}: {phrase}" for n in range(count)]


def test_a_phrase_comes_with_its_numbers_and_fields() -> None:
    new = on(*cases("tidal mirrors", 5), categories=("cs.CV", "cs.LG")) + on("Tidal mirrors", categories=("math.AG",))
    one, *others = rising(Bursts([*new, *OTHERS], WEEKS))
    assert (one.phrase, one.papers, one.fields, others) == ("tidal mirrors", 6, ("cs.CV", "cs.LG"), [])
    assert one.times == round(6 / (36 / (COMPARABLE + 1)), 1)


def test_the_edition_carries_them() -> None:
    new = on(*cases("tidal mirrors"))
    edition = compile_edition(DAY, NOW, [*new, *OTHERS], {}, WEEKS, SINCE)
    assert [one.phrase for one in edition.rising] == ["tidal mirrors"]
    assert compile_edition(DAY, NOW, [*OTHERS, *new[::-1]], {}, WEEKS[::-1], SINCE).rising == edition.rising


def test_a_piece_is_told_as_the_whole_it_belongs_to() -> None:
    assert phrases(on(*cases("salted tidal mirrors"))) == ["salted tidal mirrors"]
    assert phrases(on(*cases("well salted tidal harbour mirrors"))) == ["well salted tidal harbour mirrors"]
    mixed = on(*cases("salted tidal mirrors", 2), *cases("tidal mirrors", 6))
    assert phrases(mixed) == ["tidal mirrors"]


def test_a_hyphen_keeps_what_it_ties() -> None:
    assert phrases(on(*cases("In-Harbour Polishing of Ropes"))) == ["in-harbour polishing"]


def test_acronyms_keep_their_capitals_and_titles_lose_theirs() -> None:
    assert phrases(on(*cases("Tidal GPU Mirrors"))) == ["tidal GPU mirrors"]


@pytest.mark.parametrize("phrase", ["TIDE 2026 regatta", "novel mirrors", "mirror approach"])
def test_a_meeting_or_what_names_no_subject_is_left_out(phrase: str) -> None:
    assert phrases(on(*cases(phrase))) == []


@pytest.mark.parametrize("title", ["{} tidal mirrors", "Tidal mirrors {}", "Tide-level {}"])
def test_what_always_stands_beside_another_word_is_left_out(title: str) -> None:
    assert phrases(on(*(title.format(noun) for noun in ("ropes", "sails", "masts", "knots", "oars", "keels")))) == []


def test_a_hyphenated_noun_is_none_of_these() -> None:
    assert phrases(on(*cases("Self-Polishing"))) == ["self-polishing"]


def test_words_across_a_comma_are_no_phrase() -> None:
    assert phrases(on(*cases("salted, tidal"))) == []
    assert phrases(on(*cases("salted tidal"))) == ["salted tidal"]


def test_two_matters_that_share_their_stems_are_none() -> None:
    adapting = on(*cases("adapting mirrors", 3), *cases("adaptive mirror", 3), *cases("adaptation mirrored", 3))
    assert phrases(adapting) == []


def test_what_papers_use_and_do_not_write_of_is_left_out() -> None:
    using = on(*(f"Case {n} of ropes" for n in range(14)), abstract="Tidal mirrors are there.")
    assert phrases([*using, *on(*cases("tidal mirrors", 2))]) == []
    assert phrases([*using, *on(*cases("tidal mirrors", 4))]) == ["tidal mirrors"]


def test_a_series_of_one_group_is_no_trend() -> None:
    assert phrases(on(*cases("tidal mirrors"), authors=("Bo Unreal", "Ada Inventada"))) == []


def test_few_papers_or_a_usual_share_are_no_news() -> None:
    assert phrases(on(*cases("tidal mirrors", FEWEST))) == ["tidal mirrors"]
    assert phrases(on(*cases("tidal mirrors", FEWEST - 1))) == []
    weeks = [paper(f"8{n}", f"Tidal mirrors, part {n}", **LONG_AGO) for n in range(COMPARABLE)]
    assert phrases(on(*cases("tidal mirrors")), weeks) == []
    assert phrases(on(*cases("tidal mirrors")), WEEKS[1:]) == []


def test_of_two_that_the_same_papers_use_one_is_told() -> None:
    both = on(*cases("tidal mirrors and tidal sails", 5), "Tidal mirrors")
    assert phrases(both) == ["tidal mirrors"]
    assert phrases(on(*cases("tidal mirrors: salted ropes"))) == ["salted ropes", "tidal mirrors"]
    apart = on(*cases("tidal mirrors"), *cases("tidal sails", 8))
    assert phrases(apart) == ["tidal sails", "tidal mirrors"]


def some(phrase: str, papers: int, times: float) -> Rising:
    return Rising(phrase=phrase, papers=papers, times=times, fields=("cs.LG",))


def test_of_several_days_the_one_it_stood_out_most() -> None:
    monday = (some("tidal mirrors", 9, 4.0), some("salted ropes", 5, 3.0))
    tuesday = (some("Tidal mirror", 4, 3.0), some("Möbius bands", 12, 6.0))
    assert combined([monday, tuesday]) == combined([tuesday, monday]) == (tuesday[1], monday[0], monday[1])
    assert combined([]) == ()
    assert len(combined([[some(f"matter {n}", 5, 3.0) for n in range(MOST + 5)]])) == MOST
    editions = [Edition(date=DAY, cutoff_at=NOW, rising=monday), edition_of([])]
    assert combine(editions).rising == monday


def test_of_a_phrase_and_a_longer_one_that_holds_it_one_is_told_of_several_days() -> None:
    short, long = some("tidal mirrors", 9, 4.0), some("Salted tidal mirror", 8, 6.0)
    assert combined([[short], [long]]) == (long,)
    short = some("tidal mirrors", 20, 8.0)
    assert combined([[short], [long]]) == (short,)
    others = some("tidal ropes", 5, 3.0), some("mirrors of ropes", 5, 3.0)
    assert set(combined([[short], others])) == {short, *others}
