"""A deliver run says at each step that it gets on, and whether it talks to a server, who may take his time."""

from datetime import timedelta

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.deliver import Policy, deliver
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.pace import Pace
from digest.jobs.publish import publish
from digest.mail.transport import SmtpTransport
from digest.store.engine import Store
from tests.crash.days import compose
from tests.jobs.conftest import FOLDING, MORNING, list_papers, reader
from tests.smtp import SmtpServer

HOUR = timedelta(hours=1)


async def test_only_while_it_talks_may_the_next_sign_be_long_in_coming(store: Store, smtp_server: SmtpServer) -> None:
    clock = FixedClock(MORNING)
    list_papers(store, *FOLDING, at=MORNING - HOUR)
    publish(store, clock, 4, ())
    for name in ("ada", "bo", "chi"):
        store.subscribers.add(reader(f"{name}@example.org"), MORNING)
    enqueue(store, clock, Rules(), Terms(4, 12 * HOUR))
    signs: list[bool] = []
    at_rcpt: list[bool] = []
    smtp_server.meanwhile("RCPT", lambda: at_rcpt.append(signs[-1]))
    async with SmtpTransport("127.0.0.1", smtp_server.port, "none", connections=1) as transport:
        with store.seat() as seat:
            await deliver(
                store, compose, transport, clock, Policy(connections=1), Pace(connections=1), seat, alive=signs.append
            )
    assert at_rcpt == [True] * 3
    assert signs.count(False) >= 3
    assert not signs[-1]
