"""A reader is told of what rises in the fields they follow or are sent papers of, and never of what they muted."""

import pytest

from digest.editorial.rising_for import MOST
from digest.editorial.selection import Rules, Selector, Wanted
from digest.model import Digest, Edition, Paper, Rising, Topic
from tests.editorial.newsroom import DAY, NOW, author, category, edition_of, paper, phrase, reader

RISING = tuple(
    Rising(phrase=words, papers=9, times=4.0, fields=fields)
    for words, fields in (
        ("tidal mirrors", ("cs.CV", "cs.LG")),
        ("offline reinforcement learning", ("cs.LG",)),
        ("salted surfaces", ("math.AG",)),
        ("robot hands", ("cs.RO",)),
    )
)
ROPES = paper("1", "Counting ropes", "A rope is counted.", categories=("cs.DM", "cs.CV"))


def told(*topics: Topic, papers: tuple[Paper, ...] = (ROPES,), rising: tuple[Rising, ...] = RISING) -> list[str]:
    entries = edition_of(papers).entries
    edition = Edition(date=DAY, cutoff_at=NOW, entries=entries, rising=rising)
    (result,) = Selector(edition, Rules()).select([Wanted(reader(phrase("ropes"), *topics), DAY, frozenset())])
    assert isinstance(result, Digest)
    return [one.phrase for one in result.rising]


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        ([], []),
        ([category("cs.LG")], ["tidal mirrors", "offline reinforcement learning"]),
        ([category("math.*")], ["salted surfaces"]),
        ([category("math.AG"), category("cs.RO")], ["salted surfaces", "robot hands"]),
        ([category("cs.*")], ["tidal mirrors", "offline reinforcement learning", "robot hands"]),
        ([category("math.NA"), author("Ada Inventada"), phrase("tidal mirrors")], []),
    ],
)
def test_by_the_categories_they_follow(topics: list[Topic], expected: list[str]) -> None:
    assert told(*topics) == expected


def test_by_the_field_of_what_they_are_sent() -> None:
    surfaces = paper("1", "Ropes on surfaces", categories=("math.AG", "cs.CV"))
    assert told(papers=(surfaces,)) == ["salted surfaces"]
    unsorted = paper("1", "Ropes of nowhere")
    assert told(papers=(unsorted,)) == []


@pytest.mark.parametrize(
    ("mute", "gone"),
    [
        (phrase("reinforcement learning", muted=True), "offline reinforcement learning"),
        (phrase("Tidal mirror", muted=True), "tidal mirrors"),
        (category("cs.CV", muted=True), "tidal mirrors"),
        (category("cs.LG", muted=True), "offline reinforcement learning"),
        (category("cs.RO", muted=True), "robot hands"),
    ],
)
def test_never_what_they_muted(mute: Topic, gone: str) -> None:
    unmuted = told(category("cs.*"), papers=(paper("1", "Counting ropes", categories=("cs.DM",)),))
    muted = told(category("cs.*"), mute, papers=(paper("1", "Counting ropes", categories=("cs.DM",)),))
    assert gone in unmuted
    assert muted == [one for one in unmuted if one != gone]


@pytest.mark.parametrize("mute", ["learning of reinforcement", "mirrors", "offline"])
def test_a_mute_means_its_words_one_after_the_other(mute: str) -> None:
    assert ("offline reinforcement learning" in told(category("cs.*"), phrase(mute, muted=True))) == (mute != "offline")


def test_no_more_than_can_be_read() -> None:
    many = tuple(Rising(phrase=f"matter {n}", papers=9, times=4.0, fields=("cs.LG",)) for n in range(MOST + 3))
    assert told(category("cs.LG"), rising=many) == [one.phrase for one in many[:MOST]]
