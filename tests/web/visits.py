"""People, and machines, at the public forms: a site whose clock can be set, and forms as a browser sends them."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import event

from digest.store.engine import Store
from digest.web.context import Options
from digest.web.server import create_app
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser

LATER = timedelta(seconds=20)  # what it takes to fill in a form
PROXY = "127.0.0.1"  # where the test's requests come from
ADDRESS = "grace@example.org"


@dataclass
class SetClock:
    """Stands still until it is set."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, time: timedelta) -> None:
        self.moment += time


class Visitors:
    """All who come to one site."""

    def __init__(self, store: Store, now: datetime, **options: Any) -> None:
        self.store, self.clock, self.knocks = store, SetClock(now), 0
        chosen = Options(trusted_proxies=(PROXY,), **options)
        app = create_app(store, TOKENS, TEMPLATES, SITE, self.clock, options=chosen, knock=self._knock)
        self.browser = Browser(app)

    def _knock(self) -> None:
        self.knocks += 1

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.browser.request("GET", path, headers=headers)

    def stamp(self, path: str = "/") -> str:
        """That of a form which was shown a while ago."""
        found = re.search(r'name="stamp" value="([^"]+)"', self.get(path).text)
        assert found
        self.clock.pass_by(LATER)
        return found[1]

    def send(
        self, path: str = "/", address: str = ADDRESS, network: str = "192.0.2.1", **fields: str | Sequence[str]
    ) -> httpx.Response:
        """A form filled in by hand; fields that are given replace what would be in it."""
        stamp = fields.pop("stamp", None) or self.stamp("/link" if path == "/link" else "/")
        data = {"address": address, "stamp": stamp, "note": "", **fields}
        return self.browser.post(path, data=data, headers={"x-forwarded-for": network})


def requests(store: Store) -> int:
    """How many wait to be answered."""
    return len(store.requests.waiting(1_000_000))


def statements(store: Store) -> list[str]:
    """What the database is told from now on."""
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    return said


def proof(stamp: str, address: str, bits: int) -> str:
    """As the script of the page does it."""
    for number in range(1 << 24):
        found = hashlib.sha256(f"{stamp}:{address}:{number}".encode()).digest()
        if int.from_bytes(found[:4], "big") >> (32 - bits) == 0:
            return str(number)
    raise AssertionError("no proof was found")
