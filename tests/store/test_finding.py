"""Papers are found by their words and by their categories, the newest first."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from digest.store.engine import Store
from digest.store.finding import LONGEST, MOST, words_of
from tests.store.cast import DAY, NOON, paper


@pytest.fixture
def shelf(store: Store) -> Store:
    """Four papers, seen one after the other."""
    listed = [
        paper(1, title="Growing networks of ferns", abstract="Nothing is said of maps.", categories=("q-bio.NC",)),
        paper(2, title="Maps", abstract="We fold a network of roads.", authors=("Zoë Müller",)),
        paper(3, title="Ferns, again", abstract="On maps_of the forest.", categories=("cs.LG", "math.AG")),
        paper(4, title="100% of what_ever", abstract='It is a "quoted" NOT OR near.', categories=("math-ph",)),
    ]
    for number, one in enumerate(listed):
        store.papers.save([one], [], source="arxiv", seen_at=NOON + number * DAY)
    return store


def found(store: Store, question: str) -> list[int]:
    return [int(one.id[-5:]) for one in store.papers.search(question, 10)]


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("ferns", [3, 1]),  # the newest first
        ("FERNS maps", [3, 1]),  # all of them
        ("maps", [3, 2, 1]),
        ("network", [2, 1]),  # in whatever form
        ("müller", [2]),
        ("Müller, roads!", [2]),
        ("fern", [3, 1]),
        ("unheard-of", []),
        ("fer", []),  # whole words
    ],
)
def test_by_words(shelf: Store, question: str, numbers: list[int]) -> None:
    assert found(shelf, question) == numbers


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "%",
        "_",
        "*",
        '"',
        "'",
        "-",
        "()",
        ":*",
        "a:b",
        "\\",
        "^",
        "{title}:",
        "&|!<->",
        "\x00",
        "x" * 9999,
        "🦊",
    ],
)
def test_signs_find_nothing_and_break_nothing(shelf: Store, question: str) -> None:
    assert found(shelf, question) == []


@pytest.mark.parametrize("question", ["NOT quoted", "quoted OR", "NEAR(quoted", "quoted AND not near"])
def test_operators_are_words(shelf: Store, question: str) -> None:
    """PostgreSQL leaves English particles out of a question, SQLite looks for them."""
    assert found(shelf, question) in ([], [4])


def test_a_question_is_bounded() -> None:
    assert words_of("Same same SAME") == ["same"]
    assert words_of("x" * 1000) == ["x" * LONGEST]
    assert len(words_of(" ".join(f"word{n}" for n in range(1000)))) == MOST


def test_page_by_page(shelf: Store) -> None:
    pages = [shelf.papers.search("maps", 2, start) for start in (0, 2, 4)]
    assert [[one.id[-1:] for one in page] for page in pages] == [["3", "2"], ["1"], []]


def test_what_is_found_follows_the_paper(shelf: Store) -> None:
    shelf.papers.save(
        [paper(1, version=2, title="Mosses", abstract="Now of mosses.")], [], source="arxiv", seen_at=NOON
    )
    assert (found(shelf, "mosses"), found(shelf, "growing")) == ([1], [])
    [second] = shelf.papers.search("roads", 1)
    shelf.papers.save([replace(second, aliases=(paper(3).id,))], [], source="hf", seen_at=NOON)
    assert found(shelf, "maps") == [2]  # two that turned out to be one work


def test_a_paper_that_is_gone_is_not_found(shelf: Store) -> None:
    with shelf.database.write() as conn:
        for table in ("signal", "paper_source", "paper_alias", "paper"):
            conn.execute(text(f"DELETE FROM {table}"))
    assert found(shelf, "maps") == []


@pytest.mark.parametrize("size", [200_000, 2_000_000])
def test_a_paper_of_any_size_can_be_stored(store: Store, size: int) -> None:
    words = " ".join(f"w{n:x}" for n in range(size // 6))
    store.papers.save([paper(1, title="Long", abstract=words)], [], source="arxiv", seen_at=NOON)
    assert found(store, "long w1") == [1]


@pytest.mark.parametrize(
    ("category", "numbers"),
    [("cs.LG", [3, 2]), ("cs.*", [3, 2]), ("math.*", [3]), ("math-ph", [4]), ("math.A_", []), ("q-bio.*", [1])],
)
def test_by_category(shelf: Store, category: str, numbers: list[int]) -> None:
    assert [int(one.id[-5:]) for one in shelf.papers.listed_in(category, 10)] == numbers
