"""The mails of many real days, for all who look at mails."""

from pathlib import Path

import pytest

from tests.journeys.conftest import replayed
from tests.mail.replayed.days import Replayed, composed, live, opened


@pytest.fixture(scope="session")
def real_mails(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Replayed]:
    """Takes minutes: whoever asks for it is slow, and allowed to be."""
    with replayed(captures) as replay, opened(tmp_path_factory.mktemp("replayed"), replay.url) as app:
        live(app, replay)
        return composed(app)
