"""Debian's Chromium, and what it sees.

In:    pages on the loopback.
Out:   what is wrong with a page as people and machines read it: empty lists where nothing is.
Never: a browser that outlives its test, anything fetched from elsewhere.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from html5lib.html5parser import ParseError
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SCHEMES = ("light", "dark")
WIDTHS = (390, 1280)
NARROWEST = 320
SLOWEST = 20_000  # milliseconds on a busy machine
# Everything axe-core knows but for what it calls experimental; the size of targets (WCAG 2.2 AA) is off by default.
AXE = {"rules": {"target-size": {"enabled": True}}}
SANDBOX = () if os.geteuid() else ("--no-sandbox",)  # Chromium's own does not work as root
BEYOND = """() => [...document.querySelectorAll('body *')]
  .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
          && !each.closest('.hidden, .skip'))
  .map(each => each.tagName + '.' + each.className + ' ' + each.textContent.trim().slice(0, 40))"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skips where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-quic", *SANDBOX])
        try:
            yield browser
        finally:
            browser.close()


class Eyes:
    """One window. Notes what the browser complains of, such as what the page's own policy forbids."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(SLOWEST)
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._complain(said.type, said.text))
        self.page.on("pageerror", lambda error: self._complain("error", str(error)))

    def inaccessible(self, widths: tuple[int, ...] = WIDTHS) -> list[str]:
        """What axe-core finds, in light and dark, narrow and wide."""
        found = []
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)
            for width in widths:
                self.page.set_viewport_size({"width": width, "height": 900})
                found += [f"{scheme} {width}: {each}" for each in _violations(self.page)]
        return found

    def overflowing(self, width: int = NARROWEST) -> list[str]:
        """What reaches beyond the edge of a narrow window."""
        self.page.set_viewport_size({"width": width, "height": 900})
        wide: int = self.page.evaluate("document.documentElement.scrollWidth")
        return [f"{wide} px", *self.page.evaluate(BEYOND)] if wide > width else []

    def _complain(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "the server responded with a status of" not in text:
            self.complaints.append(text)


def _violations(page: Page) -> list[str]:
    answer = Axe().run(page, options=AXE).response
    return [
        f"{each['id']}: {each['help']}: {node['html'][:160]} {_why(node)}"
        for each in answer["violations"]
        for node in each["nodes"]
    ]


def _why(node: dict[str, list[dict[str, str]]]) -> str:
    return "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))


def malformed(page: str) -> list[str]:
    """The first thing that the HTML standard calls a parse error."""
    try:
        html5lib.HTMLParser(strict=True).parse(page)
    except ParseError as error:
        return [str(error)]
    return []
