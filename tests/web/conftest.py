"""The pages of a site with one reader."""

from datetime import datetime, time

import pytest

from digest.clock import FixedClock
from digest.model import Subscriber
from digest.store.engine import Store
from digest.web.server import create_app
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def ada(store: Store, now: datetime) -> Subscriber:
    return store.subscribers.add(Subscriber(address="Ada.Lovelace@example.org", zone="UTC", at=time(7, 30)), now)


@pytest.fixture
def client(store: Store, now: datetime) -> Browser:
    return Browser(create_app(store, TOKENS, TEMPLATES, SITE, FixedClock(now)))
