"""A deliver run says at each step that it gets on, and whether it talks to a server, who may take his time."""

from datetime import timedelta

import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.deliver import Policy, deliver
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.limits import Limits
from digest.jobs.pace import Pace
from digest.jobs.publish import publish
from digest.mail.transport import SmtpTransport
from digest.store.engine import Store
from tests.crash.days import compose
from tests.jobs.conftest import FOLDING, MORNING, list_papers, reader
from tests.smtp import SmtpServer

HOUR = timedelta(hours=1)
NO_LIMITS = Limits()


@pytest.fixture
def queued(store: Store) -> Store:
    clock = FixedClock(MORNING)
    list_papers(store, *FOLDING, at=MORNING - HOUR)
    publish(store, clock, 4, ())
    for name in ("ada", "bo", "chi"):
        store.subscribers.add(reader(f"{name}@example.org"), MORNING)
    enqueue(store, clock, Rules(), Terms(4, 12 * HOUR))
    return store


async def send(store: Store, server: SmtpServer, signs: list[bool], limits: Limits = NO_LIMITS) -> None:
    clock, policy, pace = FixedClock(MORNING), Policy(connections=1), Pace(1, limits)
    async with SmtpTransport("127.0.0.1", server.port, "none", connections=1) as transport:
        with store.seat() as seat:
            await deliver(store, compose, transport, clock, policy, pace, seat, alive=signs.append)


async def test_only_while_it_talks_may_the_next_sign_be_long_in_coming(queued: Store, smtp_server: SmtpServer) -> None:
    signs: list[bool] = []
    at_rcpt: list[bool] = []
    smtp_server.meanwhile("RCPT", lambda: at_rcpt.append(signs[-1]))
    await send(queued, smtp_server, signs)
    assert at_rcpt == [True] * 3
    assert signs.count(False) >= 3
    assert not signs[-1]


async def test_the_answer_to_the_dot_has_its_ten_minutes_however_slow_the_server_was_before(
    queued: Store, smtp_server: SmtpServer
) -> None:
    signs: list[bool] = []
    at_mail: list[int] = []
    at_data: list[int] = []
    smtp_server.meanwhile("MAIL", lambda: at_mail.append(len(signs)))
    smtp_server.meanwhile("DATA", lambda: at_data.append(len(signs)))
    await send(queued, smtp_server, signs)
    assert all(data > mail for mail, data in zip(at_mail, at_data, strict=True))


async def test_waiting_for_its_turn_it_gets_on(queued: Store, smtp_server: SmtpServer) -> None:
    signs: list[bool] = []
    at_mail: list[int] = []
    at_dot: list[int] = []
    smtp_server.meanwhile("MAIL", lambda: at_mail.append(len(signs)))
    smtp_server.meanwhile("DOT", lambda: at_dot.append(len(signs)))
    await send(queued, smtp_server, signs, Limits(per_second=0.9))
    # One when the message before has ended, one for a place, one for each half second.
    assert all(mail >= dot + 4 for dot, mail in zip(at_dot[:-1], at_mail[1:], strict=True))
