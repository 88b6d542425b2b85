"""The day by hand: what each step says, and what it says when something is missing."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from digest.cli.cycle import moments
from digest.store.engine import open_store
from tests.cli.conftest import PAPERS, Cli, published, rss
from tests.smtp import SmtpServer

AT = ("--as-of", "2026-05-27T08:00:00Z")


@pytest.fixture
def readers(cli: Cli, feed: str, smtp_server: SmtpServer) -> Cli:
    """Two readers, the invented feed and a mail server that works."""
    cli.configure(smtp=smtp_server.port, feed=feed)
    cli("subscriber", "add", "ada@example.org", "--topic", "folding kites", "--tz", "UTC", "--at", "07:30")
    cli("subscriber", "add", "bo@example.org", "--topic", "submarines", "--tz", "UTC", "--at", "07:30")
    return cli


def test_moments_of_a_day() -> None:
    found = moments(date(2026, 5, 27), 4)
    assert found[0] == datetime(2026, 5, 27, 4, tzinfo=UTC)
    assert found[1] == datetime(2026, 5, 27, 5, tzinfo=UTC)
    assert found[-2:] == [datetime(2026, 5, 27, 23, tzinfo=UTC), datetime(2026, 5, 27, 23, 59, tzinfo=UTC)]
    assert len(found) == 21
    assert len(moments(date(2026, 5, 27), 23)) == 2


def test_the_whole_cycle(readers: Cli, smtp_server: SmtpServer) -> None:
    done = readers("run", *AT)
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[0].startswith("ingest   invented: 3 new")
    assert lines[1] == "publish  edition 2026-05-27: 3 papers"
    assert lines[2] == "enqueue  2 due: 1 queued, 1 skipped"
    assert lines[-1] == "deliver  1 sent"
    assert not done.err
    [mail] = smtp_server.mails
    assert mail.recipient == "ada@example.org"


def test_a_second_run_sends_nothing(readers: Cli, smtp_server: SmtpServer) -> None:
    readers("run", *AT)
    lines = [line.rstrip() for line in readers("run", *AT).out.splitlines()]
    assert lines == [
        "ingest   invented: not due before 2026-05-27 09:00 UTC",
        "publish  edition 2026-05-27 was there already: 3 papers",
        "enqueue  nobody is due; the next one is due 2026-05-28 07:30 UTC",
        "deliver  nothing to send",
    ]
    assert len(smtp_server.mails) == 1


def test_a_whole_day_is_replayed(readers: Cli, smtp_server: SmtpServer) -> None:
    readers("subscriber", "add", "chi@example.org", "--topic", "folding kites", "--tz", "UTC", "--at", "21:15")
    found = readers("run", "--as-of", "2026-05-27", "--json").json
    assert found["publish"] == {"date": "2026-05-27", "created": True, "papers": 3, "notes": []}
    assert (found["enqueue"]["due"], found["enqueue"]["queued"]) == (3, 2)
    assert (found["deliver"]["sent"], found["deliver"]["problem"]) == (2, "")
    assert {mail.recipient for mail in smtp_server.mails} == {"ada@example.org", "chi@example.org"}
    rows = {row["email"]: row for row in readers("delivery", "list", "--json").json}
    assert rows["chi@example.org"]["due_at"] == "2026-05-27T21:15:00Z"


def test_the_steps_one_by_one(readers: Cli, smtp_server: SmtpServer) -> None:
    assert readers("ingest", *AT, "--json").json["ingest"][0]["new"] == 3
    assert readers("ingest", *AT, "--json").json["ingest"][0]["status"] == "waiting"
    assert readers("ingest", *AT, "--force", "--source", "invented", "--json").json["ingest"][0]["new"] == 0
    assert readers("publish", *AT, "--json").json["publish"]["created"]
    assert readers("enqueue", *AT, "--json").json["enqueue"]["queued"] == 1
    assert readers("deliver", *AT, "--json").json["deliver"]["sent"] == 1
    assert len(smtp_server.mails) == 1


def test_preview_is_the_bytes_that_are_sent(readers: Cli, smtp_server: SmtpServer) -> None:
    for step in ("ingest", "publish"):
        readers(step, *AT)
    out = readers.folder / "before.eml"
    readers("preview", "ada@example.org", "--format", "eml", "--out", str(out), *AT)
    assert readers("delivery", "list", "--json").json == []
    readers("enqueue", *AT)
    readers("deliver", *AT)
    assert out.read_bytes() == smtp_server.mails[0].message
    readers("preview", "ada@example.org", "--format", "eml", "--out", str(out), *AT)
    assert out.read_bytes() == smtp_server.mails[0].message


def test_a_file_that_cannot_be_written(readers: Cli) -> None:
    readers("run", *AT)
    for command in (["preview", "ada@example.org", *AT], ["subscriber", "export"]):
        line = readers.fails(*command, "--out", "/nowhere/at/all")
        assert line == "digest: /nowhere/at/all cannot be used: No such file or directory; name another file"


def test_preview_shows_either_part(readers: Cli, smtp_server: SmtpServer) -> None:
    readers("run", *AT)
    message = message_from_bytes(smtp_server.mails[0].message, policy=policy.default)
    for shown, kind in (("text", "plain"), ("html", "html")):
        part = message.get_body((kind,))
        assert part is not None
        out = readers.folder / shown
        readers("preview", "ada@example.org", "--format", shown, "--out", str(out), *AT)
        assert out.read_text().splitlines() == part.get_content().splitlines()
        assert "Kites that fold themselves" in out.read_text()
    assert "nothing for bo@example.org: " in readers("preview", "bo@example.org", *AT).out
    assert "there is no subscriber" in readers.fails("preview", "x@example.org", *AT)


def test_preview_of_text_only(readers: Cli) -> None:
    file = readers.folder / "wishes.csv"
    file.write_text("email,topics,tz,text_only\ndora@example.org,folding kites,UTC,yes\n")
    readers("subscriber", "import", str(file), "--confirmed")
    readers("run", *AT)
    assert "Kites that fold themselves" in readers("preview", "dora@example.org", *AT).out
    line = readers.fails("preview", "dora@example.org", "--format", "html", *AT)
    assert line == "digest: dora@example.org wants text only: there is no HTML; say --format text"


def test_preview_opens_a_browser(readers: Cli) -> None:
    readers("run", *AT)
    browser = readers.folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {readers.folder}/opened\n')
    browser.chmod(0o755)
    program = (sys.executable, "-m", "digest", "preview", "ada@example.org", "--open", *AT)
    environment = {**os.environ, "BROWSER": str(browser), "TMPDIR": str(readers.folder)}
    done = subprocess.run(program, cwd=readers.folder, env=environment, capture_output=True, text=True, check=True)
    shown = Path(urlsplit((readers.folder / "opened").read_text().strip()).path)
    assert f"written to {shown}" in done.stdout
    assert "Kites that fold themselves" in shown.read_text()
    assert shown.suffix == ".html"


def test_why_these_papers(readers: Cli) -> None:
    readers("run", *AT)
    done = readers("why", "ada@example.org")
    assert done.out.startswith("ada@example.org on 2026-05-27: 1 paper sent at 2026-05-27 08:00 UTC\n")
    assert "Kites that fold themselves" in done.out
    assert "\n  new: published 2" in done.out
    found = readers("why", "ada@example.org", "--date", "2026-05-27", "--json").json
    assert found["state"] == "sent"
    [paper] = found["papers"]
    assert paper["title"] == "Kites that fold themselves"
    assert "folding kites" in paper["why_you"]
    assert paper["why_trending"]


def test_why_no_mail(readers: Cli) -> None:
    assert "no mail has been due yet" in readers("why", "ada@example.org").out
    readers("run", *AT)
    assert "bo@example.org on 2026-05-27: no mail, " in readers("why", "bo@example.org").out
    found = readers("why", "bo@example.org", "--json").json
    assert (found["state"], found["papers"]) == ("skipped", [])
    assert found["reason"]
    assert found["reason"] in found["sentence"]
    assert "before they were added" in readers("why", "bo@example.org", "--date", "2026-05-20").out
    readers("subscriber", "pause", "bo@example.org")
    assert readers("why", "bo@example.org").out == "bo@example.org is paused; digest subscriber resume ends that\n"
    readers("subscriber", "unsubscribe", "ada@example.org")
    assert "since then ada@example.org unsubscribed" in readers("why", "ada@example.org").out


def test_the_ledger_and_the_edition(readers: Cli) -> None:
    assert "no such delivery" in readers("delivery", "list").out
    assert "no edition yet" in readers("edition", "list").out
    assert "there is no edition yet" in readers.fails("edition", "show")
    readers("run", *AT)
    rows = readers("delivery", "list", "--state", "sent", "--date", "2026-05-27", "--json").json
    assert [(row["email"], row["papers"], row["attempts"]) for row in rows] == [("ada@example.org", 1, 1)]
    number = str(rows[0]["id"])
    shown = readers("delivery", "show", number, "--json").json
    assert [(each["stage"], each["code"], each["outcome"]) for each in shown["tries"]] == [("dot", 250, "sent")]
    assert "250" in readers("delivery", "show", number).out
    listed = readers("delivery", "list", "--address", "ADA@example.org").out
    assert "ada@example.org" in listed
    assert "digest" in listed.split()  # its kind, beside those of letters
    done = readers("delivery", "retry", number, code=1)
    assert f"delivery {number} is sent; there is nothing to retry" in done.err
    assert "there is no delivery 99" in readers.fails("delivery", "retry", "99")
    edition = readers("edition", "show", "2026-05-27", "--json").json
    assert edition["total"] == 3
    assert [each["rank"] for each in edition["papers"]] == [1, 2, 3]
    assert "and 2 more; --limit 3 shows all" in readers("edition", "show", "--limit", "1").out
    assert [each["papers"] for each in readers("edition", "list", "--json").json] == [3]
    assert "there is no edition of 2026-05-01" in readers.fails("edition", "show", "2026-05-01")


def test_sources(readers: Cli) -> None:
    assert "never" in readers("source", "list").out
    assert readers("source", "check", "--json").json == [{"name": "invented", "papers": 3, "signals": 0, "problem": ""}]
    with open_store(f"sqlite:///{readers.folder}/digest.db") as store:
        assert store.papers.recent(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)) == []
    readers("ingest", *AT)
    [found] = readers("source", "list", "--json").json
    assert (found["name"], found["kind"], found["papers"], found["problem"]) == ("invented", "feed", 3, "")
    assert "no source is called x; there are invented" in readers.fails("ingest", "--source", "x")


# --- what is missing ----------------------------------------------------------------------------------------------


def test_no_mail_server_loses_nothing(readers: Cli, feed: str, smtp_server: SmtpServer) -> None:
    readers.configure(smtp=1, feed=feed)
    done = readers("run", *AT, code=1)
    assert done.err.startswith("digest: 127.0.0.1:1: the server cannot be reached; ")
    assert "what is queued stays queued" in done.err
    assert done.err.count("\n") == 1
    [row] = readers("delivery", "list", "--state", "queued", "--json").json
    assert (row["attempts"], row["reason"]) == (0, "the server cannot be reached")
    assert "digest deliver sends them (the server cannot be reached)" in readers("why", "ada@example.org").out
    readers.configure(smtp=smtp_server.port, feed=feed)
    assert readers("deliver", *AT, "--json").json["deliver"]["sent"] == 1
    assert len(smtp_server.mails) == 1


def test_a_day_replayed_without_a_mail_server_blames_no_message(readers: Cli, feed: str) -> None:
    readers.configure(smtp=1, feed=feed)
    readers("run", "--as-of", "2026-05-27", code=1)
    [row] = readers("delivery", "list", "--state", "queued", "--json").json
    assert row["attempts"] == 0


def test_every_source_failing_needs_a_person(readers: Cli, smtp_server: SmtpServer) -> None:
    readers.configure(smtp=smtp_server.port)
    done = readers("run", *AT, code=1)
    assert "the source failed (invented: " in done.err
    assert done.err.count("\n") == 1
    assert "no edition yet" in done.out
    [found] = readers("source", "list", "--json").json
    assert found["problem"]
    readers("source", "check", code=1)


def test_one_of_two_sources_failing_does_not(readers: Cli, smtp_server: SmtpServer) -> None:
    with (readers.folder / "config.toml").open("a") as file:
        file.write('[[sources]]\nname = "gone"\nkind = "feed"\nurl = "http://127.0.0.1:1/"\n')
    done = readers("run", *AT)
    assert "gone: failed: " in done.out
    assert len(smtp_server.mails) == 1


def test_an_empty_day(readers: Cli, smtp_server: SmtpServer) -> None:
    readers("run", *AT)
    done = readers("run", "--as-of", "2026-05-28T08:00:00Z")
    assert "edition 2026-05-28: 0 papers" in done.out
    assert "2 due: 0 queued, 2 skipped" in done.out
    assert len(smtp_server.mails) == 1
    assert "ada@example.org on 2026-05-28: no mail, " in readers("why", "ada@example.org").out


def test_nobody_subscribed(cli: Cli, feed: str) -> None:
    cli.configure(feed=feed)
    done = cli("run", *AT)
    assert "nobody is due; digest subscriber add" in done.out


@pytest.mark.parametrize("moment", ["2999-01-01T00:00:00Z", "2999-01-01"])
def test_a_moment_to_come_is_refused(cli: Cli, moment: str) -> None:
    assert "is yet to come" in cli.fails("run", "--as-of", moment)


def test_a_pause_is_told_with_its_reason_and_ended_by_the_operator(readers: Cli, smtp_server: SmtpServer) -> None:
    for step in ("ingest", "publish", "enqueue"):
        readers(step, *AT)
    with open_store(f"sqlite:///{readers.folder / 'digest.db'}") as store:
        store.deliveries.pause(datetime(2026, 5, 27, 9, tzinfo=UTC), "21 of the last 60 messages were refused for good")
    done = readers("deliver", *AT, code=1)
    assert "sending is paused until 09:00 UTC: 21 of the last 60 messages were refused for good" in done.err
    assert smtp_server.commands == []
    assert readers("deliver", "--resume", *AT, "--json").json["deliver"]["sent"] == 1


def test_the_limit_of_a_day_is_no_failure(readers: Cli, smtp_server: SmtpServer) -> None:
    config = readers.folder / "config.toml"
    config.write_text(config.read_text().replace("[smtp]", "[smtp]\nper_day = 1"))
    readers("subscriber", "add", "chi@example.org", "--topic", "folding kites", "--tz", "UTC", "--at", "07:30")
    done = readers("run", *AT)
    assert "1 sent" in done.out
    assert "smtp.per_day = 1 is reached; the next may go at 2026-05-28 08:00 UTC" in done.out
    assert len(smtp_server.mails) == 1


def test_a_run_from_cron_counts_as_a_sign_of_life(cli: Cli, smtp_server: SmtpServer) -> None:
    with published(rss(PAPERS, date="")) as address:
        cli.configure(feed=address)
        cli("subscriber", "add", "ada@example.org", "--topic", "folding kites", "--tz", "UTC", "--at", "00:00")
        assert "no scheduler has run yet" in cli("status", code=1).out
        cli("run", code=1)
        assert "sending stopped: the server cannot be reached" in cli("status", code=1).out
        cli.configure(smtp=smtp_server.port, feed=address)
        cli("run")
        assert "last run" in cli("status").out
