"""The archive: one page for each edition, for good; what a cache may keep, and what nobody may see yet."""

from datetime import date, datetime, timedelta

import pytest
from fastapi import FastAPI

from digest.clock import FixedClock
from digest.model import Rising
from digest.store.engine import Store
from digest.web.archive import PAGE
from digest.web.server import create_app
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser, Elements
from tests.web.library import TODAY, YESTERDAY, cutoff, paper, publish

DAY = timedelta(days=1)


@pytest.fixture
def shelf(store: Store) -> Store:
    publish(store, YESTERDAY, [paper(1, "Of yesterday")])
    publish(store, TODAY, [paper(2, "The first of $\\alpha_2$"), paper(3), paper(4)], ["one source was silent"])
    return store


def _later(store: Store, now: datetime) -> FastAPI:
    return create_app(store, TOKENS, TEMPLATES, SITE, FixedClock(now))


def hrefs(page: str) -> list[str]:
    return [str(link["href"]) for link in Elements(page).named("a")]


# --- an edition ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shelf")
def test_an_edition_is_a_table_of_contents(client: Browser) -> None:
    answer = client.get("/2026-05-28")
    assert answer.status_code == 200
    page = answer.text
    assert "<h1>Thursday, 28 May 2026</h1>" in page
    assert "3 papers that were new or rising" in page
    assert "The first of α<sub>2</sub>" in page
    assert "+36 upvotes in 20 h" in page
    assert "▁▄█" in page
    assert "12 → 48" in page
    assert "one source was silent" in page
    assert page.index("The first of") < page.index("map 3 times") < page.index("map 4 times")
    assert {"/paper/arxiv:2605.00002", "/2026-05-27", "https://arxiv.org/abs/2605.00002"} <= set(hrefs(page))
    assert "For you" not in page  # it is for everybody


def test_phrases_that_rise_lead_to_a_search_for_them(store: Store, client: Browser) -> None:
    rising = (
        Rising(phrase="tidal <b>mirrors</b> & sails", papers=6, times=12.34, fields=("cs.CV",)),
        Rising(phrase="salted ropes", papers=4, times=2.04),
    )
    publish(store, TODAY, [paper(number) for number in range(1, PAGE + 2)], rising=rising)
    page = client.get("/2026-05-28").text
    assert "tidal &lt;b&gt;mirrors&lt;/b&gt; &amp; sails" in page
    assert page.index("6 papers, 12× the usual") < page.index("4 papers, 2× the usual") < page.index("map 1 times")
    assert {"/search?q=tidal+%3Cb%3Emirrors%3C%2Fb%3E+%26+sails", "/search?q=salted+ropes"} <= set(hrefs(page))
    assert "salted ropes" not in client.get("/2026-05-28?page=2").text


@pytest.mark.usefixtures("shelf")
def test_a_day_without_rising_phrases_says_nothing_of_them(client: Browser) -> None:
    assert "Rising that day" not in client.get("/2026-05-28").text


@pytest.mark.usefixtures("shelf")
def test_it_leads_to_the_days_before_and_after(client: Browser) -> None:
    first, second = client.get("/2026-05-27").text, client.get("/2026-05-28").text
    assert ("/2026-05-28" in hrefs(first), "/2026-05-26" in hrefs(first)) == (True, False)
    assert ("/2026-05-27" in hrefs(second), "/2026-05-29" in hrefs(second)) == (True, False)


@pytest.mark.parametrize(
    "path",
    [
        "/2026-05-26",
        "/2026-13-01",
        "/20260528",
        "/2026-W22-4",
        "/2026-5-28",
        "/0000-00-00",
        "/x",
        "/%00",
        "/2026-05-28%00",
        "/" + "9" * 5000,
        "/2026-05-28?page=2",
        "/2026-05-28?page=0",
        "/2026-05-28?page=-1",
        "/2026-05-28?page=x",
        "/2026-05-28?page=" + "9" * 5000,
        "/2026-05-28?page=%C2%B2",
        "/archive?month=2026-06",
        "/archive?month=x",
        "/archive?month=2026-05-28",
    ],
)
@pytest.mark.usefixtures("shelf")
def test_what_there_is_not(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_an_edition_of_the_future_is_not_shown(client: Browser, shelf: Store, now: datetime) -> None:
    assert cutoff(TODAY + DAY) > now
    publish(shelf, TODAY + DAY, [paper(9, "Of tomorrow")])
    assert client.get("/2026-05-29").status_code == 404
    assert "/2026-05-29" not in client.get("/2026-05-28").text
    assert "Of tomorrow" not in client.get("/archive").text


def test_an_empty_edition_says_so(client: Browser, store: Store) -> None:
    publish(store, TODAY, [], ["no paper is new and none is rising"])
    page = client.get("/2026-05-28").text
    assert "No papers that day." in page
    assert "no paper is new and none is rising" in page
    assert "No papers that day" in client.get("/archive").text


def test_a_long_edition_has_pages(client: Browser, store: Store) -> None:
    publish(store, TODAY, [paper(n) for n in range(1, PAGE + 2)])
    first, second = client.get("/2026-05-28").text, client.get("/2026-05-28?page=2").text
    assert (f"map {PAGE} times" in first, f"map {PAGE + 1} times" in first) == (True, False)
    assert (f"map {PAGE} times" in second, f"map {PAGE + 1} times" in second) == (False, True)
    assert "Page 2 of 2." in second
    assert "/2026-05-28?page=2" in hrefs(first)
    assert "/2026-05-28" in hrefs(second)
    [canonical] = [link for link in Elements(second).named("link") if link["rel"] == "canonical"]
    assert canonical["href"] == "https://papers.example.org/2026-05-28?page=2"


# --- all of them ---------------------------------------------------------------------------------------------------


def test_the_archive_names_the_editions_of_a_month_by_what_led_them(client: Browser, shelf: Store) -> None:
    publish(shelf, date(2026, 4, 30), [paper(8, "Of April")])
    page = client.get("/archive").text
    assert "<h1>Archive: May 2026</h1>" in page
    assert page.index("28 May 2026") < page.index("27 May 2026")
    assert "The first of α<sub>2</sub>" in page
    assert "3 papers" in page
    assert "1 paper<" in page
    assert "Of April" not in page
    assert "/archive?month=2026-04" in hrefs(page)
    april = client.get("/archive?month=2026-04").text
    assert ("Of April" in april, "Of yesterday" in april) == (True, False)


def test_an_archive_without_editions(client: Browser) -> None:
    answer = client.get("/archive")
    assert answer.status_code == 200
    assert "The first edition has yet to appear." in answer.text


# --- caches --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shelf")
def test_how_long_caches_may_keep_them(client: Browser) -> None:
    keep = {path: client.get(path).headers["cache-control"] for path in ("/2026-05-27", "/2026-05-28", "/archive")}
    assert keep == {
        "/2026-05-27": "public, max-age=86400",
        "/2026-05-28": "public, max-age=300",
        "/archive": "public, max-age=300",
    }


def test_who_has_it_already_is_told_so(client: Browser, shelf: Store, now: datetime) -> None:
    before = client.get("/2026-05-28")
    tag, changed = before.headers["etag"], before.headers["last-modified"]
    assert changed == "Thu, 28 May 2026 04:00:00 GMT"
    for asked in ({"If-None-Match": tag}, {"If-None-Match": f'"x", W/{tag}'}, {"If-Modified-Since": changed}):
        answer = client.request("GET", "/2026-05-28", headers=asked)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert answer.headers["vary"] == "Accept-Language"
    for asked in (
        {"If-None-Match": '"x"', "If-Modified-Since": changed},
        {"If-Modified-Since": "Wed, 27 May 2026 04:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-None-Match": tag, "Accept-Language": "de"},
    ):
        assert client.request("GET", "/2026-05-28", headers=asked).status_code == 200
    publish(shelf, TODAY + DAY, [paper(9)])
    tomorrow = Browser(_later(shelf, now + DAY))
    after = tomorrow.get("/2026-05-28")
    assert after.headers["etag"] != tag
    assert after.headers["last-modified"] == "Fri, 29 May 2026 04:00:00 GMT"


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("path", ["/archive", "/2026-05-28", "/2026-05-27", "/search?q=map", "/topics", "/topic/cs.LG"])
def test_a_head_is_a_get_without_its_body(client: Browser, path: str) -> None:
    get, head = client.get(path), client.request("HEAD", path)
    assert (head.status_code, dict(head.headers)) == (200, dict(get.headers))
    assert client.post(path).status_code == 405


def test_robots_are_asked_to_leave_personal_pages_alone(client: Browser) -> None:
    answer = client.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /p/", "Disallow: /u/", "Disallow: /search"} <= set(lines)
    assert "Disallow: /" not in lines
