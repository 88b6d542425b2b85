"""Faults of ours: what cannot be composed, a database that fails, a sender that was killed."""

import threading
from datetime import timedelta

import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.errors import StoreUnavailable
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.pace import Pace
from digest.model import Delivery, DeliveryState
from digest.store.engine import Store
from tests.jobs.conftest import MORNING, reader
from tests.jobs.sending import HOUR, of, send, write
from tests.smtp import SmtpServer


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
