"""The pages of a site with one reader."""

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

import pytest

from digest.clock import FixedClock
from digest.model import Subscriber
from digest.resources import templates_dir
from digest.store.engine import Store, open_store
from digest.templating import Templates
from digest.web.server import create_app
from tests.web.browser import SITE, TOKENS, Browser


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
        yield store


@pytest.fixture
def ada(store: Store, now: datetime) -> Subscriber:
    return store.subscribers.add(Subscriber(address="Ada.Lovelace@example.org", zone="UTC", at=time(7, 30)), now)


@pytest.fixture
def client(store: Store, now: datetime) -> Browser:
    return Browser(create_app(store, TOKENS, Templates(templates_dir()), SITE, FixedClock(now)))
