"""A source that fails harms nobody else; a server that fails loses nothing."""

from pathlib import Path

import pytest

from tests.journeys.conftest import READERS, install, replayed
from tests.smtp import SmtpServer

pytestmark = [pytest.mark.captures, pytest.mark.slow, pytest.mark.timeout(600)]

FAULTS = (
    "429",
    "429-no-retry-after",
    "500",
    "503",
    "html",
    "empty",
    "truncate",
    "slow",
    "drip",
    "reset",
    "gzipbomb",
    "redirectloop",
    "badxml",
)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_other_source_still_reaches_the_readers(
    fault: str, tmp_path: Path, captures: Path, smtp_server: SmtpServer
) -> None:
    with replayed(captures) as replay:
        digest = install(tmp_path / "lab", replay, smtp_server.port)
        replay.fail(fault, "/rss")
        digest("run", "--as-of", "2026-05-27")
    assert {mail.recipient for mail in smtp_server.mails} <= {reader[0] for reader in READERS}
    assert len(smtp_server.mails) >= 3
    arxiv = next(source for source in digest.json("source", "list") if source["name"] == "arxiv")
    assert arxiv["problem"]
    assert "\n" not in arxiv["problem"]
