"""S1: what follows every link of every mail, and more than once, has changed nothing."""

import asyncio
import email
import email.policy
import re
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import httpx
import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import Terms, enqueue
from digest.mail.compose import Composer
from digest.model import DeliveryState, Digest, Subscriber
from digest.store.engine import Store, open_store
from digest.sunset import Sunset
from digest.web.server import create_app
from tests.mail.digests import renderer
from tests.web.browser import SITE, TEMPLATES, TOKENS
from tests.web.library import TODAY, paper, publish

MORNING = datetime(2026, 5, 28, 8, tzinfo=UTC)
LONG_AGO = MORNING - timedelta(days=200)  # so each is asked, too, whether they still read this
TERMS = Terms(4, timedelta(hours=12), Sunset(after_days=180, grace_days=30))
ROUNDS = ("GET", "HEAD", "GET")


@pytest.mark.parametrize("mails", [3, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
def test_a_scanner_changes_nothing(tmp_path: Path, mails: int) -> None:
    file = tmp_path / "digest.db"
    with open_store(f"sqlite:///{file}") as store:
        links = [link for message in mailed(store, mails) for link in links_of(message)]
        before = dump(file)
        statuses = asyncio.run(followed(store, links))
        assert dump(file) == before
    assert len(links) >= 10 * mails
    assert statuses <= {200, 304}


def mailed(store: Store, count: int) -> Iterable[bytes]:
    publish(store, TODAY, [paper(number) for number in range(1, 4)])
    people = [Subscriber(address=f"reader{n}@example.org", zone="UTC", at=time(7)) for n in range(count)]
    store.subscribers.add_many(people, LONG_AGO)
    enqueue(store, FixedClock(MORNING), Rules(), TERMS)
    composer = Composer(SITE, renderer(SITE), TOKENS)
    for row in store.deliveries.list(state=DeliveryState.QUEUED, limit=count):
        digest = store.deliveries.content(row.id)
        assert isinstance(digest, Digest)
        yield composer.compose(digest)[1]


def links_of(message: bytes) -> list[str]:
    """Those to ourselves, each once: of the header, of the text and of the HTML."""
    mail = email.message_from_bytes(message, policy=email.policy.default)
    bodies = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    text = "\n".join([str(mail["List-Unsubscribe"]), *bodies])
    return sorted(set(re.findall(rf"{re.escape(SITE.base_url)}(/[^\s\"<>]+)", text)))


async def followed(store: Store, links: Iterable[str]) -> set[int]:
    app = create_app(store, TOKENS, TEMPLATES, SITE, FixedClock(MORNING + timedelta(hours=1)))
    found = set()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE.base_url) as scanner:
        for method in ROUNDS:
            for link in links:
                found.add((await scanner.request(method, link)).status_code)
    return found


def dump(file: Path) -> str:
    with sqlite3.connect(file) as conn:
        return "\n".join(conn.iterdump())
