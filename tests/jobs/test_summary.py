"""A line about each day, once; a mail about what is wrong, once between two such lines, and again until it is taken."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from digest.clock import FixedClock
from digest.jobs import summary
from digest.jobs.summary import SummaryReport, gathered, last_day_over, summarise
from digest.mail.dkim import Signer
from digest.mail.transport import SmtpTransport
from digest.model import Cause, DeliveryState, Heartbeat, NoDigest, Reply, Site, SourceState, Stage, Subscriber
from digest.sources.kinds import make_source
from digest.store.deliveries import Missed, Owed
from digest.store.engine import Store
from digest.store.told import Telling
from tests.mail.dkim import DOMAIN, keys, verdicts
from tests.smtp import CUT, DROP, SILENCE, SmtpServer
from tests.store.cast import owed, publish, reader

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THURSDAY = date(2026, 5, 28)
NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)  # then Thursday is over in every zone
SITE = Site(
    name="Morning papers",
    base_url="https://papers.example.org",
    sender_name="Morning papers",
    sender_address="papers@example.org",
)
OPERATOR = "ops@example.net"
SIGNER = Signer(DOMAIN, keys())
ARXIV = make_source("arxiv-rss", name="arxiv", url="http://127.0.0.1:1", categories=("cs.LG",), every=HOUR)
SILENT = SourceState(name="arxiv", failures=7, succeeded_at=NOON - 3 * DAY, problem="it answered 503")


@dataclass
class Told:
    report: SummaryReport
    logs: list[dict[str, Any]]

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.logs]


@dataclass
class Upkeep:
    """One upkeep of the daemon at a time."""

    store: Store
    port: int
    operator: str = OPERATOR

    async def at(self, moment: datetime) -> Told:
        dial = partial(SmtpTransport, "127.0.0.1", self.port, "none", connections=1)
        with capture_logs() as logs:
            report = await summarise(self.store, FixedClock(moment), [ARXIV], SITE, self.operator, dial, SIGNER)
        return Told(report, [dict(line) for line in logs])


@pytest.fixture
def upkeep(store: Store, smtp_server: SmtpServer) -> Upkeep:
    for what in Telling:  # the marks of another test: the database is shared, and so is `meta`
        store.told.put(what, date(2020, 1, 1))
    store.heartbeats.put(Heartbeat(at=NOON, started_at=NOON - DAY))
    return Upkeep(store, smtp_server.port)


def add(store: Store, count: int) -> list[Subscriber]:
    return [store.subscribers.add(reader(f"reader{n}@example.org"), NOON) for n in range(count)]


def decide(store: Store, readers: list[Subscriber], result: NoDigest | Missed, day: date = THURSDAY) -> None:
    at = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    store.deliveries.enqueue([Owed(one.id, day, at, result, at + 9 * DAY) for one in readers], at)


def test_a_day_is_over_when_it_is_over_everywhere() -> None:
    assert last_day_over(NOON) == THURSDAY
    assert last_day_over(NOON - timedelta(seconds=1)) == THURSDAY - DAY
    assert last_day_over(NOON + timedelta(hours=23)) == THURSDAY


async def test_the_day_is_told_once_with_its_counts(upkeep: Upkeep) -> None:
    readers = add(upkeep.store, 4)
    decide(upkeep.store, readers[:3], NoDigest("no paper matched", Cause.BELOW_THRESHOLD))
    decide(upkeep.store, readers[3:], NoDigest("paused", Cause.PAUSED))
    decide(upkeep.store, readers[:1], NoDigest("no paper matched", Cause.NOTHING_NEW), THURSDAY + DAY)
    first = await upkeep.at(NOON + HOUR)
    assert first.report == SummaryReport(THURSDAY)
    [line] = first.logs
    expected = {"day": "2026-05-28", "sent": 0, "skipped": 4, "causes": {"below-threshold": 3, "paused": 1}}
    assert line == {"event": "day", "log_level": "info", "problems": 0, **expected}
    assert (await upkeep.at(NOON + 2 * HOUR)).logs == []
    assert (await upkeep.at(NOON + DAY)).logs[0]["day"] == "2026-05-29"


async def test_a_clock_that_went_back_tells_an_earlier_day_and_then_goes_on(upkeep: Upkeep) -> None:
    for moment, day in ((NOON + 3650 * DAY, "2036-05-25"), (NOON, "2026-05-28"), (NOON + DAY, "2026-05-29")):
        assert (await upkeep.at(moment)).logs[0]["day"] == day


async def test_what_is_wrong_is_mailed_once_until_the_next_day_is_told(upkeep: Upkeep, smtp_server: SmtpServer) -> None:
    decide(upkeep.store, add(upkeep.store, 12), Missed("nothing ran at that hour", Cause.NOT_RUNNING))
    upkeep.store.sources.put(SILENT)
    first = await upkeep.at(NOON)
    assert first.report.mailed
    assert first.events == ["day", "something is wrong", "something is wrong"]
    assert first.logs[1]["problem"] == "no mail went out on Thursday 28 May 2026: nothing ran (12)"
    for hours in (1, 5, 23):
        assert (await upkeep.at(NOON + hours * HOUR)).logs == []
    again = await upkeep.at(NOON + 24 * HOUR)
    assert again.report.problems == ("arxiv was last read on 26 May 2026, 12:00 UTC: it answered 503",)

    one, two = smtp_server.mails
    assert (one.sender, one.recipient) == ("papers@example.org", OPERATOR)
    assert verdicts(one.message) == [True, True]
    message = message_from_bytes(one.message)
    assert message["Subject"].replace("\r\n", "") == (
        "Morning papers: no mail went out on Thursday 28 May 2026: nothing ran (12) (and 1 more)"
    )
    text = bytes(message.get_payload(decode=True)).decode()
    assert "* arxiv was last read on 26 May 2026, 12:00 UTC: it answered 503" in text
    assert "Of Thursday, 28 May 2026: 12 missed." in text
    assert "reader" not in text
    assert "arxiv was last read" in message_from_bytes(two.message)["Subject"]


async def test_what_begins_later_that_day_is_told_then(upkeep: Upkeep, smtp_server: SmtpServer) -> None:
    assert not (await upkeep.at(NOON)).report.problems
    upkeep.store.sources.put(SILENT)
    assert (await upkeep.at(NOON + HOUR)).report.mailed
    assert len(smtp_server.mails) == 1


async def test_without_an_operators_address_the_log_says_it_once(upkeep: Upkeep, smtp_server: SmtpServer) -> None:
    upkeep.operator = ""
    upkeep.store.sources.put(SILENT)
    assert (await upkeep.at(NOON)).events == ["day", "something is wrong"]
    assert (await upkeep.at(NOON + HOUR)).events == []
    assert smtp_server.sessions == 0


@pytest.mark.parametrize(
    ("point", "answer"),
    [
        ("CONNECT", "421 4.3.2 busy"),
        ("MAIL", "451 4.3.0 later"),
        ("RCPT", f"550 5.1.1 <{OPERATOR}> unknown"),
        ("DATA", "554 5.7.1 no"),
        ("DOT", f"452 4.2.2 the mailbox of {OPERATOR} is full"),
        ("RCPT", DROP),
    ],
)
async def test_a_mail_that_is_not_taken_is_tried_again_at_the_next_upkeep(
    upkeep: Upkeep, smtp_server: SmtpServer, point: str, answer: str
) -> None:
    upkeep.store.sources.put(SILENT)
    smtp_server.answer(point, answer)
    for hours in range(2):
        failed = await upkeep.at(NOON + hours * HOUR)
        assert not failed.report.mailed
        assert failed.logs[-1]["event"] == "the operator cannot be mailed"
        assert "ops" not in str(failed.logs)
    smtp_server.behave()
    assert (await upkeep.at(NOON + 2 * HOUR)).report.mailed
    assert (await upkeep.at(NOON + 3 * HOUR)).logs == []
    assert len(smtp_server.mails) == 1


@pytest.mark.parametrize("lost", [DROP, f"{CUT}250 2.0"])
async def test_one_whose_fate_is_unknown_is_not_sent_again(upkeep: Upkeep, smtp_server: SmtpServer, lost: str) -> None:
    upkeep.store.sources.put(SILENT)
    smtp_server.answer("DOT", lost)
    assert (await upkeep.at(NOON)).report.mailed
    assert (await upkeep.at(NOON + HOUR)).logs == []


@pytest.mark.parametrize(("point", "mailed"), [("MAIL", False), ("DOT", True)])
async def test_a_server_that_is_silent_holds_nothing_up(
    upkeep: Upkeep, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch, point: str, mailed: bool
) -> None:
    monkeypatch.setattr(summary, "SECONDS", 0.2)
    upkeep.store.sources.put(SILENT)
    smtp_server.answer(point, SILENCE)
    async with asyncio.timeout(10):
        assert (await upkeep.at(NOON)).report.mailed is mailed


async def test_an_address_that_no_message_can_carry_is_a_line_in_the_log(upkeep: Upkeep) -> None:
    upkeep.operator = "öps@example.net"
    upkeep.store.sources.put(SILENT)
    failed = await upkeep.at(NOON)
    assert failed.logs[-1]["event"] == "the operator cannot be mailed"
    assert "example.net" not in str(failed.logs)


# --- the facts ----------------------------------------------------------------------------------------------------


def beat(store: Store, ended: datetime | None) -> None:
    ticks = {"enqueue": ended} if ended else {}
    store.heartbeats.put(Heartbeat(at=NOON, started_at=NOON - DAY, ticks=ticks))


def with_a_late_queue(store: Store) -> None:
    edition = publish(store, THURSDAY)
    waiting, undecided = add(store, 2)
    store.deliveries.enqueue([replace(owed(edition, waiting), due_at=NOON - 3 * HOUR)], NOON)
    store.subscribers.schedule({undecided.id: NOON - 3 * HOUR, waiting.id: NOON + DAY})


@pytest.mark.parametrize(
    ("ended", "found"),
    [(NOON - timedelta(minutes=5), 1), (NOON - timedelta(minutes=11), 0), (None, 0), (NOON + DAY, 1)],
)
async def test_a_queue_is_judged_only_while_the_daemon_is_at_work(
    upkeep: Upkeep, ended: datetime | None, found: int
) -> None:
    """After a night asleep all is late for a moment, and nothing is wrong."""
    with_a_late_queue(upkeep.store)
    beat(upkeep.store, ended)
    facts = gathered(upkeep.store, [ARXIV], NOON)
    assert (facts.overdue.get(DeliveryState.QUEUED, 0), facts.undecided) == (found, found)
    assert facts.oldest == NOON - 3 * HOUR


async def test_what_is_two_hours_late_is_not_late_yet(upkeep: Upkeep) -> None:
    with_a_late_queue(upkeep.store)
    moment = NOON - HOUR
    beat(upkeep.store, moment)
    facts = gathered(upkeep.store, [ARXIV], moment)
    assert (facts.overdue, facts.undecided) == ({}, 0)


@pytest.mark.parametrize(
    ("state", "settled"), [(DeliveryState.FAILED, NOON - DAY), (DeliveryState.UNCERTAIN, NOON - timedelta(seconds=1))]
)
async def test_bad_ends_count_in_the_day_to_noon_in_which_they_came(
    upkeep: Upkeep, state: DeliveryState, settled: datetime
) -> None:
    store = upkeep.store
    edition = publish(store, THURSDAY)
    store.deliveries.enqueue([owed(edition, one) for one in add(store, 1)], NOON - 2 * DAY)
    [one] = store.deliveries.claim("sender", 1, NOON + DAY)
    assert store.deliveries.settle(one, Reply(Stage.RCPT, 550), state, now=settled)
    found: Callable[[int], object] = lambda days: gathered(store, [], NOON + days * DAY + 6 * HOUR).ended  # noqa: E731
    assert (found(-1), found(0), found(1)) == ({}, {state: 1}, {})


async def test_a_source_that_is_not_read_any_more_is_nobodys_trouble(upkeep: Upkeep) -> None:
    upkeep.store.sources.put(replace(SILENT, name="given up"))
    assert not (await upkeep.at(NOON)).report.problems
