"""What the scripts of the front page do; whoever runs none gets the same by pressing buttons."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from digest.model import LetterKind
from tests.browser.lab import DAYS, Lab, running


@pytest.fixture
def front(lab: Lab, browser: Browser) -> Iterator[Page]:
    """A day's edition is out; the visitor is in India."""
    lab.until(DAYS[0])
    with browser.new_context(timezone_id="Asia/Calcutta", locale="en-GB") as context:
        page = context.new_page()
        page.goto(lab.url)
        yield page


def test_the_zone_is_guessed(front: Page) -> None:
    assert front.get_by_label("Time zone").input_value() in ("Asia/Kolkata", "Asia/Calcutta")


def test_the_preview_follows_what_is_typed(front: Page) -> None:
    expect(front.get_by_role("heading", name="In the newest edition")).to_be_visible()
    front.get_by_label("Topics", exact=True).fill("language models")
    expect(front.get_by_role("heading", name="Yours today")).to_be_visible()
    expect(front.get_by_text("language models”").first).to_be_visible()
    assert front.url.rstrip("/").count("/") == 2  # and the page is the same


def test_a_category_is_found_by_its_name_and_counted(front: Page) -> None:
    front.get_by_text("arXiv categories", exact=True).first.click()
    front.get_by_label("Find a category").fill("robo")
    boxes = front.locator(".archive li:visible")
    expect(boxes).to_have_text(["cs.RO Robotics"])
    boxes.get_by_role("checkbox").check()
    front.get_by_label("Find a category").fill("nothing is called that")
    expect(front.get_by_text("No category is called that.")).to_be_visible()
    front.get_by_label("Find a category").fill("")
    expect(front.locator(".archive .count").first).to_have_text("1")
    expect(boxes).to_have_count(0)  # folded again


def test_the_sum_is_done_when_the_button_is_pressed(tmp_path: Path, browser: Browser) -> None:
    with running(tmp_path, pages="proof_of_work = 14") as lab, browser.new_context() as context:
        page = context.new_page()
        for path, button, kind in (
            ("/", "Subscribe", LetterKind.CONFIRM),
            ("/link", "Mail me my link", LetterKind.LINK),
        ):
            page.goto(lab.url + path)
            page.get_by_label("E-mail address").fill(" Ada@example.org ")
            lab.later(seconds=20)
            page.get_by_role("button", name=button, exact=True).click()
            expect(page.locator("h1")).to_have_text("Now look into your inbox")
            assert (kind, "ada@example.org") in lab.app.store.requests.waiting(9)
