"""Connections that are used again: asked first, replaced when they are old or worn, as many as the limit says."""

import asyncio
import threading

import pytest

from digest.mail.transport import SmtpTransport
from tests.mail.test_transport import ADA, BYTES, HASTY, TAKEN, granted, transport_to, verbs
from tests.smtp import DROP, SILENCE, SmtpServer


async def test_a_connection_carries_so_many_messages(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server, connections=1, messages=3) as transport:
        for _ in range(7):
            assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert [mail.session for mail in smtp_server.mails] == [1, 1, 1, 2, 2, 2, 3]
    assert verbs(smtp_server).count("QUIT") == 3


async def test_a_connection_grows_old(smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.mail.pool._AGE", -1)
    async with transport_to(smtp_server, connections=1) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        await transport.send(ADA, BYTES, granted, granted)
    assert [mail.session for mail in smtp_server.mails] == [1, 2]
    assert verbs(smtp_server).count("QUIT") == 2


async def test_we_leave_after_a_long_rest(smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.mail.pool._REST", 0.01)
    left = threading.Event()
    smtp_server.meanwhile("QUIT", left.set)
    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        assert await asyncio.to_thread(left.wait, 10)
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert smtp_server.sessions == 2


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rest is one after which a server may have gone."""
    monkeypatch.setattr("digest.mail.transport._DOUBT", -1)


@pytest.mark.usefixtures("doubtful")
async def test_after_a_rest_the_server_is_asked_before_anybody_is_named(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        await transport.send(ADA, BYTES, granted, granted)
    assert verbs(smtp_server) == ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA", "QUIT"]
    assert smtp_server.sessions == 1


@pytest.mark.usefixtures("doubtful")
@pytest.mark.parametrize("fault", [DROP, SILENCE, "421 4.4.2 you slept", "502 what?", "250 ok\r\n250 ok"])
async def test_a_connection_that_is_not_ready_is_replaced_unseen(smtp_server: SmtpServer, fault: str) -> None:
    smtp_server.answer("RSET", fault, times=1)
    async with transport_to(smtp_server, deadlines=HASTY) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert (smtp_server.sessions, verbs(smtp_server).count("MAIL")) == (2, 2)


async def test_a_refused_message_does_not_cost_the_connection(smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", "554 5.6.0 no", times=1)
    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert smtp_server.sessions == 1


async def most_at_once(transport: SmtpTransport, expected: int) -> int:
    """The first of eight messages wait for each other, until the expected number is under way."""
    at_once = most = 0
    full = asyncio.Event()

    async def permit() -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == expected:
            full.set()
        await full.wait()
        await asyncio.sleep(0)
        at_once -= 1
        return True

    await asyncio.gather(*(transport.send(ADA, BYTES, granted, permit) for _ in range(8)))
    return most


async def test_never_more_at_once_than_the_limit(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server, connections=4) as transport:
        assert await most_at_once(transport, 4) == 4
        transport.limit(1)
        assert await most_at_once(transport, 1) == 1
        assert smtp_server.sessions == 4
        transport.limit(3)
        assert await most_at_once(transport, 3) == 3
        transport.limit(0)  # nobody waits for ever
        assert await most_at_once(transport, 1) == 1
    assert smtp_server.sessions == 6
    assert verbs(smtp_server).count("QUIT") == 6


async def test_a_higher_limit_lets_those_in_who_wait(smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", SILENCE, times=1)
    async with transport_to(smtp_server, connections=1) as transport:
        stuck = asyncio.create_task(transport.send(ADA, BYTES, granted, granted))
        await asyncio.to_thread(smtp_server.silent.wait)
        second = asyncio.create_task(transport.send(ADA, BYTES, granted, granted))
        await asyncio.sleep(0)
        transport.limit(2)
        assert await second == TAKEN
        stuck.cancel()
        await asyncio.wait([stuck])
