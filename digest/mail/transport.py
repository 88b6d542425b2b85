"""SMTP, stage by stage, over a few connections kept open.

In:    an envelope, finished bytes, a question to ask before MAIL and one to ask between RCPT and DATA.
Out:   what the server said at the stage where the dialogue ended.
Never: an exception for what a server does, a fallback from TLS, a second DATA, a byte of the message changed.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import aiosmtplib

from digest.errors import ConfigError
from digest.mail.pool import Pool
from digest.mail.wire import dot_stuffed, refuse_unsafe_paths, reply_of
from digest.model import Envelope, Reply, Stage

Ask = Callable[[], Awaitable[bool]]
Security = Literal["tls", "starttls", "none"]

_START_INPUT = 354
_SHUTTING_DOWN = 421
_DOUBT = 1.0  # seconds at rest after which a server may have gone: it is asked before anybody is named to it


class Transport(Protocol):
    """Sends one message to one recipient."""

    async def send(self, envelope: Envelope, message: bytes, wanted: Ask, permit: Ask) -> Reply | None:
        """What the server said, and at which stage; None where a question was answered no and nothing was sent.

        `wanted` is awaited on a connection that is ready, right before each MAIL: a second time only where the
        connection turned out to be dead at MAIL and another took its place. `permit` is awaited once at most: after
        RCPT was accepted, before DATA. A Reply of stage DOT and code 0 means that nobody knows whether the server has
        the message (RFC 1047).
        """
        ...

    def limit(self, connections: int) -> None:
        """From now on at most so many transactions at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Seconds each step may take.

    RFC 5321 section 4.5.3.2 advises five minutes for a command: long for one of a few connections, and giving up before
    DATA costs nothing. The answer to the final dot gets its ten (4.5.3.2.6): giving up there makes duplicates. RSET and
    QUIT cost a server nothing.
    """

    connect: float = 30
    command: float = 60
    dot: float = 600
    reset: float = 5
    quit: float = 5


class SmtpTransport:
    """A pool of connections to one relay; an async context manager, which may be entered again after it was left.

    A connection carries `messages` messages at most. Raises ConfigError for an unknown `security`, and for `none` where
    the host is not this machine.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Security,
        username: str = "",
        password: str = "",
        *,
        connections: int = 4,
        messages: int = 100,
        deadlines: Deadlines | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        _refuse_plain_text(host, security)
        self._host, self._port, self._security = host, port, security
        self._username, self._password = username, password
        self._deadlines = deadlines or Deadlines()
        self._tls = None if security == "none" else tls or ssl.create_default_context()
        self._pool: Pool[_Connection] = Pool(connections, messages)

    async def __aenter__(self) -> Self:
        self._pool.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.end()

    def limit(self, connections: int) -> None:
        """From now on at most so many transactions at once, and one at least; those under way come to their end."""
        self._pool.limit(connections)

    async def send(self, envelope: Envelope, message: bytes, wanted: Ask, permit: Ask) -> Reply | None:
        """See Transport. Raises MessageError for an address that cannot stand in a command."""
        refuse_unsafe_paths(envelope)
        async with self._pool.turn():
            if connection := await self._pool.take():
                reply = await self._over(connection, envelope, message, wanted, permit)
                if not _went_stale(reply):
                    return reply
            opened = await self._open()
            if isinstance(opened, Reply):
                return opened
            return await self._over(opened, envelope, message, wanted, permit)

    async def _over(
        self, connection: "_Connection", envelope: Envelope, message: bytes, wanted: Ask, permit: Ask
    ) -> Reply | None:
        """One transaction; the connection goes back to the pool only if its state is known."""
        kept = False
        try:
            reply = await connection.transact(envelope, message, wanted, permit)
            kept = connection.is_known_after(reply)
        finally:
            if kept:
                self._pool.put(connection)
            else:
                connection.abort()
        return reply

    async def _open(self) -> "_Connection | Reply":
        """A connection that is greeted, encrypted and logged in, or the answer that prevented it."""
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            timeout=None,  # ours are outside
            use_tls=self._security == "tls",
            start_tls=False,  # done below, where its failure has a stage
            tls_context=self._tls,
            local_hostname="localhost" if _is_loopback(self._host) else None,
        )
        connection = _Connection(client, self._deadlines)
        ready = False
        try:
            reply = await connection.greet(self._security == "starttls", self._username, self._password)
            ready = 200 <= reply.code < 300
        finally:
            if not ready:
                connection.abort()
        return connection if ready else reply


class _Connection:
    """One SMTP session."""

    def __init__(self, client: aiosmtplib.SMTP, deadlines: Deadlines) -> None:
        self._client = client
        self._deadlines = deadlines
        self._unfinished = False  # a transaction was begun, and did not come to its dot
        self.born = asyncio.get_running_loop().time()
        self.transactions = 0

    async def greet(self, starttls: bool, username: str, password: str) -> Reply:
        """Up to where MAIL may follow; the last answer."""
        client, seconds = self._client, self._deadlines.command
        steps: list[tuple[Stage, float, Callable[[], Awaitable[aiosmtplib.SMTPResponse]]]] = [
            (Stage.CONNECT, self._deadlines.connect, client.connect),
            (Stage.HELLO, seconds, client.ehlo),
        ]
        if starttls:  # RFC 3207 section 4.2: say hello again, what came before counts for nothing
            steps += [(Stage.HELLO, seconds, client.starttls), (Stage.HELLO, seconds, client.ehlo)]
        if username:
            steps.append((Stage.AUTH, seconds, lambda: client.login(username, password)))
        reply = Reply(Stage.CONNECT)
        for stage, allowed, step in steps:
            reply = await self._asked(stage, allowed, step())
            if not 200 <= reply.code < 300:
                break
        return reply

    async def transact(self, envelope: Envelope, message: bytes, wanted: Ask, permit: Ask) -> Reply | None:
        """The first question, MAIL, RCPT, the second question, DATA, content."""
        if not await wanted():
            return None
        self.transactions += 1
        self._unfinished = True
        for stage, verb, path in (
            (Stage.MAIL, "MAIL FROM", envelope.sender),
            (Stage.RCPT, "RCPT TO", envelope.recipient),
        ):
            reply = await self._command(stage, f"{verb}:<{path}>")
            if not 200 <= reply.code < 300:
                return reply
        if not await permit():
            return None
        reply = await self._command(Stage.DATA, "DATA")
        if reply.code != _START_INPUT:
            return reply
        reply = await _answer(Stage.DOT, self._deadlines.dot, self._content(message))
        self._unfinished = False
        return reply if reply.code // 100 != 3 else Reply(Stage.DOT, text=f"no answer to a message: {reply.code}")

    def is_known_after(self, reply: Reply | None) -> bool:
        """Whether another transaction may follow: the server is there, waits for a command, and said nothing else."""
        if reply is None:
            return True
        if self._has_more_to_say() or reply.code == _SHUTTING_DOWN:
            return False
        return 400 <= reply.code < 600 or (reply.stage is Stage.DOT and 200 <= reply.code < 300)

    async def is_ready(self, rested: float) -> bool:
        """RSET ends a transaction that was begun (RFC 5321 section 4.1.1.5), and shows who is still there."""
        if rested <= _DOUBT and not self._unfinished:
            return True
        reset = self._client.execute_command(b"RSET")
        self._unfinished = (await self._asked(Stage.MAIL, self._deadlines.reset, reset)).code != 250
        return not self._unfinished

    async def quit(self) -> None:
        """Says goodbye; what the server makes of it changes nothing for mail that it has."""
        try:
            await _answer(Stage.MAIL, self._deadlines.quit, self._client.execute_command(b"QUIT"))
        finally:
            self.abort()

    def abort(self) -> None:
        """Closes at once, whatever is still unsent: `close()` would wait for a peer that does not read."""
        transport = self._client.transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
        self._client.close()

    async def _command(self, stage: Stage, line: str) -> Reply:
        return await self._asked(stage, self._deadlines.command, self._client.execute_command(line.encode("ascii")))

    async def _asked(self, stage: Stage, seconds: float, step: Awaitable[aiosmtplib.SMTPResponse]) -> Reply:
        """A step before the content. A yes that comes with an answer to what was not asked yet is worth nothing: each
        later answer would be taken for that of the step after it, and the last for an accepted message."""
        reply = await _answer(stage, seconds, step)
        if 200 <= reply.code < 400 and self._has_more_to_say():
            return Reply(stage, text="the server answered what it was not asked")
        return reply

    def _has_more_to_say(self) -> bool:
        protocol = self._client.protocol
        return protocol is not None and bool(protocol._buffer)

    async def _content(self, message: bytes) -> aiosmtplib.SMTPResponse:
        """The content and the final dot. The library's `data()` cannot tell a refused DATA from a refused message, and
        looks for bare line ends that finished messages do not have."""
        protocol = self._client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("connection lost")
        protocol.write(dot_stuffed(message))
        return await protocol.read_response()


async def _answer(stage: Stage, seconds: float, step: Awaitable[aiosmtplib.SMTPResponse]) -> Reply:
    """One step of the dialogue under a deadline; whatever comes of it is a Reply."""
    try:
        async with asyncio.timeout(seconds):
            response = await step
    except aiosmtplib.SMTPResponseException as refusal:
        return reply_of(stage, refusal.code, refusal.message)
    except TimeoutError:
        return Reply(stage, text=f"no answer within {seconds:g} s")
    except (aiosmtplib.SMTPException, OSError) as lost:
        return reply_of(stage, 0, str(lost))
    return reply_of(stage, response.code, response.message)


def _went_stale(reply: Reply | None) -> bool:
    """Whether a connection from the pool had been closed behind our back: no transaction had begun."""
    return reply is not None and reply.stage is Stage.MAIL and reply.code in (0, _SHUTTING_DOWN)


def _refuse_plain_text(host: str, security: str) -> None:
    if security not in ("tls", "starttls", "none"):
        raise ConfigError(f"smtp.security is {security!r}", 'use "tls", "starttls" or "none"')
    if security == "none" and not _is_loopback(host):
        raise ConfigError('smtp.security is "none" for a host that is not this machine', 'use "starttls" or "tls"')


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
