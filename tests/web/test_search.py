"""The search: words find papers, an id finds its paper, anything else finds nothing and breaks nothing."""

from urllib.parse import quote

import pytest

from digest.store.engine import Store
from digest.web.search import PAGE
from tests.web.browser import Browser, Elements
from tests.web.library import TODAY, YESTERDAY, paper, publish


@pytest.fixture(autouse=True)
def shelf(store: Store) -> Store:
    publish(store, YESTERDAY, [paper(1, "Ferns that count"), paper(2, "Maps", authors=("Zoë Müller",))])
    publish(store, TODAY, [paper(3, "Ferns that fold maps")])
    return store


def titles(client: Browser, question: str) -> list[str]:
    answer = client.get(f"/search?q={quote(question)}")
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex"
    return [str(link["href"])[-1:] for link in Elements(answer.text).named("a") if "/paper/" in str(link["href"])]


@pytest.mark.parametrize(
    "path", ["/search?q=ferns+maps", "/search?q=maps&page=1", "/archive?month=2026-05", "/topic/cs.LG"]
)
def test_in_another_language_it_is_the_same_page(client: Browser, path: str) -> None:
    def lists(page: str) -> list[str]:
        return [str(link["href"]) for link in Elements(page).named("a") if "/paper/arxiv" in str(link["href"])]

    page = client.get(path).text
    [german] = [link["href"] for link in Elements(page).named("a") if link.get("hreflang") == "de"]
    answer = client.get(str(german))
    assert '<html lang="de"' in answer.text
    assert lists(answer.text) == lists(page)
    assert 'value="ferns maps"' in answer.text or "ferns" not in path


def test_without_a_question_there_is_a_field(client: Browser) -> None:
    page = client.get("/search").text
    [field] = Elements(page).named("input")
    assert (field["name"], field["value"]) == ("q", "")
    assert {"for": "q"} in Elements(page).named("label")


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("ferns", ["3", "1"]),
        ("ferns fold", ["3", "1"]),
        ("ferns that fold moles", []),
        ("zoë", ["2"]),
        ("müller", ["2"]),
        ("2605.00002", ["2"]),
        ("arXiv:2605.00002v3", ["2"]),
        ("https://arxiv.org/abs/2605.00002", ["2"]),
        ("10.48550/arXiv.2605.00002", ["2"]),
        ("10.1000/nothing", []),
        ("giraffes", []),
    ],
)
def test_what_is_found(client: Browser, question: str, found: list[str]) -> None:
    assert titles(client, question) == found


def test_the_question_stands_in_its_field_as_it_was_asked(client: Browser) -> None:
    page = client.get("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page
    assert Elements(page).named("input")[0]["value"] == '"><script>alert(1)</script>'
    assert "No paper has all these words." in page


@pytest.mark.parametrize(
    "question", ["%00", "%", "%FF%FE", "%ED%A0%80", "x" * 5000, "%25_%25", "'; drop table paper --", "%0D%0AX: y", "*"]
)
@pytest.mark.parametrize("path", ["/search?q=", "/topics?phrase=", "/topic/"])
def test_no_question_breaks_it(client: Browser, path: str, question: str) -> None:
    answer = client.get(path + question.replace(" ", "+"))
    assert answer.status_code in (200, 303, 404)
    assert "\n" not in answer.headers.get("location", "")
    assert answer.headers.get("location", "/topic/").startswith("/topic/")


def test_more_than_a_page(client: Browser, store: Store) -> None:
    many = [paper(n, f"Many moles, {n}") for n in range(100, 100 + PAGE + 1)]
    store.papers.save(many, [], source="arxiv", seen_at=store.editions.list(1)[0].cutoff_at)
    first = client.get("/search?q=moles").text
    assert "/search?q=moles&amp;page=2" in first
    second = client.get("/search?q=moles&page=2").text
    assert (first.count("<article"), second.count("<article")) == (PAGE, 1)
    assert 'href="/search?q=moles"' in second
    assert client.get("/search?q=moles&page=21").status_code == 404


def test_a_question_that_can_be_a_topic_leads_to_it(client: Browser) -> None:
    links = [link["href"] for link in Elements(client.get("/search?q=fern+genomes").text).named("a")]
    assert "/topic/fern%20genomes" in links
