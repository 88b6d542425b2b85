"""A paper's own page: one address for a work, whatever it was called before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.store.engine import Store
from digest.web.paper import MOST_AUTHORS
from tests.web.browser import Browser, Elements
from tests.web.library import TODAY, YESTERDAY, cutoff, paper, publish

PATH = "/paper/arxiv:2605.00001"


def test_it_says_all_that_is_known(client: Browser, store: Store) -> None:
    one = paper(1, "On $O(n^2)$ ferns", "First. " + "They grow. " * 100, categories=("q-bio.NC", "cs.LG", "made.up"))
    publish(store, TODAY, [one])
    answer = client.get(PATH)
    assert answer.status_code == 200
    page = answer.text
    assert "<h1>On O(n<sup>2</sup>) ferns</h1>" in page
    assert "<title>On O(n²) ferns · " in page
    assert "Ada Inventada, Bo Unreal" in page
    assert page.count("They grow.") == 100
    assert "26 May 2026" in page
    links = {str(link["href"]) for link in Elements(page).named("a")}
    assert {"/topic/q-bio.NC", "/topic/cs.LG", "/2026-05-28", "https://arxiv.org/pdf/2605.00001"} <= links
    assert "Neurons and Cognition" in page
    assert not [link for link in links if "made.up" in link]
    assert "rank 1" in page
    assert "+36 upvotes in 20 h" in page
    assert answer.headers["cache-control"] == "public, max-age=3600"


def test_each_edition_that_listed_it_is_named_the_newest_first(client: Browser, store: Store) -> None:
    publish(store, YESTERDAY, [paper(9), paper(1)])
    publish(store, TODAY, [paper(1)])
    publish(store, TODAY + timedelta(days=1), [paper(1)])  # has not appeared yet
    page = client.get(PATH).text
    assert page.index("Thursday, 28 May 2026") < page.index("Wednesday, 27 May 2026")
    assert "29 May" not in page
    assert page.index("rank 1") < page.index("rank 2")


def test_a_paper_in_no_edition_has_a_page_too(client: Browser, store: Store) -> None:
    updated = datetime(2026, 5, 27, tzinfo=UTC)
    listed = paper(
        1, version=3, updated_at=updated, published_at=None, abstract="x", authors=(), categories=(), links={}
    )
    store.papers.save([listed], [], source="arxiv", seen_at=cutoff(TODAY))
    page = client.get(PATH).text
    assert "28 May 2026" in page
    assert "version 3 of 27 May 2026" in page
    assert "In these editions" not in page


def test_other_names_of_the_work_lead_to_its_page(client: Browser, store: Store) -> None:
    publish(store, YESTERDAY, [paper(1)])
    publish(store, TODAY, [paper(2, id="doi:10.1000/made/up", aliases=("work:abc",))])
    known = store.papers.get("arxiv:2605.00001")
    assert known
    store.papers.save([replace(known, aliases=("doi:10.1000/made/up",))], [], source="hf", seen_at=cutoff(TODAY))
    for other in ("/paper/doi:10.1000/made/up", "/paper/work:abc"):
        answer = client.get(other)
        assert (answer.status_code, answer.headers["location"]) == (301, PATH)
    page = client.get(PATH).text
    assert ("28 May 2026" in page, "27 May 2026" in page) == (True, True)  # what either was listed in


@pytest.mark.parametrize(
    "path",
    ["/paper/", "/paper/arxiv:2605.00002", "/paper/%00", "/paper/arxiv:2605.00001%00", "/paper//evil.example/",
     "/paper/" + "9" * 9000, "/paper/%F0%9F%A6%8A", "/paper/..%2F..", "/paper/%ED%A0%80"],
)  # fmt: skip
def test_what_there_is_not(client: Browser, store: Store, path: str) -> None:
    publish(store, TODAY, [paper(1)])
    answer = client.get(path)
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_thousands_of_authors_are_bounded(client: Browser, store: Store) -> None:
    publish(store, TODAY, [paper(1, authors=tuple(f"Nobody {n}" for n in range(3000)))])
    page = client.get(PATH).text
    assert f"Nobody {MOST_AUTHORS - 1} and 2,940 more" in page
    assert "Nobody 60" not in page
