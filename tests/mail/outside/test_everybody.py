"""Mails for everybody: well formed, narrow enough, readable by day, by night and by ear, with images or without."""

import re

import pytest

from tests.browser.chromium import Eyes, malformed

pytestmark = [pytest.mark.captures, pytest.mark.browser]


WIDTH = (390,)  # no mail has another look at another width, but for its lines


def in_a_program(page: str) -> str:
    """As a mail program shows it: in the main part of a page that is the program's."""
    return re.sub(r"(<body[^>]*>)(.*)(</body>)", r"\1<main>\2</main>\3", page, flags=re.DOTALL)


def test_every_mail_is_well_formed(pages: dict[str, str]) -> None:
    assert {name: malformed(page) for name, page in pages.items() if malformed(page)} == {}


def test_every_mail_is_accessible_by_day_and_by_night(pages: dict[str, str], eyes: Eyes) -> None:
    found = {}
    for name, page in pages.items():
        eyes.page.set_content(in_a_program(page))
        found[name] = eyes.inaccessible(WIDTH)
    assert {name: each for name, each in found.items() if each} == {}


def test_every_mail_fits_a_narrow_window_without_its_images(pages: dict[str, str], eyes: Eyes) -> None:
    eyes.page.route("**/*", lambda route: route.abort())
    found = {}
    for name, page in pages.items():
        eyes.page.set_content(page)
        found[name] = eyes.overflowing()
    assert {name: each for name, each in found.items() if each} == {}
