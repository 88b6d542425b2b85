"""Three real days, five readers: one mail a day each, no paper twice, and the same bytes on a fresh database."""

import email
import email.policy
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.journeys.conftest import READERS, Program, Replay, install
from tests.smtp import SmtpServer

pytestmark = [pytest.mark.captures, pytest.mark.slow]

DAYS = ("2026-05-27", "2026-05-28", "2026-05-29")


def live(digest: Program, replay: Replay) -> None:
    for day in DAYS:
        replay.at(day)
        digest("run", "--as-of", day)


def papers(message: bytes) -> list[str]:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    text = parsed.get_body(("plain",))
    assert text is not None
    return sorted(set(re.findall(r"arxiv\.org/abs/(\d{4}\.\d{5})", text.get_content())))


def test_each_reader_gets_one_mail_a_day_and_no_paper_twice(
    tmp_path: Path, replay: Replay, smtp_server: SmtpServer
) -> None:
    digest = install(tmp_path / "first", replay, smtp_server.port)
    live(digest, replay)

    mails = Counter(mail.recipient for mail in smtp_server.mails)
    assert mails == {reader[0]: len(DAYS) for reader in READERS}
    for reader, *_ in READERS:
        shown = Counter(
            paper for mail in smtp_server.mails if mail.recipient == reader for paper in papers(mail.message)
        )
        assert shown
        assert set(shown.values()) == {1}


def test_running_any_step_again_sends_nothing(tmp_path: Path, replay: Replay, smtp_server: SmtpServer) -> None:
    digest = install(tmp_path / "first", replay, smtp_server.port)
    live(digest, replay)
    sent = len(smtp_server.mails)
    moment = f"{DAYS[-1]}T23:59:00Z"
    for step in ("ingest", "publish", "enqueue", "deliver", "run"):
        digest(step, "--as-of", moment)
    digest("run", "--as-of", DAYS[-1])
    assert len(smtp_server.mails) == sent


def test_a_fresh_database_gives_the_same_bytes(tmp_path: Path, replay: Replay, smtp_server: SmtpServer) -> None:
    runs = []
    for name in ("first", "second"):
        smtp_server.mails.clear()
        live(install(tmp_path / name, replay, smtp_server.port), replay)
        runs.append(sorted(mail.message for mail in smtp_server.mails))
    assert runs[0] == runs[1]


def test_topics_are_met_and_mutes_kept(tmp_path: Path, replay: Replay, smtp_server: SmtpServer) -> None:
    digest = install(tmp_path / "first", replay, smtp_server.port)
    live(digest, replay)
    why = digest.json("why", "bo@example.org")
    assert why["papers"]
    for paper in why["papers"]:
        assert "video" in (paper["title"] + paper["why_you"]).lower()
        assert paper["why_trending"]
    for mail in smtp_server.mails:
        if mail.recipient == "dee@example.org":
            assert b"diffusion" not in mail.message.lower()
