"""P14: no SMTP or HTTP operation outlives its deadline, and one bad peer delays nobody else.

In:    mail servers and web servers that are hostile at every point of the dialogue.
Out:   how long each operation took, at which stage it said the dialogue ended, how much memory it cost.
Never: a sleep in the client; a peer that another one waits for.
"""

import asyncio
import gc
import ssl
import tracemalloc
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from unittest import mock

from digest.mail import transport as smtp
from digest.mail.transport import Deadlines, SmtpTransport
from digest.model import Envelope, Reply, Stage
from digest.sources.http import Answer, FetchError, HttpFetcher, Request
from tests.crash import malice
from tests.crash.malice import Deed, Line, listening, mail_server, web_server
from tests.crash.promise import Control, Outcome, Promise

STEP = 1.0  # seconds: the deadline of every step
LATE = 2.0  # seconds that an operation may take longer, on a machine that does other things too
PATIENCE = 3.0  # seconds after its deadline when an operation is given up by the campaign
MEMORY = 16 << 20
AT_ONCE = 8
NEIGHBOURS = 20
MESSAGE = b"Subject: seven papers\r\n\r\nText.\r\n"
LARGE = b"Subject: seven papers\r\n\r\n" + b"Text.\r\n" * (5 << 20 >> 3)
STAGES = {
    "CONNECT": Stage.CONNECT,
    "EHLO": Stage.HELLO,
    "STARTTLS": Stage.HELLO,
    "HANDSHAKE": Stage.HELLO,
    "AUTH": Stage.AUTH,
    "MAIL": Stage.MAIL,
    "RCPT": Stage.RCPT,
    "DATA": Stage.DATA,
    "CONTENT": Stage.DOT,
    "DOT": Stage.DOT,
    "QUIT": Stage.DOT,
}
SPOKE = "the server answered what it was not asked"
PAGE = b"<rss/>"
AGENT = "digest-test/1 (+https://digest.example)"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One operation with one hostile peer. `meet` says what was wrong, `""` for nothing."""

    what: str
    meet: Callable[[int], Awaitable[str]]  # (port)
    serve: Deed


@dataclass(slots=True)
class Seen:
    meetings: int = 0
    slowest: float = 0.0
    memory: int = 0
    broken: list[str] = field(default_factory=list)


async def _yes() -> bool:
    return True


def _deadlines() -> Deadlines:
    return Deadlines(connect=STEP, command=STEP, dot=STEP, reset=STEP, quit=STEP)


async def _send(
    port: int, point: str, tls: ssl.SSLContext, taken: bool = False, security: str = "none", message: bytes = MESSAGE
) -> str:
    """`taken`: the server may have said so before it began."""
    if point in ("STARTTLS", "HANDSHAKE"):
        security = "starttls"
    user = "papers" if point == "AUTH" else ""
    envelope = Envelope("papers@example.org", "ada@example.org")
    async with SmtpTransport("127.0.0.1", port, security, user, "s3cret", deadlines=_deadlines(), tls=tls) as transport:  # type: ignore[arg-type]
        reply = await transport.send(envelope, message, _yes, _yes)
    return _wrong(reply, point, taken or point == "QUIT")


def _wrong(reply: Reply | None, point: str, taken: bool) -> str:
    early = point == "CONTENT" and reply == Reply(Stage.DATA, text=SPOKE)  # before the content could begin
    if reply is None or not (early or reply.stage is STAGES[point]):
        return f"said to have ended as {reply}"
    if reply.code and not (taken and reply == Reply(reply.stage, 250, reply.enhanced, reply.text)):
        return f"taken for an answer: {reply}"
    return ""


async def _fetch(port: int, fetcher: HttpFetcher, scheme: str = "http") -> str:
    try:
        await fetcher.fetch(Request(f"{scheme}://127.0.0.1:{port}/"))
    except FetchError as error:
        return "" if "\n" not in str(error) else "more than one line is said of it"
    return "taken for an answer"


def _meetings(fetcher: HttpFetcher) -> list[Meeting]:
    tls = ssl.create_default_context()

    def mail(point: str, name: str, deed: Deed, **more: object) -> Meeting:
        meet = partial(_send, point=point, tls=tls, **more)  # type: ignore[arg-type]
        return Meeting(f"SMTP at {point}: {name}", meet, partial(mail_server, point=point, deed=deed))

    def web(name: str, deed: Deed) -> Meeting:
        return Meeting(f"HTTP: {name}", partial(_fetch, fetcher=fetcher), partial(web_server, deed=deed))

    found = [mail(point, name, deed) for point in STAGES for name, deed in malice.SMTP.items() if point != "CONTENT"]
    found += [mail("CONTENT", name, deed, message=LARGE) for name, deed in malice.ANYWHERE.items()]
    found += [
        mail(point, name, deed, taken=point == "DOT")
        for point in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT")
        for name, deed in malice.AHEAD.items()
    ]
    found += [web(name, deed) for name, deed in malice.HTTP.items()]
    for name, deed in malice.ANYWHERE.items():
        found.append(Meeting(f"SMTP in TLS: {name}", partial(_send, point="CONNECT", tls=tls, security="tls"), deed))
        found.append(Meeting(f"HTTP in TLS: {name}", partial(_fetch, fetcher=fetcher, scheme="https"), deed))
    return found


async def _met(meeting: Meeting, random: Random, seen: Seen) -> None:
    """One meeting; the campaign itself gives up where the operation does not."""
    async with listening(meeting.serve, random) as port:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(STEP + PATIENCE):
                wrong = await meeting.meet(port)
        except TimeoutError:
            wrong = "it did not end"
        except Exception as error:
            wrong = f"raised {type(error).__name__}: {error}"
        took = loop.time() - began
    seen.meetings += 1
    seen.slowest = max(seen.slowest, took - STEP)
    if took > STEP + LATE:
        wrong = wrong or f"took {took:.1f} s"
    if wrong:
        seen.broken.append(f"{meeting.what}: {wrong}")


async def _round(random: Random, seen: Seen, meetings: list[Meeting]) -> None:
    """Every meeting once, in random company."""
    left = random.sample(meetings, len(meetings))
    while left:
        company, left = left[:AT_ONCE], left[AT_ONCE:]
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        await asyncio.gather(*(_met(meeting, random, seen) for meeting in company))
        used = (tracemalloc.get_traced_memory()[1] - before) // len(company)
        seen.memory = max(seen.memory, used)
        if used > MEMORY:
            seen.broken.append(f"{used >> 20} MiB each: {', '.join(meeting.what for meeting in company)}")


async def _neighbours(random: Random, seen: Seen, connections: int = 4) -> int:
    """A server that is hostile to one message, and a source that drips: the others are through long before them."""
    point, name = random.choice(("RCPT", "DATA", "DOT")), random.choice(sorted(malice.ANYWHERE.keys() - {"leaves"}))
    serve = partial(mail_server, point=point, deed=malice.drips(b"250-", b"x"), when=b"bad@")
    slow = Deadlines(command=6 * STEP, dot=6 * STEP, quit=STEP)
    async with (
        listening(serve, random) as port,
        listening(partial(web_server, deed=_honest), random) as good,
        listening(partial(web_server, deed=malice.HTTP[name]), random) as bad,
        HttpFetcher(AGENT, deadline=6 * STEP) as fetcher,
        SmtpTransport("127.0.0.1", port, "none", connections=connections, deadlines=slow) as transport,
    ):
        names = ["bad", *(f"reader{number}" for number in range(NEIGHBOURS))]
        envelopes = [Envelope("papers@example.org", f"{each}@example.org") for each in names]
        sends = [asyncio.create_task(transport.send(envelope, MESSAGE, _yes, _yes)) for envelope in envelopes]
        fetches = [asyncio.create_task(fetcher.fetch(Request(f"http://127.0.0.1:{each}/"))) for each in (bad, good)]
        _, late = await asyncio.wait([*sends[1:], *fetches[1:]], timeout=4 * STEP)
        await asyncio.gather(*sends, *fetches, return_exceptions=True)
    where = f"(SMTP at {point}, HTTP: {name})"
    if late:
        seen.broken.append(f"{len(late)} neighbours of a bad peer waited for it {where}")
    served = sum(_served(each) for each in [*sends[1:], *fetches[1:]])
    if served < NEIGHBOURS + 1:
        seen.broken.append(f"{NEIGHBOURS + 1 - served} neighbours of a bad peer were not served {where}")
    return served


def _served(neighbour: asyncio.Task[Reply | None] | asyncio.Task[Answer]) -> bool:
    """A message was taken, or a page came whole."""
    if neighbour.exception():
        return False
    found = neighbour.result()
    return found.body == PAGE if isinstance(found, Answer) else bool(found and found.code == 250)


async def _honest(line: Line) -> None:
    await line.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE))


def _campaign(_: Path, size: int, seed: int, connections: int = 4, only: str = "") -> Outcome:
    random, seen, neighbours = Random(seed), Seen(), 0

    async def rounds() -> None:
        nonlocal neighbours
        async with HttpFetcher(AGENT, deadline=STEP, max_bytes=1 << 20) as fetcher:
            meetings = [meeting for meeting in _meetings(fetcher) if only in meeting.what]
            for _ in range(size):
                await _round(random, seen, meetings)
                neighbours += await _neighbours(random, seen, connections)

    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # a handshake that is given up is left to the collector
            asyncio.run(rounds())
            gc.collect()
    finally:
        tracemalloc.stop()
    figures = {
        "operations with a hostile peer": seen.meetings,
        "longest after its deadline, seconds": round(max(seen.slowest, 0), 2),
        "most memory, MiB each of eight at once": round(seen.memory / (1 << 20), 1),
        "neighbours that were served": neighbours,
    }
    return Outcome(figures, seen.broken)


def _patient(folder: Path, seed: int) -> Outcome:
    """The transport with deadlines that nobody keeps."""
    answer = smtp._answer

    async def patient(stage: Stage, seconds: float, step: Awaitable[object]) -> Reply:
        return await answer(stage, 5 * seconds, step)  # type: ignore[arg-type]

    with mock.patch.object(smtp, "_answer", patient):
        return _campaign(folder, 1, seed, only="SMTP at RCPT")


def _single_file(folder: Path, seed: int) -> Outcome:
    return _campaign(folder, 1, seed, connections=1, only="SMTP at RCPT")


def _never_fetches(folder: Path, seed: int) -> Outcome:
    async def fails(_: HttpFetcher, __: Request) -> Answer:
        raise FetchError("no")

    with mock.patch.object(HttpFetcher, "fetch", fails):
        return _campaign(folder, 1, seed, only="SMTP at RCPT: leaves")


def _never_sends(folder: Path, seed: int) -> Outcome:
    async def refused(*_: object) -> Reply:
        return Reply(Stage.RCPT, 450)

    with mock.patch.object(SmtpTransport, "send", refused):
        return _campaign(folder, 1, seed, only="HTTP: leaves")


P14 = Promise(
    name="P14 (peers)",
    claim="No SMTP or HTTP operation outlives its deadline by two seconds, takes noise for an answer, or costs more"
    " than 16 MiB, whatever the peer does; one bad peer delays nobody else.",
    campaign=_campaign,
    short=1,
    long=20,
    controls=(
        Control("an answer is waited for five times as long as its deadline", r"took|did not end", _patient),
        Control("all messages leave through one connection", r"neighbours of a bad peer waited", _single_file),
        Control("each fetch fails at once", r"1 neighbours .* not served", _never_fetches),
        Control("each message is refused", r"20 neighbours .* not served", _never_sends),
    ),
)
