"""Relays that are away, busy or strict: rest, limits and a pause."""

from datetime import timedelta

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.deliver import Policy
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.limits import Limits
from digest.jobs.pace import REFUSED, Pace
from digest.jobs.prepare import Preparer
from digest.jobs.run import Run
from digest.metrics import Metrics
from digest.model import DeliveryState
from digest.store.engine import Store
from tests.jobs.conftest import MORNING, reader
from tests.jobs.sending import HOUR, compose, of, send
from tests.smtp import DROP, SmtpServer


async def test_a_slow_limit_does_not_outlive_the_lease(queued: Store, smtp_server: SmtpServer) -> None:
    """One message in 100 s: not eight of them are claimed ahead."""
    preparer = Preparer(run(queued, Pace(connections=4, limits=Limits(per_second=0.01))), compose)
    assert preparer._room._value == 3
    preparer = Preparer(run(queued, Pace(connections=4)), compose)
    assert preparer._room._value == 8


def run(store: Store, pace: Pace) -> Run:
    clock = FixedClock(MORNING)
    return Run(store, clock, Policy(connections=4), pace, lambda: False, Metrics(store, clock))


async def test_one_sender_at_a_time_probes_a_relay_that_was_away(queued: Store, smtp_server: SmtpServer) -> None:
    """The run that finds the relay away ends, and nobody is blamed for it; the next one waits for its time."""
    smtp_server.answer("CONNECT", DROP)
    pace = Pace(connections=2)
    first = await send(queued, smtp_server, pace=pace)
    assert "no usable answer" in first.problem or "cannot be reached" in first.problem
    assert (first.returned, smtp_server.sessions) == (2, 2)
    assert queued.deliveries.counts() == {DeliveryState.QUEUED: 3}
    assert (await send(queued, smtp_server, pace=pace)).resting
    assert smtp_server.sessions == 2
    await send(queued, smtp_server, pace=pace, after=HOUR)
    assert smtp_server.sessions == 3, "one probe"
    smtp_server.behave()
    assert (await send(queued, smtp_server, pace=pace, after=2 * HOUR))[DeliveryState.SENT] == 3


async def test_too_many_refusals_pause_the_sending_beyond_the_run(queued: Store, smtp_server: SmtpServer) -> None:
    names = [f"reader{number}" for number in range(60)]
    queued.subscribers.add_many([reader(f"{name}@example.org") for name in names], MORNING)
    enqueue(queued, FixedClock(MORNING), Rules(), Terms(4, 12 * HOUR))
    smtp_server.answer("RCPT", "550 5.1.1 no such mailbox")
    report = await send(queued, smtp_server)
    assert "messages were refused for good" in report.problem
    assert REFUSED < report[DeliveryState.FAILED] <= REFUSED + 2  # those that were on their way
    dialled = len(smtp_server.commands)
    again = await send(queued, smtp_server)
    assert "sending is paused until 10:00 UTC" in again.problem
    assert len(smtp_server.commands) == dialled
    smtp_server.behave()
    queued.deliveries.resume()
    assert (await send(queued, smtp_server))[DeliveryState.SENT] == 63 - report[DeliveryState.FAILED]


async def test_the_limit_of_a_day_counts_over_runs(queued: Store, smtp_server: SmtpServer) -> None:
    first = await send(queued, smtp_server, pace=Pace(connections=2, limits=Limits(per_day=2)))
    assert (first[DeliveryState.SENT], first.problem) == (2, "")
    assert "per_day = 2 is reached" in first.resting
    later = await send(queued, smtp_server, pace=Pace(connections=2, limits=Limits(per_day=2)), after=HOUR)
    assert (later.counts, queued.deliveries.counts()[DeliveryState.QUEUED]) == ({}, 1)
    queued.deliveries.retry(of(queued, "ada").id, MORNING)
    assert (await send(queued, smtp_server, pace=Pace(limits=Limits(per_day=3)), after=HOUR))[DeliveryState.SENT] == 1


async def test_one_domain_gets_its_share_of_a_minute_and_others_do_not_wait_for_it(
    queued: Store, smtp_server: SmtpServer
) -> None:
    queued.subscribers.add(reader("dee@example.com"), MORNING)
    enqueue(queued, FixedClock(MORNING), Rules(), Terms(4, 12 * HOUR))
    pace = Pace(connections=2, limits=Limits(per_domain_minute=1))
    assert (await send(queued, smtp_server, pace=pace))[DeliveryState.SENT] == 2
    assert {mail.recipient.partition("@")[2] for mail in smtp_server.mails} == {"example.org", "example.com"}
    for minutes in (1, 2):
        report = await send(queued, smtp_server, pace=pace, after=timedelta(minutes=minutes))
        assert report[DeliveryState.SENT] == 1
    assert all(queued.deliveries.attempts(one.id)[0].number == 1 for one in queued.deliveries.list())
