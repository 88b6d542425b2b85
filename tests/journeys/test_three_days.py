"""Three real days, five readers: one mail a day each, no paper twice, the same bytes on any fresh database."""

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.conftest import READERS, Program, Replay, install
from tests.smtp import SmtpServer

pytestmark = [pytest.mark.captures, pytest.mark.slow, pytest.mark.timeout(600)]

DAYS = ("2026-05-27", "2026-05-28", "2026-05-29")


@dataclass(frozen=True, slots=True)
class Lived:
    """Three days that have passed, and the server that took the mail."""

    digest: Program
    server: SmtpServer


def live(digest: Program, replay: Replay) -> None:
    for day in DAYS:
        replay.at(day)
        digest("run", "--as-of", day)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, replay: Replay) -> Iterator[Lived]:
    with SmtpServer() as server:
        digest = install(tmp_path_factory.mktemp("lab") / "first", replay, server.port)
        live(digest, replay)
        yield Lived(digest, server)


def papers(message: bytes) -> list[str]:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    text = parsed.get_body(("plain",))
    assert text is not None
    return sorted(set(re.findall(r"arxiv\.org/abs/(\d{4}\.\d{5})", text.get_content())))


def test_each_reader_gets_one_mail_a_day_and_no_paper_twice(lived: Lived) -> None:
    mails = Counter(mail.recipient for mail in lived.server.mails)
    assert mails == {reader[0]: len(DAYS) for reader in READERS}
    for reader, *_ in READERS:
        shown = Counter(
            paper for mail in lived.server.mails if mail.recipient == reader for paper in papers(mail.message)
        )
        assert shown
        assert set(shown.values()) == {1}


def test_running_any_step_again_sends_nothing(lived: Lived) -> None:
    sent = len(lived.server.mails)
    moment = f"{DAYS[-1]}T23:59:00Z"
    for step in ("ingest", "publish", "enqueue", "deliver", "run"):
        lived.digest(step, "--as-of", moment)
    lived.digest("run", "--as-of", DAYS[-1])
    assert len(lived.server.mails) == sent


def test_a_fresh_database_of_the_other_kind_gives_the_same_bytes(
    lived: Lived, tmp_path: Path, replay: Replay, smtp_server: SmtpServer, postgresql_url: str
) -> None:
    live(install(tmp_path / "second", replay, smtp_server.port, postgresql_url), replay)
    first, second = (sorted(mail.message for mail in server.mails) for server in (lived.server, smtp_server))
    assert len(first) == len(DAYS) * len(READERS)
    assert first == second


def test_topics_are_met_and_mutes_kept(lived: Lived) -> None:
    why = lived.digest.json("why", "bo@example.org")
    assert why["papers"]
    for paper in why["papers"]:
        assert "video" in (paper["title"] + paper["why_you"]).lower()
        assert paper["why_trending"]
    for mail in lived.server.mails:
        if mail.recipient == "dee@example.org":
            assert b"diffusion" not in mail.message.lower()
