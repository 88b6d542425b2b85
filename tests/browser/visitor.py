"""Somebody with a browser and a mailbox, who reads what is there and presses what it says.

In:    a lab, a window.
Out:   what they came to see; each page on the way is looked at as all others are.
Never: a path that no page and no mail showed them.
"""

import re
from email.message import EmailMessage

from playwright.sync_api import BrowserContext, Response, expect

from tests.browser.chromium import SLOWEST, Eyes, malformed
from tests.browser.lab import Lab, links


class Visitor:
    """`scripts`: whether their browser runs any. Their address is all we know of them."""

    def __init__(self, lab: Lab, context: BrowserContext, address: str, *, scripts: bool) -> None:
        self.lab, self.address = lab, address
        self._eyes, self._scripts = Eyes(context), scripts
        self.page = self._eyes.page
        self._documents: list[Response] = []
        self.page.on("response", self._note)

    def opens(self, address: str, title: str) -> None:
        """Goes there, by its path or by the whole address."""
        self.page.goto(address if "://" in address else self.lab.url + address)
        self.sees(title)

    def fills(self, **fields: str) -> None:
        """By what the labels say, a blank for each `_`."""
        for label, value in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(value)

    def presses(self, button: str, title: str) -> None:
        """Takes as long as people do."""
        self.lab.later(seconds=20)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()
        self.sees(title)

    def follows(self, link: str, title: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()
        self.page.wait_for_load_state()
        self.sees(title)

    def sees(self, title: str) -> None:
        """The page is the one with that heading, and nothing is wrong with it."""
        expect(self.page.locator("h1")).to_have_text(title, timeout=SLOWEST)
        assert malformed(self._documents[-1].text()) == []
        if self._scripts:
            assert self._eyes.inaccessible() == []
        assert self._eyes.complaints == []

    def text(self) -> str:
        """What can be read on the page."""
        return self.page.locator("main").inner_text()

    def mails(self) -> list[EmailMessage]:
        return self.lab.mails(self.address)

    def clicks_in(self, mail: EmailMessage, what: str, title: str) -> None:
        """The first link in it to such a page: `/c/` for the one that confirms."""
        found = [link for link in links(mail) if link.startswith(self.lab.url) and re.search(what, link)]
        assert found, f"no link to {what} in {mail['Subject']}"
        self.opens(found[0], title)

    def _note(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._documents.append(response)
