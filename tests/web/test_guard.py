"""S8: which hosts and whose forms a site answers, and where its pages lead."""

import re
from datetime import datetime

import pytest

from digest.model import Subscriber
from digest.store.engine import Store
from digest.tokens import Purpose
from digest.web.guard import LARGEST_BODY
from tests.web.browser import SITE, TOKENS, Elements
from tests.web.visits import ADDRESS, Visitors, requests

OURS = SITE.base_url
PATHS = ("/", "/preview", "/link")


@pytest.fixture
def visitors(store: Store, now: datetime) -> Visitors:
    return Visitors(store, now)


def sent(visitors: Visitors, path: str, **headers: str) -> int:
    data = {"address": ADDRESS, "stamp": visitors.stamp()}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitors.browser.post(path, data=data, headers=named).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "origin": OURS},
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example:443"},
        {"origin": "https://papers.example.org.evil.example"},
        {"origin": "https://evil.example/https://papers.example.org"},
        {"origin": "null"},
        {"origin": ""},
    ],
    ids=str,
)
def test_a_form_on_another_site_does_nothing_here(visitors: Visitors, store: Store, headers: dict[str, str]) -> None:
    assert [sent(visitors, path, **headers) for path in PATHS] == [403] * 3
    assert not requests(store)
    assert not visitors.knocks


@pytest.mark.parametrize(("below", "status"), [("", 200), ("/undo", 403), ("/reason", 403)])
def test_only_the_way_out_is_open_to_whoever_shows_the_mail(
    visitors: Visitors, ada: Subscriber, below: str, status: int
) -> None:
    path = f"/u/{TOKENS.issue(Purpose.UNSUBSCRIBE, ada.id, ada.token_version)}"
    answer = visitors.browser.post(f"{path}{below}", headers={"origin": "https://mail.example"})
    assert answer.status_code == status


@pytest.mark.parametrize("length", [b"\xb2", b"-1", b"1e3", b"", b"9" * 400])
def test_a_length_that_is_none_is_refused(visitors: Visitors, length: bytes) -> None:
    assert visitors.browser.post("/link", headers={b"content-length": length}).status_code == 413


def test_our_own_forms_are_taken(visitors: Visitors) -> None:
    for headers in (
        {},  # no browser
        {"sec_fetch_site": "same-origin", "origin": OURS},
        {"sec_fetch_site": "none"},
        {"origin": OURS},
        {"origin": OURS.upper()},
        {"origin": "http://localhost:8080"},
    ):
        assert [sent(visitors, path, **headers) for path in PATHS] == [200] * 3, headers


def test_our_own_forms_say_where_they_come_from(visitors: Visitors) -> None:
    """With `no-referrer` a browser sends `Origin: null` with them, and they would be refused over plain http."""
    assert visitors.get("/").headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("host", ["evil.example", "papers.example.org.evil.example", "", "evil.example:443", "[::2]"])
def test_another_host_is_not_served(visitors: Visitors, host: str) -> None:
    answer = visitors.browser.request("GET", "/", headers={"host": host})
    assert answer.status_code == 421
    assert "evil.example" not in answer.text
    assert f'<a href="{OURS}">' in answer.text


def test_who_is_refused_is_told_in_their_language(visitors: Visitors) -> None:
    """Before any page is asked: with another site's form, too much in it, or another name for the site."""
    cases = [
        ({"origin": "https://evil.example"}, b"", 403),
        ({}, b"x" * (LARGEST_BODY + 1), 413),
        ({"host": "x"}, b"", 421),
    ]
    for headers, body, status in cases:
        german = {**headers, "accept-language": "de"}
        answer = visitors.browser.request("POST", "/link", headers=german, content=body)
        assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
        assert '<html lang="de"' in answer.text
        english = visitors.browser.request("POST", "/link", headers=headers, content=body)
        assert Elements(english.text).named("h1")
        assert answer.text.partition("<h1>")[2][:20] != english.text.partition("<h1>")[2][:20]


def test_no_header_bends_a_link(visitors: Visitors) -> None:
    for header in ("x-forwarded-host", "forwarded", "x-original-url", "x-rewrite-url", "x-host"):
        answer = visitors.browser.request("GET", "/link", headers={header: "evil.example"})
        assert answer.status_code == 200
        assert "evil.example" not in answer.text


@pytest.mark.parametrize("path", ["/", "/link", "/c/x"])
def test_links_and_forms_stay_here(visitors: Visitors, path: str) -> None:
    page = Elements(visitors.get(path).text)
    leads = [
        str(element.get("href") or element.get("action") or element.get("formaction") or "/")
        for _, element in page.found
    ]
    assert all(re.match(r"/(?!/)|mailto:|#|\?lang=", lead) for lead in leads)


@pytest.mark.parametrize("value", ["//evil.example", "https://evil.example", "javascript:alert(1)", "%0d%0aLocation:x"])
def test_nothing_in_an_address_leads_elsewhere(visitors: Visitors, value: str) -> None:
    query = "&".join(f"{name}={value}" for name in ("next", "url", "redirect", "return_to", "lang", "continue"))
    for path in ("/", "/link", "/c/x", "//evil.example/"):
        answer = visitors.get(f"{OURS}{path}?{query}")
        assert answer.status_code in (200, 404)
        assert "location" not in answer.headers
        assert "evil.example" not in answer.text
        assert "javascript:" not in answer.text


def test_other_methods_do_nothing(visitors: Visitors, store: Store) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"):
        assert {visitors.browser.request(method, path).status_code for path in PATHS} == {405}
    assert not requests(store)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", ""]
)
def test_bodies_that_are_no_form_are_refused_in_peace(visitors: Visitors, store: Store, kind: str) -> None:
    for body in (b"\xff\xfe", b"address=%00%ff", b"a" * 60_000, b"&" * 3_000, b"address=" + b"x" * 60_000):
        answer = visitors.browser.post("/link", content=body, headers={"content-type": kind})
        assert answer.status_code in (400, 413, 422)
    assert not requests(store)


def test_a_body_without_an_announced_length_is_counted(visitors: Visitors) -> None:
    async def endless():  # type: ignore[no-untyped-def]
        for _ in range(1_000):
            yield b"topics=" + b"x" * 1_000

    answer = visitors.browser.post(
        "/", content=endless(), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413
