"""A site, and how its pages are asked for and read."""

import asyncio
from html.parser import HTMLParser
from typing import Any

import httpx
from fastapi import FastAPI

from digest.model import Site, Subscriber, SubscriberState
from digest.resources import templates_dir
from digest.store.engine import Store
from digest.templating import Templates
from digest.tokens import Tokens

SITE = Site(
    name="The <Morning> Papers",
    base_url="https://papers.example.org",
    sender_name="Papers",
    sender_address="papers@example.org",
    reply_to="team@example.org",
    postal_address="1 Harbour Street, Sampletown",
)
TOKENS = Tokens(b"the secret of this site")
TEMPLATES = Templates(templates_dir())  # compiled once


class Browser:
    """Requests to the application, one at a time, without cookies or following of redirects."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def request(self, method: str, path: str, **content: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, **content))

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **content: Any) -> httpx.Response:
        return self.request("POST", path, **content)

    async def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE.base_url) as client:
            return await client.request(method, path, **content)


def state(store: Store, subscriber: Subscriber) -> SubscriberState:
    found = store.subscribers.by_id(subscriber.id)
    assert found
    return found.state


class Elements(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]
