"""The transport against a real server: every fault at every stage is a Reply that says where it happened."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from digest.errors import ConfigError, MessageError
from digest.mail.transport import Deadlines, SmtpTransport
from digest.model import Envelope, Reply, Stage
from tests.smtp import CUT, DROP, HALF, SILENCE, SmtpServer

ADA = Envelope("papers@example.org", "ada@example.org")
BYTES = b"Subject: seven papers\r\n\r\nText.\r\n"
TAKEN = Reply(Stage.DOT, 250, "2.0.0", "queued")
HASTY = Deadlines(connect=1, command=1, dot=1, reset=1, quit=1)


async def granted() -> bool:
    return True


@asynccontextmanager
async def transport_to(server: SmtpServer, **options: Any) -> AsyncIterator[SmtpTransport]:
    async with SmtpTransport(server.host, server.port, options.pop("security", "none"), **options) as transport:
        yield transport


async def send_once(server: SmtpServer, **options: Any) -> Reply | None:
    async with transport_to(server, **options) as transport:
        return await transport.send(ADA, BYTES, granted, granted)


# --- a message that is taken ---------------------------------------------------------------------------------------


async def test_a_message_arrives_as_it_was(smtp_server: SmtpServer) -> None:
    assert await send_once(smtp_server) == TAKEN
    (mail,) = smtp_server.mails
    assert (mail.sender, mail.recipient, mail.message) == (ADA.sender, ADA.recipient, BYTES)


@pytest.mark.parametrize(
    "content",
    [b".\r\n", b"..\r\n", b"a\r\n.\r\nb\r\n", b"a\r\n.b\r\n..c\r\n\r\n.\r\n", b"\r\n", b".hidden: x\r\n\r\n.\r\n.\r\n"],
)
async def test_dots_are_stuffed(smtp_server: SmtpServer, content: bytes) -> None:
    async with transport_to(smtp_server) as transport:
        for _ in range(2):  # a second one shows that the first ended where it should
            await transport.send(ADA, content, granted, granted)
    assert [mail.message for mail in smtp_server.mails] == [content, content]


async def test_a_message_without_a_last_line_end_gets_one(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, b"a\r\nb", granted, granted)
    assert smtp_server.mails[0].message == b"a\r\nb\r\n"


async def test_ten_messages_need_two_connections(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server, connections=2) as transport:
        envelopes = [Envelope(ADA.sender, f"reader{n}@example.org") for n in range(10)]
        replies = await asyncio.gather(*(transport.send(envelope, BYTES, granted, granted) for envelope in envelopes))
    assert [reply and reply.code for reply in replies] == [250] * 10
    assert smtp_server.sessions == 2
    assert Counter(mail.recipient for mail in smtp_server.mails) == Counter(e.recipient for e in envelopes)
    assert [line for _, line in smtp_server.commands].count("QUIT") == 2


def test_a_transport_serves_one_loop_after_another(smtp_server: SmtpServer) -> None:
    transport = SmtpTransport(smtp_server.host, smtp_server.port, "none", connections=1)

    async def run() -> None:
        async with transport:
            await asyncio.gather(*(transport.send(ADA, BYTES, granted, granted) for _ in range(3)))

    asyncio.run(run())
    asyncio.run(run())
    assert len(smtp_server.mails) == 6


# --- the question before MAIL, and the one between RCPT and DATA ----------------------------------------------------


def verbs(server: SmtpServer) -> list[str]:
    return [line.split(" ")[0] for _, line in server.commands]


async def refused() -> bool:
    return False


async def test_wanted_is_asked_on_a_connection_that_is_ready_right_before_mail(smtp_server: SmtpServer) -> None:
    seen: list[list[str]] = []

    async def wanted() -> bool:
        seen.append(verbs(smtp_server))
        return True

    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, wanted, granted)
        await transport.send(ADA, BYTES, wanted, granted)
    assert seen == [["EHLO"], ["EHLO", "MAIL", "RCPT", "DATA"]]


async def test_who_is_not_wanted_is_never_named(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server) as transport:
        assert await transport.send(ADA, BYTES, refused, granted) is None
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert smtp_server.sessions == 1
    assert verbs(smtp_server).count("MAIL") == 1


async def test_wanted_is_asked_again_before_a_second_mail(smtp_server: SmtpServer) -> None:
    answers = iter([True, False])

    async def wanted() -> bool:
        return next(answers)

    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        smtp_server.answer("MAIL", DROP, times=1)
        assert await transport.send(ADA, BYTES, wanted, granted) is None
    assert (smtp_server.sessions, verbs(smtp_server).count("MAIL"), len(smtp_server.mails)) == (2, 2, 1)


async def test_permit_is_asked_after_rcpt_and_before_data(smtp_server: SmtpServer) -> None:
    seen: list[str] = []

    async def permit() -> bool:
        seen.extend(line.split(" ")[0] for _, line in smtp_server.commands)
        return True

    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, granted, permit)
    assert seen == ["EHLO", "MAIL", "RCPT"]


async def test_without_permission_nothing_is_sent_and_the_connection_is_used_again(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server) as transport:
        assert await transport.send(ADA, BYTES, granted, refused) is None
        assert not smtp_server.mails
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert verbs(smtp_server) == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA", "QUIT"]
    assert smtp_server.sessions == 1


async def test_what_permit_raises_is_raised_and_closes_the_connection(smtp_server: SmtpServer) -> None:
    async def broken() -> bool:
        raise RuntimeError("the disk is full")

    async with transport_to(smtp_server) as transport:
        with pytest.raises(RuntimeError, match="the disk is full"):
            await transport.send(ADA, BYTES, granted, broken)
        await transport.send(ADA, BYTES, granted, granted)
    assert (smtp_server.sessions, len(smtp_server.mails)) == (2, 1)


# --- refusals ------------------------------------------------------------------------------------------------------

REFUSALS = [
    ("CONNECT", "554 5.7.1 not you", Reply(Stage.CONNECT, 554, "5.7.1", "not you")),
    ("CONNECT", "421 4.3.2 come back later", Reply(Stage.CONNECT, 421, "4.3.2", "come back later")),
    ("EHLO", "550 who?", Reply(Stage.HELLO, 550, "", "who?")),
    ("MAIL", "451 4.3.0 queue trouble", Reply(Stage.MAIL, 451, "4.3.0", "queue trouble")),
    ("MAIL", "550 5.1.8 bad sender", Reply(Stage.MAIL, 550, "5.1.8", "bad sender")),
    ("RCPT", "450 4.2.0 greylisted", Reply(Stage.RCPT, 450, "4.2.0", "greylisted")),
    ("RCPT", "550-5.1.1 no such\r\n550 5.1.1 person", Reply(Stage.RCPT, 550, "5.1.1", "no such person")),
    ("RCPT", "550 no such person", Reply(Stage.RCPT, 550, "", "no such person")),
    ("RCPT", "421 4.7.0 slower", Reply(Stage.RCPT, 421, "4.7.0", "slower")),
    ("DATA", "451 4.3.5 not now", Reply(Stage.DATA, 451, "4.3.5", "not now")),
    ("DATA", "554 no valid recipients", Reply(Stage.DATA, 554, "", "no valid recipients")),
    ("DATA", "250 sure", Reply(Stage.DATA, 250, "", "sure")),
    ("DOT", "421 4.3.0 restarting", Reply(Stage.DOT, 421, "4.3.0", "restarting")),
    ("DOT", "452 4.3.1 disk full", Reply(Stage.DOT, 452, "4.3.1", "disk full")),
    ("DOT", "550 5.7.1 looks like spam", Reply(Stage.DOT, 550, "5.7.1", "looks like spam")),
]


@pytest.mark.parametrize(("point", "says", "expected"), REFUSALS)
async def test_a_refusal_is_a_reply_of_its_stage(
    smtp_server: SmtpServer, point: str, says: str, expected: Reply
) -> None:
    smtp_server.answer(point, says, times=1)
    async with transport_to(smtp_server) as transport:
        assert await transport.send(ADA, BYTES, granted, granted) == expected
        again = await transport.send(ADA, BYTES, granted, granted)
    assert again == TAKEN
    assert len(smtp_server.mails) == 1


@pytest.mark.parametrize(("point", "says"), [("MAIL", "550 no"), ("RCPT", "450 no"), ("DATA", "451 no")])
async def test_a_refused_transaction_is_reset_before_the_next(smtp_server: SmtpServer, point: str, says: str) -> None:
    smtp_server.answer(point, says, times=1)
    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        await transport.send(ADA, BYTES, granted, granted)
    assert verbs(smtp_server)[verbs(smtp_server).index("RSET") :] == ["RSET", "MAIL", "RCPT", "DATA", "QUIT"]
    assert smtp_server.sessions == 1


# --- answers out of turn -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("point", "stage"), [("CONNECT", Stage.CONNECT), ("EHLO", Stage.HELLO), ("RCPT", Stage.RCPT)])
async def test_a_yes_to_what_was_not_asked_spoils_the_one_before(
    smtp_server: SmtpServer, point: str, stage: Stage
) -> None:
    smtp_server.answer(point, f"{220 if point == 'CONNECT' else 250} ok\r\n250 ok", times=1)
    reply = await send_once(smtp_server)
    assert reply == Reply(stage, 0, "", "the server answered what it was not asked")
    assert "DATA" not in verbs(smtp_server)


async def test_an_acceptance_before_the_content_is_none(smtp_server: SmtpServer) -> None:
    smtp_server.answer("DATA", "354 go\r\n250 2.0.0 queued", times=1)
    smtp_server.answer("DOT", "554 5.7.1 no", times=1)
    reply = await send_once(smtp_server)
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.DATA, 0)
    assert not smtp_server.turned_away


async def test_a_goodbye_behind_the_acceptance_is_heard(smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", "250 2.0.0 queued\r\n421 4.3.0 restarting", times=1)
    async with transport_to(smtp_server) as transport:
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert (smtp_server.sessions, len(smtp_server.mails)) == (2, 2)


# --- connections that break ----------------------------------------------------------------------------------------

BREAKS = [
    ("CONNECT", Stage.CONNECT),
    ("EHLO", Stage.HELLO),
    ("MAIL", Stage.MAIL),
    ("RCPT", Stage.RCPT),
    ("DATA", Stage.DATA),
    ("DOT", Stage.DOT),
]


@pytest.mark.parametrize(("point", "stage"), BREAKS)
@pytest.mark.parametrize("fault", [DROP, SILENCE, "gibberish", "999 what", "25"])
async def test_no_answer_is_code_0_at_its_stage(smtp_server: SmtpServer, point: str, stage: Stage, fault: str) -> None:
    smtp_server.answer(point, fault, times=1)
    async with transport_to(smtp_server, deadlines=HASTY if fault == SILENCE else Deadlines()) as transport:
        reply = await transport.send(ADA, BYTES, granted, granted)
        assert reply is not None
        assert (reply.stage, reply.code, reply.enhanced) == (stage, 0, "")
        assert reply.text
        assert not transport._pool._idle  # a connection in an unknown state is never used again
        again = await transport.send(ADA, BYTES, granted, granted)
    assert again == TAKEN
    assert smtp_server.sessions == 2


async def test_silence_ends_at_the_deadline_of_its_step(smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", SILENCE)
    started = asyncio.get_running_loop().time()
    reply = await send_once(smtp_server, deadlines=Deadlines(connect=30, command=30, dot=0.2))
    assert reply == Reply(Stage.DOT, 0, "", "no answer within 0.2 s")
    assert asyncio.get_running_loop().time() - started < 1.2


async def test_nobody_listens(smtp_server: SmtpServer) -> None:
    smtp_server.refuse()
    reply = await send_once(smtp_server)
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.CONNECT, 0)
    assert "connect" in reply.text.lower()


async def test_a_connection_closed_while_idle_is_replaced(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        smtp_server.hang_up()
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert (smtp_server.sessions, len(smtp_server.mails)) == (2, 2)


async def test_a_connection_worn_out_is_replaced_once(smtp_server: SmtpServer) -> None:
    async with transport_to(smtp_server) as transport:
        await transport.send(ADA, BYTES, granted, granted)
        smtp_server.answer("MAIL", "421 4.7.0 enough on this connection")
        assert await transport.send(ADA, BYTES, granted, granted) == Reply(
            Stage.MAIL, 421, "4.7.0", "enough on this connection"
        )
    assert smtp_server.sessions == 2


async def test_a_failing_quit_changes_nothing(smtp_server: SmtpServer) -> None:
    smtp_server.answer("QUIT", DROP)
    assert await send_once(smtp_server) == TAKEN
    smtp_server.behave()
    smtp_server.answer("QUIT", SILENCE)
    assert await send_once(smtp_server, deadlines=HASTY) == TAKEN


async def test_go_on_is_no_answer_to_a_message(smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", "354 go on", times=1)
    async with transport_to(smtp_server) as transport:
        reply = await transport.send(ADA, BYTES, granted, granted)
        assert reply == Reply(Stage.DOT, 0, "", "no answer to a message: 354")
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert smtp_server.sessions == 2


@pytest.mark.parametrize(
    ("point", "fault", "taken"),
    [("CONTENT", DROP, 0), ("CONTENT", HALF, 0), ("DOT", CUT + "250 que", 1), ("DOT", CUT + "250-que\r\n", 1)],
)
async def test_half_a_dialogue_after_354_is_a_doubt(
    smtp_server: SmtpServer, point: str, fault: str, taken: int
) -> None:
    smtp_server.answer(point, fault)
    reply = await send_once(smtp_server)
    assert reply is not None
    assert (reply.stage, reply.code, len(smtp_server.mails)) == (Stage.DOT, 0, taken)


@pytest.mark.parametrize("point", ["RCPT", "DOT"])
async def test_a_cancelled_send_closes_its_connection(smtp_server: SmtpServer, point: str) -> None:
    smtp_server.answer(point, SILENCE, times=1)
    async with transport_to(smtp_server, connections=1) as transport:
        sending = asyncio.create_task(transport.send(ADA, BYTES, granted, granted))
        await asyncio.to_thread(smtp_server.silent.wait)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await transport.send(ADA, BYTES, granted, granted) == TAKEN
    assert smtp_server.sessions == 2


async def test_hostile_text_becomes_one_plain_line(smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", "550 5.1.1 \x1b[31mred\x00\udcff \u202etxt" + "x" * 900)
    reply = await send_once(smtp_server)
    assert reply is not None
    assert reply.text.isprintable()
    assert len(reply.text) <= 500
    reply.text.encode()


# --- who may talk to whom ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.1", "localhost.example.org", "2001:db8::1"])
def test_plain_text_stays_on_this_machine(host: str) -> None:
    with pytest.raises(ConfigError, match="not this machine"):
        SmtpTransport(host, 25, "none")


def test_an_unknown_security_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="'ssl'"):
        SmtpTransport("localhost", 25, "ssl")  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["a b@example.org", "a@x> SIZE=1", "a@x\r\nRCPT TO:<b@x>", "", "jörg@example.org"])
async def test_an_address_cannot_carry_a_command(smtp_server: SmtpServer, address: str) -> None:
    async with transport_to(smtp_server) as transport:
        for envelope in (Envelope(ADA.sender, address), Envelope(address, ADA.recipient)):
            with pytest.raises(MessageError):
                await transport.send(envelope, BYTES, granted, granted)
    assert smtp_server.sessions == 0


# --- TLS and AUTH --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Signs the server's certificate, and is trusted by nobody else."""
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(params=["tls", "starttls"])
def security(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def guarded(security: str, server_tls: ssl.SSLContext) -> Iterator[SmtpServer]:
    with SmtpServer(tls=server_tls, implicit=security == "tls", users={"papers": "s3cret"}) as server:
        yield server


async def test_encrypted_and_logged_in(guarded: SmtpServer, security: str, trusting: ssl.SSLContext) -> None:
    reply = await send_once(guarded, security=security, tls=trusting, username="papers", password="s3cret")
    assert reply == TAKEN
    (mail,) = guarded.mails
    assert (mail.encrypted, mail.user, mail.message) == (True, "papers", BYTES)


async def test_a_wrong_password_is_a_reply_of_auth(
    guarded: SmtpServer, security: str, trusting: ssl.SSLContext
) -> None:
    reply = await send_once(guarded, security=security, tls=trusting, username="papers", password="wrong")
    assert reply == Reply(Stage.AUTH, 535, "5.7.8", "wrong")
    assert not any(line.startswith("MAIL") for _, line in guarded.commands)


async def test_a_certificate_nobody_vouches_for_ends_it(guarded: SmtpServer, security: str) -> None:
    reply = await send_once(guarded, security=security, username="papers", password="s3cret")
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.CONNECT if security == "tls" else Stage.HELLO, 0)
    assert "certificate" in reply.text.lower()
    assert not any(line.startswith(("AUTH", "MAIL")) for _, line in guarded.commands)


async def test_starttls_never_falls_back(smtp_server: SmtpServer, trusting: ssl.SSLContext) -> None:
    reply = await send_once(smtp_server, security="starttls", tls=trusting, username="papers", password="s3cret")
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.HELLO, 0)
    assert "STARTTLS" in reply.text
    assert verbs(smtp_server) == ["EHLO"]


@pytest.mark.parametrize(("fault", "code"), [("454 4.7.0 not now", 454), (DROP, 0), (SILENCE, 0)])
async def test_a_failing_starttls_is_a_reply(
    server_tls: ssl.SSLContext, trusting: ssl.SSLContext, fault: str, code: int
) -> None:
    with SmtpServer(tls=server_tls) as server:
        server.answer("STARTTLS", fault)
        reply = await send_once(server, security="starttls", tls=trusting, deadlines=HASTY)
        assert reply is not None
        assert (reply.stage, reply.code) == (Stage.HELLO, code)
        assert verbs(server) == ["EHLO", "STARTTLS"]


async def test_a_server_without_auth_is_a_reply_of_auth(smtp_server: SmtpServer) -> None:
    reply = await send_once(smtp_server, username="papers", password="s3cret")
    assert reply is not None
    assert (reply.stage, reply.code) == (Stage.AUTH, 0)
    assert "AUTH" in reply.text
