"""What people and programs make of mails that know nothing of how they were made: samples, and a window to see them."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.browser.chromium import Eyes, chromium
from tests.mail.replayed.days import Replayed

HERE = Path(__file__).parent
GOLDEN = Path(__file__).parents[2] / "golden"
EVERY = 10  # of about 320: each reader's, of many days


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(1800))  # whoever comes first waits until all days are replayed


@pytest.fixture(scope="session")
def golden_mails() -> dict[str, bytes]:
    return {file.stem: file.read_bytes() for file in sorted(GOLDEN.glob("*.eml"))}


@pytest.fixture(scope="session")
def sample(golden_mails: dict[str, bytes], real_mails: list[Replayed]) -> dict[str, bytes]:
    """Messages by name."""
    return golden_mails | {mail.name: mail.message for mail in real_mails[::EVERY]}


@pytest.fixture(scope="session")
def pages(sample: dict[str, bytes]) -> dict[str, str]:
    """The HTML of those that have any."""
    parsed = {name: message_from_bytes(message, policy=policy.default) for name, message in sample.items()}
    parts = {name: message.get_body(("html",)) for name, message in parsed.items()}
    return {name: str(part.get_content()) for name, part in parts.items() if part}


@pytest.fixture(scope="module")
def eyes() -> Iterator[Eyes]:
    with chromium() as browser:
        context = browser.new_context()
        yield Eyes(context)
        context.close()
