"""The way out of the list: looking changes nothing, posting unsubscribes, and only with the reader's own link."""

import hashlib
from dataclasses import replace
from datetime import datetime

import pytest

from digest.clock import FixedClock
from digest.model import Subscriber, SubscriberState
from digest.store.engine import Store
from digest.tokens import Purpose, Tokens
from digest.web.context import masked
from digest.web.server import create_app
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser, Elements, state

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def link(subscriber: Subscriber, version: int | None = None) -> str:
    version = subscriber.token_version if version is None else version
    return f"/u/{TOKENS.issue(Purpose.UNSUBSCRIBE, subscriber.id, version)}"


# --- looking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(client: Browser, store: Store, ada: Subscriber, method: str) -> None:
    for _ in range(3):
        assert client.request(method, link(ada)).status_code == 200
    assert store.subscribers.by_id(ada.id) == store.subscribers.get(ada.address)
    assert state(store, ada) is SubscriberState.ACTIVE


def test_the_page_names_the_site_and_a_masked_address_and_has_one_button(client: Browser, ada: Subscriber) -> None:
    page = client.get(link(ada)).text
    assert "The &lt;Morning&gt; Papers" in page
    assert "A•••@example.org" in page
    assert "lovelace" not in page.lower()
    elements = Elements(page)
    assert elements.named("form") == [{"method": "post"}]  # to the page's own address
    assert {field["name"]: field["value"] for field in elements.named("input")} == ONE_CLICK
    assert len(elements.named("button")) == 1


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en-GB"), ("de", "de"), ("xx", "en")])
def test_a_page_says_which_language_it_is_in(
    store: Store, ada: Subscriber, now: datetime, locale: str, language: str
) -> None:
    site = replace(SITE, locale=locale)
    browser = Browser(create_app(store, TOKENS, TEMPLATES, site, FixedClock(now)))
    [attributes] = Elements(browser.get(link(ada)).text).named("html")
    assert attributes["lang"] == language


def test_a_head_says_what_a_get_says(client: Browser, ada: Subscriber) -> None:
    get, head = client.get(link(ada)), client.request("HEAD", link(ada))
    assert head.headers == get.headers


@pytest.mark.parametrize(
    ("address", "shown"), [("ada@example.org", "a•••@example.org"), ("x@example.org", "x•••@example.org")]
)
def test_masking(address: str, shown: str) -> None:
    assert masked(address) == shown


# --- leaving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["one-click", "one-click, multipart", "form", "no body"])
def test_posting_unsubscribes_at_once(client: Browser, store: Store, ada: Subscriber, how: str) -> None:
    if how == "one-click, multipart":
        answer = client.post(link(ada), files={"List-Unsubscribe": (None, "One-Click")})
    else:
        answer = client.post(link(ada), data=None if how == "no body" else ONE_CLICK)
    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    assert state(store, ada) is SubscriberState.UNSUBSCRIBED


def test_posting_needs_no_cookie_and_sets_none_and_does_not_redirect(client: Browser, ada: Subscriber) -> None:
    answer = client.post(link(ada), data=ONE_CLICK)
    assert "set-cookie" not in answer.headers
    assert "location" not in answer.headers


def test_posting_again_says_the_same(client: Browser, store: Store, ada: Subscriber) -> None:
    first, second = client.post(link(ada), data=ONE_CLICK), client.post(link(ada), data=ONE_CLICK)
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert state(store, ada) is SubscriberState.UNSUBSCRIBED
    assert client.get(link(ada)).text == second.text


@pytest.mark.parametrize("before", [SubscriberState.PENDING, SubscriberState.PAUSED])
def test_readers_who_get_no_mail_now_can_leave_too(
    client: Browser, store: Store, ada: Subscriber, before: SubscriberState, now: datetime
) -> None:
    store.subscribers.set_state(ada.id, before, "for the test", now)
    client.post(link(ada), data=ONE_CLICK)
    assert state(store, ada) is SubscriberState.UNSUBSCRIBED


def test_a_suppressed_reader_stays_suppressed(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    store.subscribers.set_state(ada.id, SubscriberState.SUPPRESSED, "complained", now)
    assert client.post(link(ada), data=ONE_CLICK).status_code == 200
    assert state(store, ada) is SubscriberState.SUPPRESSED


def test_nobody_else_is_unsubscribed(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    bob = store.subscribers.add(replace(ada, id=0, address="bob@example.org"), now)
    client.post(link(ada), data=ONE_CLICK)
    assert state(store, bob) is SubscriberState.ACTIVE


# --- links that are not ours ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("kind", ["garbage", "revoked", "unknown reader", "another secret"])
def test_a_link_that_is_not_ours_is_not_found(
    client: Browser, store: Store, ada: Subscriber, method: str, kind: str
) -> None:
    path = {
        "garbage": "/u/%00%ff..;x",
        "revoked": link(ada, version=ada.token_version - 1),
        "unknown reader": link(replace(ada, id=ada.id + 1)),
        "another secret": f"/u/{Tokens(b'other').issue(Purpose.UNSUBSCRIBE, ada.id, ada.token_version)}",
    }[kind]
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert method == "HEAD" or "This link does not work" in answer.text
    assert "example.org" not in answer.text.replace("team@example.org", "")
    assert state(store, ada) is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/u/", 404),
        ("GET", "/docs", 404),
        ("GET", "/redoc", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "//evil.example/", 404),
        ("PUT", "/u/x", 405),
        ("DELETE", "/u/x", 405),
    ],
)
def test_there_is_nothing_else(client: Browser, method: str, path: str, status: int) -> None:
    answer = client.request(method, f"https://papers.example.org{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


# --- every answer --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/u/x", "/nothing", "own"])
def test_every_answer_is_guarded(client: Browser, ada: Subscriber, path: str) -> None:
    headers = client.get(link(ada) if path == "own" else path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


def test_nothing_is_styled_or_run_from_within_a_page(client: Browser, ada: Subscriber) -> None:
    page = client.get(link(ada)).text
    assert " style=" not in page
    assert "<style" not in page
    assert "<script>" not in page


def test_the_style_sheet_is_there_for_ever_under_its_own_name(client: Browser, ada: Subscriber) -> None:
    [sheet] = [a for a in Elements(client.get(link(ada)).text).named("link") if a["rel"] == "stylesheet"]
    answer = client.get(str(sheet["href"]))
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert hashlib.sha256(answer.content).hexdigest()[:12] in str(sheet["href"])


@pytest.mark.parametrize("path", ["/style-0123456789ab.css", "/script-0123456789ab.js"])
def test_a_page_from_before_an_upgrade_finds_the_files_of_today(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 200), (64 * 1024 + 1, 413), (10**7, 413)])
def test_large_bodies_are_turned_away(client: Browser, store: Store, ada: Subscriber, size: int, status: int) -> None:
    assert client.post(link(ada), content=b"x" * size).status_code == status
    assert state(store, ada) is (SubscriberState.UNSUBSCRIBED if status == 200 else SubscriberState.ACTIVE)


@pytest.mark.parametrize("length", ["-1", "abc", "9" * 400, "1e9"])
def test_a_length_that_is_no_number_is_turned_away(client: Browser, ada: Subscriber, length: str) -> None:
    assert client.post(link(ada), content=b"", headers={"content-length": length}).status_code == 413
