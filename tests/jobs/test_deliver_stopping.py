"""Told to stop, it begins nothing more and loses nothing; meanwhile it waits for nobody in vain."""

import asyncio
import threading
from itertools import count
from typing import Any

import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs import deliver as jobs_deliver
from digest.jobs import prepare as jobs_prepare
from digest.jobs.enqueue import Terms, enqueue
from digest.model import Delivery, DeliveryState
from digest.store.engine import Store
from tests.jobs.conftest import MORNING, reader
from tests.jobs.sending import HOUR, of, send, write
from tests.smtp import SILENCE, SmtpServer


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
