"""Why these papers, why no mail: for every date, from the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from digest.clock import SystemClock
from digest.due import WEEKDAYS
from digest.model import Cause, Digest, Match, NoDigest, Pick, Subscriber, SubscriberState
from digest.store.deliveries import Owed
from digest.store.engine import Store, open_store
from tests.cli.conftest import PAPERS, Cli, published, rss
from tests.smtp import SmtpServer

ADA = "ada@example.org"
AT = ("--as-of", "2026-05-27T08:00:00Z")
DAY = date(2026, 5, 27)


@pytest.fixture
def ada(cli: Cli) -> Cli:
    cli("subscriber", "add", ADA, "--tz", "UTC", "--at", "07:30")
    return cli


@contextmanager
def stored(cli: Cli) -> Iterator[tuple[Store, Subscriber, datetime]]:
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store:
        found = store.subscribers.get(ADA)
        assert found
        yield store, found, SystemClock().now()


def test_papers_stand_in_the_order_of_the_mail(cli: Cli, smtp_server: SmtpServer) -> None:
    papers = (*PAPERS, ("Kites over a harbour", "Grace Vane", "A kite, a harbour and a long line between them."))
    with published(rss(papers)) as feed:
        cli.configure(smtp=smtp_server.port, feed=feed)
        cli("subscriber", "add", ADA, "--topic", "soup", "--topic", "kites", "--tz", "UTC", "--at", "07:30")
        cli("run", *AT)
    [mail] = smtp_server.mails
    text = mail.message.decode()
    found = [paper["title"] for paper in cli("why", ADA, "--json").json["papers"]]
    assert len(found) == 3
    assert sorted(found, key=text.index) == found
    out = cli("why", ADA).out
    assert sorted(found, key=out.index) == found


def test_a_paper_they_liked_is_named_as_people_read_it(cli: Cli, smtp_server: SmtpServer) -> None:
    with published(rss(PAPERS)) as feed:
        cli.configure(smtp=smtp_server.port, feed=feed)
        cli("subscriber", "add", ADA, "--tz", "UTC", "--at", "07:30")
        cli("run", *AT)
    with stored(cli) as (store, ada, now):
        edition = store.editions.newest(now)
        assert edition
        pick = Pick(ranked=edition.entries[0], match=Match(topic=None, liked="Soup in $O(n^2)$"), score=1)
        today = date(2026, 5, 28)
        values = {"subscriber": ada, "local_date": today, "edition": edition.date, "edition_at": edition.cutoff_at}
        digest = Digest(**values, picks=(pick,), considered=1, matched=0)
        assert store.deliveries.enqueue([Owed(ada.id, today, now, digest, None)], now) == 1
    wanted = "Like “Soup in O(n²)”, which you liked"
    assert wanted in cli("why", ADA, "--date", "2026-05-28").out
    [paper] = cli("why", ADA, "--date", "2026-05-28", "--json").json["papers"]
    assert paper["why_you"] == wanted


@pytest.mark.parametrize(
    ("pause", "said"),
    [
        (["--until", "9999-06-03"], f"{ADA} is paused until 9999-06-03\n"),
        ([], f"{ADA} is paused; digest subscriber resume ends that\n"),
    ],
)
def test_a_pause_is_told_with_its_end(ada: Cli, pause: list[str], said: str) -> None:
    ada("subscriber", "pause", ADA, *pause)
    assert ada("why", ADA).out == said


def test_a_pause_that_came_of_silence_is_told_as_such(ada: Cli) -> None:
    with stored(ada) as (store, found, now):
        store.subscribers.update(replace(found, keep_by=date(2026, 6, 26)))
        store.subscribers.set_state(found.id, SubscriberState.PAUSED, "silence", now)
    assert ada("why", ADA).out == (
        f"{ADA} is paused: asked whether they still read this, they had not answered by 2026-06-26; "
        "digest subscriber resume ends that\n"
    )


def test_the_cause_can_be_counted(ada: Cli) -> None:
    with stored(ada) as (store, found, now):
        row = Owed(found.id, DAY, now, NoDigest("paused until 3 June 2026", Cause.PAUSED), now + timedelta(days=1))
        store.deliveries.enqueue([row], now)
    found_json = ada("why", ADA, "--json").json
    assert (found_json["cause"], found_json["reason"]) == ("paused", "paused until 3 June 2026")
    assert ada("why", ADA, "--date", f"{DAY}").out == f"{ADA} on {DAY}: no mail, paused until 3 June 2026\n"
    assert ada("delivery", "list", "--json").json[0]["cause"] == "paused"


def test_a_date_without_a_row_has_a_reason_and_the_next_date(ada: Cli) -> None:
    with stored(ada) as (store, found, _):
        store.subscribers.schedule({found.id: datetime(9999, 6, 2, 7, 30, tzinfo=UTC)})
    said = ada("why", ADA, "--date", "9999-06-03").out
    assert said == (
        f"{ADA}: nothing is recorded for 9999-06-03; it is yet to come; "
        "the next is due at 9999-06-02 07:30 UTC (daily at 07:30 UTC)\n"
    )
    found = ada("why", ADA, "--date", "9999-06-03", "--json").json
    assert (found["state"], found["reason"], found["cause"]) == (None, "", "")
    assert found["sentence"] == said.strip()


@pytest.mark.parametrize(("days", "when"), [(0, "with the next digest run"), (1, "at ")])
def test_the_first_is_due_with_the_next_run_where_their_hour_of_today_has_passed(
    ada: Cli, days: int, when: str
) -> None:
    with stored(ada) as (store, found, now):
        weekday = WEEKDAYS[(now + timedelta(days=days)).weekday()]
        store.subscribers.update(replace(found, at=time(0, 0), cadence=weekday))
    assert f"no mail has been due yet; the next is due {when}" in ada("why", ADA).out


def test_who_left_has_no_next_date(ada: Cli) -> None:
    ada("subscriber", "unsubscribe", ADA)
    said = ada("why", ADA, "--date", "9999-06-03").out
    assert said == f"{ADA}: nothing is recorded for 9999-06-03; {ADA} unsubscribed\n"
