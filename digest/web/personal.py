"""One's own pages: who stands before them, and what all of them show.

In:    a link that every digest holds, and which gets forwarded with it.
Out:   a Visit with the subscriber, or LinkError; pages that show their address masked.
Never: a whole address: who has it types it, where that matters.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from digest.language import Language
from digest.model import Subscriber
from digest.tokens import Purpose
from digest.web.context import GONE, Web, masked


class LinkError(Exception):
    """A link that we did not make, or that was revoked."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody with a subscriber's own link, to whatever purpose."""

    web: Web
    subscriber: Subscriber
    speaking: Language
    path: str  # of the page that the link leads to: `/p/TOKEN`

    @property
    def is_gone(self) -> bool:
        return self.subscriber.state in GONE

    def page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """`web/<name>.html`, told the path below which all that this link can do is found."""
        address = masked(self.subscriber.address)
        return self.web.pages.page(name, self.speaking, status, path=self.path, address=address, **values)

    def back(self, done: str) -> RedirectResponse:
        """To the preferences, which then say what was done: reloading them does nothing again."""
        return RedirectResponse(f"{self.path}?done={done}", 303)


def visits(web: Web, purpose: Purpose = Purpose.PREFERENCES) -> Callable[[Request, str], Visit]:
    """A dependency of endpoints with a `token` in their path."""

    def visit(request: Request, token: str) -> Visit:
        subscriber = web.bearer(token, purpose)
        if subscriber is None:
            raise LinkError
        return Visit(web, subscriber, web.speaking(request, subscriber), web.link(purpose, subscriber))

    return visit
