"""The eyes see: each thing they look for is found on a page that has it, and nothing on one that has not."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Eyes, malformed

PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>A page</title>{style}</head><body><main><h1>A page</h1>{body}</main>'
)
BARE = PAGE.format(style="", body="")


@pytest.fixture(scope="module")
def eyes(browser: Browser) -> Iterator[Eyes]:
    context = browser.new_context()
    yield Eyes(context)
    context.close()


def test_a_good_page_is_good(eyes: Eyes) -> None:
    eyes.page.set_content(BARE)
    assert (eyes.inaccessible(), eyes.overflowing(), malformed(BARE)) == ([], [], [])


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('<img src="">', "image-alt"),
        ('<input name="q">', "label"),
        ('<p style="color: #ccc">Faint</p>', "color-contrast"),
        (
            '<button style="width: 9px; height: 9px">×</button><button style="width: 9px; height: 9px">÷</button>',
            "target-size",
        ),
    ],
)
def test_what_keeps_people_out_is_seen(eyes: Eyes, body: str, rule: str) -> None:
    eyes.page.set_content(PAGE.format(style="", body=body))
    found = eyes.inaccessible()
    assert {each.split(": ")[1] for each in found} == {rule}
    assert {each.split(": ")[0] for each in found} == {"light 390", "light 1280", "dark 390", "dark 1280"}


def test_what_is_wrong_in_the_dark_only_is_seen(eyes: Eyes) -> None:
    night = "@media (prefers-color-scheme: dark) { body { background: #222 } }"
    eyes.page.set_content(PAGE.format(style=f"<style>{night}</style>", body="<p>Black</p>"))
    assert {each.split()[0] for each in eyes.inaccessible()} == {"dark"}


def test_what_is_too_wide_is_seen(eyes: Eyes) -> None:
    eyes.page.set_content(PAGE.format(style="", body='<p style="width: 400px">Wide</p>'))
    assert "P." in eyes.overflowing()[1]


@pytest.mark.parametrize("body", ["<p><div></p>", "<a href='x' href='y'>twice</a>", "<b><p></b>", "&nosuch;"])
def test_what_is_malformed_is_seen(body: str) -> None:
    assert malformed(PAGE.format(style="", body=body)) != []


def test_what_the_browser_complains_of_is_noted(eyes: Eyes) -> None:
    eyes.page.set_content(BARE + "<script>throw new Error('mine')</script>")
    assert eyes.complaints == ["mine"]
