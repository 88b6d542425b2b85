"""Tests in a browser: all slow, and skipped where there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.lab import Lab, running
from tests.browser.places import Settled, settle

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(600))  # on a busy machine a browser takes its time


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with the file: while it is there, this thread has a running event loop, which other tests must not find."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with running(tmp_path) as lab:
        yield lab


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """Only looked at: nobody may change anything here."""
    with running(tmp_path_factory.mktemp("settled")) as lab:
        yield settle(lab)
