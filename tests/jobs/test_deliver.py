"""The ledger and a real SMTP server agree on what happened, whatever the server does."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.errors import StoreUnavailable
from digest.jobs import deliver as jobs_deliver
from digest.jobs import prepare as jobs_prepare
from digest.jobs.deliver import DeliverReport, Policy, deliver
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.limits import Limits
from digest.jobs.pace import REFUSED, Pace
from digest.jobs.prepare import Preparer
from digest.jobs.publish import publish
from digest.jobs.run import Run
from digest.mail.compose import Composer
from digest.mail.render import Renderer
from digest.mail.transport import SmtpTransport
from digest.metrics import Metrics
from digest.model import Delivery, DeliveryState, Digest, Envelope, Site, Stage, SubscriberState
from digest.resources import templates_dir
from digest.store.engine import Store
from digest.templating import Templates
from digest.tokens import Tokens
from tests.jobs.conftest import FOLDING, MORNING, list_papers, reader
from tests.smtp import DROP, SILENCE, SmtpServer

SITE = Site(
    name="Morning papers",
    base_url="https://papers.example.org",
    sender_name="Morning papers",
    sender_address="papers@example.org",
)
HOUR = timedelta(hours=1)


@pytest.fixture
def queued(store: Store) -> Store:
    list_papers(store, *FOLDING, at=MORNING - HOUR)
    publish(store, FixedClock(MORNING), 4, ())
    for name in ("ada", "bo", "chi"):
        store.subscribers.add(reader(f"{name}@example.org"), MORNING)
    enqueue(store, FixedClock(MORNING), Rules(), Terms(4, 12 * HOUR))
    return store


COMPOSER = Composer(SITE, Renderer(SITE, Templates(templates_dir())), Tokens(b"thirty-two characters of secret!"))


async def compose(digest: Digest) -> tuple[Envelope, bytes]:
    return COMPOSER.compose(digest)


async def send(
    store: Store,
    server: SmtpServer,
    *,
    after: timedelta = timedelta(),
    on_uncertain: str = "resend",
    pace: Pace | None = None,
    stopping: Callable[[], bool] = lambda: False,
    ending: Callable[[], bool] | None = None,
) -> DeliverReport:
    policy = Policy(connections=2, on_uncertain=on_uncertain)
    clock, pace = FixedClock(MORNING + after), pace or Pace(connections=2)
    async with SmtpTransport(server.host, server.port, "none", connections=2) as transport:
        with store.seat() as seat:
            stop = {"stopping": stopping, "ending": ending}
            return await deliver(store, compose, transport, clock, policy, pace, seat, **stop)


def of(store: Store, name: str) -> Delivery:
    delivery = store.deliveries.find(f"{name}@example.org")
    assert delivery
    return delivery


async def test_each_message_leaves_once(queued: Store, smtp_server: SmtpServer) -> None:
    assert (await send(queued, smtp_server))[DeliveryState.SENT] == 3
    assert (await send(queued, smtp_server)).counts == {}
    assert sorted(mail.recipient for mail in smtp_server.mails) == [
        f"{name}@example.org" for name in ("ada", "bo", "chi")
    ]
    [attempt] = queued.deliveries.attempts(of(queued, "ada").id)
    assert (attempt.reply.stage, attempt.reply.code, attempt.outcome) == (Stage.DOT, 250, DeliveryState.SENT)


async def test_a_temporary_no_is_tried_again_when_its_time_has_come(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", "450 4.2.0 greylisted, come back", when="bo@", times=1)
    first = await send(queued, smtp_server)
    assert (first[DeliveryState.SENT], first[DeliveryState.DEFERRED]) == (2, 1)
    delivery = of(queued, "bo")
    assert delivery.next_attempt_at
    assert delivery.next_attempt_at > MORNING
    assert (await send(queued, smtp_server)).counts == {}
    assert (await send(queued, smtp_server, after=HOUR))[DeliveryState.SENT] == 1
    assert [attempt.reply.code for attempt in queued.deliveries.attempts(delivery.id)] == [450, 250]


async def test_a_dead_address_is_suppressed_for_good(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", "550 5.1.1 no such mailbox", when="bo@")
    report = await send(queued, smtp_server)
    assert (report[DeliveryState.SENT], report[DeliveryState.FAILED]) == (2, 1)
    assert of(queued, "bo").state is DeliveryState.FAILED
    assert queued.suppressions.contains("BO@example.org")
    assert queued.subscribers.list(SubscriberState.SUPPRESSED)
    assert queued.deliveries.retry(of(queued, "bo").id, MORNING)
    again = await send(queued, smtp_server)
    assert again[DeliveryState.SUPPRESSED] == 1
    assert len(smtp_server.mails) == 2


async def test_it_is_given_up_when_the_next_edition_is_due(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", "450 4.2.0 not now", when="bo@")
    await send(queued, smtp_server)
    await send(queued, smtp_server, after=20 * HOUR)
    delivery = of(queued, "bo")
    assert delivery.state is DeliveryState.FAILED
    assert "given up" in delivery.reason
    assert not queued.suppressions.contains("bo@example.org")


async def test_a_connection_lost_before_data_is_harmless(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", DROP, when="bo@", times=1)
    await send(queued, smtp_server)
    assert of(queued, "bo").state in {DeliveryState.DEFERRED, DeliveryState.QUEUED}
    await send(queued, smtp_server, after=2 * HOUR)
    assert sorted(mail.recipient for mail in smtp_server.mails) == [
        f"{name}@example.org" for name in ("ada", "bo", "chi")
    ]


async def test_no_answer_to_the_dot_is_sent_again_byte_for_byte(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", DROP, times=1)
    await send(queued, smtp_server)
    await send(queued, smtp_server, after=2 * HOUR)
    assert {of(queued, name).state for name in ("ada", "bo", "chi")} == {DeliveryState.SENT}
    [lost] = smtp_server.turned_away
    [again] = [mail for mail in smtp_server.mails if mail.recipient == lost.recipient]
    assert again.message == lost.message


async def test_no_answer_to_the_dot_is_held_when_asked(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", DROP, times=1)
    await send(queued, smtp_server, on_uncertain="hold")
    await send(queued, smtp_server, after=2 * HOUR, on_uncertain="hold")
    [held] = queued.deliveries.list(state=DeliveryState.UNCERTAIN)
    assert len(smtp_server.mails) == 2
    assert all(mail.recipient != held.address for mail in smtp_server.mails)


async def test_without_a_server_nothing_is_lost(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.refuse()
    report = await send(queued, smtp_server)
    assert report.problem
    assert report[DeliveryState.SENT] == 0
    states = queued.deliveries.counts()
    assert states.keys() <= {DeliveryState.QUEUED, DeliveryState.DEFERRED}
    assert sum(states.values()) == 3


async def test_our_own_fault_stops_the_run_and_blames_nobody(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("MAIL", "550 5.7.1 you may not relay here")
    report = await send(queued, smtp_server)
    assert "5.7.1" in report.problem or "relay" in report.problem
    assert queued.suppressions.list() == []
    assert smtp_server.mails == []


async def test_unsubscribing_stops_what_is_queued(queued: Store, smtp_server: SmtpServer) -> None:
    queued.subscribers.set_state(of(queued, "bo").subscriber_id, SubscriberState.UNSUBSCRIBED, "link", MORNING)
    report = await send(queued, smtp_server)
    assert report[DeliveryState.SENT] == 2
    assert not any("bo@example.org" in line for _, line in smtp_server.commands)
    delivery = of(queued, "bo")
    assert delivery.state is DeliveryState.SUPPRESSED
    assert "unsubscribed" in delivery.reason


def write(store: Store, statement: str) -> None:
    """What only a fault could do to the rows."""
    with store.database.write() as conn:
        conn.execute(text(statement))


async def test_one_that_cannot_be_composed_is_set_aside(queued: Store, smtp_server: SmtpServer) -> None:
    write(queued, f"UPDATE delivery SET recipient = 'rubbish' WHERE id = {of(queued, 'bo').id}")
    pace = Pace(connections=2)
    first = await send(queued, smtp_server, pace=pace)
    assert (first[DeliveryState.SENT], first[DeliveryState.DEFERRED]) == (2, 1)
    assert (await send(queued, smtp_server, pace=pace)).counts == {}
    for minutes, end in ((2, DeliveryState.DEFERRED), (8, DeliveryState.POISONED)):
        assert (await send(queued, smtp_server, pace=pace, after=timedelta(minutes=minutes)))[end] == 1
    assert "cannot be composed" in of(queued, "bo").reason
    assert queued.deliveries.retry(of(queued, "bo").id, MORNING)
    assert of(queued, "bo").strikes == 0


async def test_where_none_can_be_composed_the_fault_is_ours_and_nobody_gets_a_strike(
    queued: Store, smtp_server: SmtpServer
) -> None:
    queued.subscribers.add_many([reader(f"reader{number}@example.org") for number in range(20)], MORNING)
    enqueue(queued, FixedClock(MORNING), Rules(), Terms(4, 12 * HOUR))
    write(queued, "UPDATE delivery SET recipient = 'rubbish'")
    pace = Pace(connections=2)
    report = await send(queued, smtp_server, pace=pace)
    assert "messages in a row cannot be composed" in report.problem
    assert queued.deliveries.counts() == {DeliveryState.QUEUED: 23}
    assert {delivery.strikes for delivery in queued.deliveries.list()} == {0}
    assert (await send(queued, smtp_server, pace=pace)).resting, "it is not tried again at once"


async def test_bad_ones_ahead_do_not_hold_up_the_good_ones(queued: Store, smtp_server: SmtpServer) -> None:
    names = [f"reader{number}@example.org" for number in range(20)]
    queued.subscribers.add_many([reader(name) for name in names], MORNING)
    enqueue(queued, FixedClock(MORNING), Rules(), Terms(4, 12 * HOUR))
    write(
        queued, "UPDATE delivery SET recipient = 'rubbish' WHERE id IN (SELECT id FROM delivery ORDER BY id LIMIT 12)"
    )
    pace = Pace(connections=2)
    for minute in range(3):
        await send(queued, smtp_server, pace=pace, after=timedelta(minutes=minute))
    assert len(smtp_server.mails) == 11


async def test_one_that_stops_its_sender_is_not_the_first_of_the_next_run(
    queued: Store, smtp_server: SmtpServer
) -> None:
    """Its address cannot stand in a command, which nobody checked before."""
    write(queued, f"UPDATE delivery SET address = 'a b@example.org' WHERE id = {of(queued, 'ada').id}")
    write(queued, "UPDATE subscriber SET address = 'a b@example.org' WHERE address = 'ada@example.org'")
    assert (await send(queued, smtp_server))[DeliveryState.SENT] == 2
    [bad] = [delivery for delivery in queued.deliveries.list() if delivery.state is not DeliveryState.SENT]
    assert bad.state in {DeliveryState.DEFERRED, DeliveryState.QUEUED}


async def test_one_that_cannot_be_put_aside_breaks_off_nobody_else_s_message(
    queued: Store, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_wanted, both_are_asked = queued.deliveries.is_wanted, threading.Event()
    at_the_dot, put_aside = threading.Event(), threading.Event()

    def stumbling(delivery: Delivery) -> bool:
        if delivery.address == "bo@example.org":
            both_are_asked.set()
            assert at_the_dot.wait(30)
            raise RuntimeError
        both_are_asked.wait(5)
        return is_wanted(delivery)

    def away(*_: object, **__: object) -> bool:
        put_aside.set()
        raise StoreUnavailable("the database is away")

    def slow() -> None:
        at_the_dot.set()
        put_aside.wait(1)

    monkeypatch.setattr(queued.deliveries, "is_wanted", stumbling)
    monkeypatch.setattr(queued.deliveries, "postpone", away)
    smtp_server.meanwhile("DOT", slow)
    assert (await send(queued, smtp_server)).problem == "RuntimeError: "
    assert of(queued, "bo").state is DeliveryState.QUEUED
    states = queued.deliveries.counts()
    assert states[DeliveryState.SENT] == len(smtp_server.mails) > 0
    assert DeliveryState.TRANSMITTING not in states


async def test_a_lease_that_ran_out_loses_nothing(queued: Store, smtp_server: SmtpServer) -> None:
    """A laptop that slept between claim and DATA."""
    smtp_server.meanwhile("RCPT", lambda: write(queued, "UPDATE delivery SET lease_until = 0 WHERE state = 'claimed'"))
    first = await send(queued, smtp_server)
    assert first.counts == {}
    assert queued.deliveries.counts() == {DeliveryState.QUEUED: 3}
    smtp_server.behave()
    assert (await send(queued, smtp_server))[DeliveryState.SENT] == 3


async def test_a_doubtful_message_is_sent_again_once(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", DROP, when="")
    for run in range(12):
        await send(queued, smtp_server, after=run * HOUR)
    copies = Counter(mail.recipient for mail in smtp_server.turned_away)
    assert set(copies.values()) == {2}
    assert queued.deliveries.counts() == {DeliveryState.UNCERTAIN: 3}


async def test_what_the_next_edition_has_overtaken_is_not_sent(queued: Store, smtp_server: SmtpServer) -> None:
    report = await send(queued, smtp_server, after=3 * 24 * HOUR)
    assert report.counts == {DeliveryState.MISSED: 3}
    assert smtp_server.commands == []
    assert queued.deliveries.retry(of(queued, "bo").id, MORNING + 3 * 24 * HOUR)
    assert (await send(queued, smtp_server, after=3 * 24 * HOUR))[DeliveryState.SENT] == 1


async def test_a_store_that_fails_once_ends_the_run_but_no_message_in_flight(
    queued: Store, smtp_server: SmtpServer
) -> None:
    """The table of suppressions is away while one sender asks for its permit."""
    gone = threading.Event()

    def lose() -> None:
        if not gone.is_set():
            gone.set()
            write(queued, "ALTER TABLE suppression RENAME TO hidden")

    smtp_server.meanwhile("DOT", lose)
    report = await send(queued, smtp_server)
    write(queued, "ALTER TABLE hidden RENAME TO suppression")
    assert report.problem
    states = queued.deliveries.counts()
    assert states[DeliveryState.SENT] == len(smtp_server.mails)
    assert DeliveryState.TRANSMITTING not in states
    assert sum(states.values()) == 3
    smtp_server.behave()
    await send(queued, smtp_server, after=HOUR)
    assert queued.deliveries.counts() == {DeliveryState.SENT: 3}
    assert len(smtp_server.mails) == 3


async def test_a_slow_limit_does_not_outlive_the_lease(queued: Store, smtp_server: SmtpServer) -> None:
    """One message in 100 s: not eight of them are claimed ahead."""
    preparer = Preparer(run(queued, Pace(connections=4, limits=Limits(per_second=0.01))), compose)
    assert preparer._room._value == 3
    preparer = Preparer(run(queued, Pace(connections=4)), compose)
    assert preparer._room._value == 8


def run(store: Store, pace: Pace) -> Run:
    clock = FixedClock(MORNING)
    return Run(store, clock, Policy(connections=4), pace, lambda: False, Metrics(store, clock))


async def test_no_address_is_in_the_problem_of_a_failing_store(queued: Store, smtp_server: SmtpServer) -> None:
    write(queued, "ALTER TABLE suppression RENAME TO hidden")
    report = await send(queued, smtp_server)
    write(queued, "ALTER TABLE hidden RENAME TO suppression")
    assert report.problem
    assert "@" not in report.problem


async def test_what_a_killed_sender_holds(queued: Store, smtp_server: SmtpServer) -> None:
    """On SQLite nobody else can be sending, so it is free at once; on PostgreSQL when its lease ends."""
    queued.deliveries.claim("killed", 2, MORNING)
    report = await send(queued, smtp_server)
    if queued.database.is_sqlite:
        assert (report[DeliveryState.SENT], report.requeued, report.held) == (3, 2, 0)
    else:
        assert (report[DeliveryState.SENT], report.requeued, report.held) == (1, 0, 2)


async def test_what_a_killed_sender_was_in_the_middle_of_is_held_when_asked(
    queued: Store, smtp_server: SmtpServer
) -> None:
    [doubtful] = queued.deliveries.claim("killed", 1, MORNING)
    assert queued.deliveries.permit(doubtful)
    write(queued, "UPDATE delivery SET lease_until = 0 WHERE state = 'transmitting'")
    report = await send(queued, smtp_server, on_uncertain="hold")
    assert (report[DeliveryState.SENT], report[DeliveryState.UNCERTAIN]) == (2, 1)
    assert doubtful.address not in {mail.recipient for mail in smtp_server.mails}


async def test_it_ends_whenever_it_is_told_to_stop_and_what_was_not_begun_is_in_the_queue(
    queued: Store, smtp_server: SmtpServer
) -> None:
    names = [f"reader{number}" for number in range(20)]
    queued.subscribers.add_many([reader(f"{name}@example.org") for name in names], MORNING)
    enqueue(queued, FixedClock(MORNING), Rules(), Terms(4, 12 * HOUR))
    for patience in range(1, 200, 7):
        looks = count()
        await send(queued, smtp_server, stopping=lambda: next(looks) >= patience)  # noqa: B023
        states = queued.deliveries.counts()
        assert states.keys() <= {DeliveryState.QUEUED, DeliveryState.SENT}
        assert states.get(DeliveryState.SENT, 0) == len(smtp_server.mails)
    assert queued.deliveries.counts() == {DeliveryState.SENT: 23}


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


async def test_a_server_that_does_not_answer_keeps_nobody_from_stopping(
    queued: Store, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is in doubt then: it goes again, byte for byte."""
    monkeypatch.setattr(jobs_deliver, "STOP_SECONDS", 0.2)
    smtp_server.answer("DOT", SILENCE, times=1)
    await send(queued, smtp_server, stopping=smtp_server.silent.is_set)
    [doubtful] = [mail.recipient for mail in smtp_server.turned_away]
    smtp_server.behave()
    if not queued.database.is_sqlite:
        write(queued, "UPDATE delivery SET lease_until = 0 WHERE state = 'transmitting'")
    await send(queued, smtp_server)
    assert queued.deliveries.counts() == {DeliveryState.SENT: 3}
    assert sorted(mail.recipient for mail in smtp_server.mails) == [
        f"{name}@example.org" for name in ("ada", "bo", "chi")
    ]
    assert [one.reply.code for one in queued.deliveries.attempts(of(queued, doubtful.partition("@")[0]).id)] == [0, 250]


async def test_who_is_in_no_hurry_waits_for_the_answer_to_what_was_begun(
    queued: Store, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_deliver, "STOP_SECONDS", 0.1)
    begun, answered = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert answered.wait(30)

    smtp_server.meanwhile("DOT", slow)
    sending = asyncio.create_task(send(queued, smtp_server, stopping=begun.is_set, ending=lambda: False))
    await asyncio.to_thread(begun.wait, 30)
    done, _ = await asyncio.wait([sending], timeout=5 * jobs_deliver.SLICE)
    assert not done
    answered.set()
    report = await asyncio.wait_for(sending, 30)
    assert report[DeliveryState.SENT] == len(smtp_server.mails)
    assert queued.deliveries.counts().keys() == {DeliveryState.SENT, DeliveryState.QUEUED}


async def test_what_falls_due_while_the_server_is_silent_about_another_leaves(
    queued: Store, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_deliver, "STOP_SECONDS", 0.2)
    monkeypatch.setattr(jobs_prepare, "LOOK_AGAIN", 0.05)
    smtp_server.answer("DOT", SILENCE, times=1)
    nothing_left, claim = threading.Event(), queued.deliveries.claim

    def observed(*arguments: Any) -> list[Delivery]:
        if not (claimed := claim(*arguments)):
            nothing_left.set()
        return claimed

    monkeypatch.setattr(queued.deliveries, "claim", observed)

    def dee_has_hers() -> bool:
        return "dee@example.org" in {mail.recipient for mail in smtp_server.mails}

    sending = asyncio.create_task(send(queued, smtp_server, stopping=dee_has_hers))
    await asyncio.to_thread(nothing_left.wait, 30)
    queued.subscribers.add(reader("dee@example.org"), MORNING)
    enqueue(queued, FixedClock(MORNING), Rules(), Terms(4, 12 * HOUR))
    await asyncio.wait_for(sending, 30)  # else nothing but the server's answer would end it
    assert dee_has_hers()
