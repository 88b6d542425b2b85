"""A topic's page: what of the newest edition fits it and by which words, and what came before."""

import pytest

from digest.store.engine import Store
from tests.web.browser import Browser, Elements
from tests.web.library import TODAY, YESTERDAY, paper, publish


@pytest.fixture(autouse=True)
def shelf(store: Store) -> Store:
    publish(store, YESTERDAY, [paper(1, "Fern genomes before"), paper(2, "Maps", categories=("math.AG",))])
    publish(
        store,
        TODAY,
        [
            paper(3, "Knots", categories=("math.GT", "cs.LG")),
            paper(4, "The genome of a fern", "Of ferns, and of what a genome is.", authors=("Ada Lovelace",)),
        ],
    )
    return store


def test_what_fits_a_phrase_today_and_what_came_before(client: Browser) -> None:
    answer = client.get("/topic/fern%20genomes")
    page = answer.text
    assert "<h1>fern genomes</h1>" in page
    today, _, earlier = page.partition("From other days")
    assert "In the edition of 28 May 2026" in today
    assert "The genome of a fern" in today
    assert "Matches" in today
    assert "Your topic" not in page  # it is nobody's
    assert ("Fern genomes before" in earlier, "The genome of a fern" in earlier) == (True, False)
    assert answer.headers["x-robots-tag"] == "noindex"


@pytest.mark.parametrize(
    ("name", "today", "earlier"),
    [
        ("math.GT", ["3"], []),
        ("math.*", ["3"], ["2"]),
        ("cs.LG", ["4", "3"], ["1"]),
        ("author:Ada%20Lovelace", ["4"], []),
        ("hep-th", [], []),
    ],
)
def test_categories_and_authors(client: Browser, name: str, today: list[str], earlier: list[str]) -> None:
    answer = client.get(f"/topic/{name}")
    assert answer.status_code == 200
    parts = answer.text.partition("From other days")
    shown = [
        [str(link["href"])[-1:] for link in Elements(part).named("a") if "/paper/" in str(link["href"])]
        for part in (parts[0], parts[2])
    ]
    assert [sorted(part) for part in shown] == [sorted(today), sorted(earlier)]
    assert answer.headers["x-robots-tag"] == ("noindex" if name.startswith("author") else "all")


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/topic/CS.lg", "/topic/cs.LG"),
        ("/topic/math", "/topic/math.*"),
        ("/topic/%20fern%20%20genomes", "/topic/fern%20genomes"),
        ("/topic/author:Lovelace,%20Ada", "/topic/author:Ada%20Lovelace"),
        ("/topics?phrase=cs.lg", "/topic/cs.LG"),
        ("/topics?phrase=fern+genomes", "/topic/fern%20genomes"),
        ("/topics?phrase=//evil.example", "/topic///evil.example"),
        ("/topics?phrase=input/output", "/topic/input/output"),
    ],
)
def test_a_topic_has_one_address(client: Browser, asked: str, path: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("name", ["the", "x", "author:", "author:7", "%00", "a%0Ab", "y" * 101, ""])
def test_what_can_be_no_topic(client: Browser, name: str) -> None:
    assert client.get(f"/topic/{name}").status_code == 404


def test_the_fields_of_the_newest_edition(client: Browser) -> None:
    page = client.get("/topics").text
    assert "Fields of the edition of 28 May 2026" in page
    links = [link["href"] for link in Elements(page).named("a")]
    assert {"/topic/cs.LG", "/topic/math.GT"} <= set(links)
    assert "/topic/math.AG" not in links  # of yesterday
    assert "That cannot be a topic" in client.get("/topics?phrase=the").text


def test_without_an_edition(store: Store, client: Browser) -> None:
    with store.database.write() as conn:
        conn.exec_driver_sql("DELETE FROM edition_entry")
    assert client.get("/topics").status_code == 200
    page = client.get("/topic/cs.LG").text
    assert "The first edition has yet to appear." in page
