"""Every page, as anybody may meet it: well formed, within a narrow window, readable by day, by night and by ear."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from digest.language import languages
from tests.browser.chromium import Eyes, malformed
from tests.browser.places import PAGES, STATUS, Settled, spoken


@pytest.fixture(scope="module")
def eyes(browser: Browser) -> Iterator[Eyes]:
    context = browser.new_context()
    yield Eyes(context)
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(settled: Settled, eyes: Eyes, name: str) -> None:
    answer = eyes.page.goto(settled.lab.url + PAGES[name](settled))
    assert answer
    assert answer.status == STATUS.get(name, 200)
    assert malformed(answer.text()) == []
    assert eyes.inaccessible() == []
    assert eyes.overflowing() == []
    assert eyes.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_in_every_language(settled: Settled, eyes: Eyes, name: str) -> None:
    for code in languages()[1:]:
        answer = eyes.page.goto(settled.lab.url + spoken(PAGES[name](settled), code))
        assert answer
        assert f'<html lang="{code}' in answer.text()
        assert malformed(answer.text()) == []
        assert eyes.overflowing() == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_without_its_script(settled: Settled, browser: Browser, name: str) -> None:
    """Whoever keeps scripts away sees the same words; what is shown by a script only was hidden until then."""
    words = []
    for enabled in (True, False):
        context = browser.new_context(java_script_enabled=enabled)
        page = context.new_page()
        page.goto(settled.lab.url + PAGES[name](settled))
        words.append(page.locator("h1").inner_text())
        context.close()
    assert words[0] == words[1] != ""
