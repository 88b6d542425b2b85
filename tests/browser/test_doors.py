"""Ways in that are not the usual one: by the keyboard alone, through the library; and a door that is shut."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.lab import DAYS, Lab, running
from tests.browser.visitor import Visitor

ADA = "ada@example.org"
FRONT, ASKED = "The papers that matter to you, once a day", "Now look into your inbox"
SEEN = """() => { const box = document.activeElement.getBoundingClientRect();
                  return document.activeElement.tagName + ' ' + (box.width > 2 && box.left >= 0 && box.top >= 0) }"""


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as context:
        yield context


def press_until(page: Page, wanted: str, most: int = 60) -> None:
    """Tabs on to the element that matches; each one passed on the way is to be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN).endswith("true")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"{wanted} is not reached by the keyboard")


def test_by_the_keyboard_alone(lab: Lab, window: BrowserContext) -> None:
    visitor = Visitor(lab, window, ADA, scripts=True)
    visitor.opens("/", FRONT)
    keys = visitor.page.keyboard
    press_until(visitor.page, ".skip", most=1)
    keys.press("Enter")
    press_until(visitor.page, "#address")
    keys.type(ADA)
    press_until(visitor.page, "#topics")
    keys.type("robots")
    press_until(visitor.page, "form[data-signup] button")
    lab.later(seconds=20)
    keys.press("Enter")
    visitor.page.wait_for_selector("h1:has-text('Now')")
    visitor.sees(ASKED)
    lab.work()
    assert len(visitor.mails()) == 1


def test_through_the_library(lab: Lab, window: BrowserContext) -> None:
    lab.until(DAYS[1])
    visitor = Visitor(lab, window, ADA, scripts=True)
    visitor.opens("/", FRONT)
    visitor.follows("Archive", "Archive: March 2026")
    visitor.follows("Tuesday, 3 March 2026", "Tuesday, 3 March 2026")
    [title, *_] = visitor.page.locator("article h2, article h3").all_inner_texts()
    visitor.follows(title, title)
    visitor.follows("Search", "Search")
    visitor.page.get_by_role("searchbox").fill(title)
    visitor.presses("Search", f"Search: {title}")
    visitor.follows(title, title)
    visitor.follows("Topics", "Topics")
    visitor.follows("cs.RO", "cs.RO")
    visitor.follows("Subscribe", FRONT)


def test_without_scripts_the_sum_is_said_to_need_them(tmp_path: Path, browser: Browser) -> None:
    with (
        running(tmp_path, pages="proof_of_work = 12") as lab,
        browser.new_context(java_script_enabled=False) as context,
    ):
        visitor = Visitor(lab, context, ADA, scripts=False)
        visitor.opens("/", FRONT)
        assert "It needs JavaScript for it; or write to us: team@example.org" in visitor.text()
        visitor.fills(**{"E-mail_address": ADA})
        visitor.presses("Subscribe", FRONT)
        assert "Please switch JavaScript on" in visitor.text()
        assert visitor.page.get_by_label("E-mail address").input_value() == ADA


def test_a_door_that_is_shut(tmp_path: Path, window: BrowserContext) -> None:
    with running(tmp_path, pages="signup = false") as lab:
        visitor = Visitor(lab, window, ADA, scripts=True)
        visitor.opens("/", "This list is not open to everybody")
        visitor.follows("Have the link to your preferences mailed to you", "The link to your preferences")
