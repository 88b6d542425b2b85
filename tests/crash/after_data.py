"""P3: whatever goes wrong after DATA, a delivery lands in exactly the state that the policy says.

In:    a mail server that fails after its 354 for one recipient, in every way, under both policies.
Out:   the state of the delivery after each run; the copies and the DATA commands that the server counted.
Never: a clock but our own; a retry that the table does not name.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest import mock

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs import answers
from digest.jobs.deliver import Policy, deliver
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.pace import Pace
from digest.jobs.publish import publish
from digest.logs import configure
from digest.mail.reply import Verdict, judge
from digest.mail.transport import Ask, Deadlines, SmtpTransport
from digest.model import DeliveryState, Envelope, Reply, Stage
from digest.store.engine import Store, open_store
from tests.crash.promise import Control, Outcome, Promise
from tests.jobs.conftest import FOLDING, MORNING, list_papers, reader
from tests.jobs.sending import compose
from tests.smtp import CUT, DROP, HALF, SILENCE, Mail, SmtpServer

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TOO_SOON, IN_TIME, LATER = 4 * MINUTE, 7 * MINUTE, 3 * HOUR  # a doubtful message goes again after 5 to 6 minutes
DOT = 3.0  # seconds of patience with a server that is silent after the content
HIT = "hit@example.org"
SENT, DEFERRED, FAILED, UNCERTAIN = (
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
)
NEIGHBOURS = 3


class Kind(Enum):
    """What an answer after the content means."""

    DOUBT = "nobody knows whether the server has it"
    LATER = "the server does not have it, and may take it later"
    NEVER = "the server does not have it, and will not take it"


@dataclass(frozen=True, slots=True)
class Fault:
    what: str
    point: str
    answer: str
    kind: Kind


FAULTS = (
    Fault("closed after 354", "CONTENT", DROP, Kind.DOUBT),
    Fault("closed while the content comes", "CONTENT", HALF, Kind.DOUBT),
    Fault("silent after 354", "CONTENT", SILENCE, Kind.DOUBT),
    Fault("silent after the dot", "DOT", SILENCE, Kind.DOUBT),
    Fault("closed after the dot", "DOT", DROP, Kind.DOUBT),
    Fault("taken, and closed within the 250", "DOT", CUT + "250 2.0.0 que", Kind.DOUBT),
    Fault("taken, and closed before the last line of the 250", "DOT", CUT + "250-2.0.0 que\r\n", Kind.DOUBT),
    Fault("gibberish", "DOT", "gibberish", Kind.DOUBT),
    Fault("a code that is none", "DOT", "999 what", Kind.DOUBT),
    Fault("354 once more", "DOT", "354 go on", Kind.DOUBT),
    Fault("421", "DOT", "421 4.3.0 restarting", Kind.LATER),
    Fault("451", "DOT", "451 4.3.0 queue file write error", Kind.LATER),
    Fault("452", "DOT", "452 4.2.2 mailbox full", Kind.LATER),
    Fault("554", "DOT", "554 5.6.0 malformed", Kind.NEVER),
    Fault("550, which would suppress", "DOT", "550 5.1.1 no such user", Kind.NEVER),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A run at a time after the first, on a server that `fails` or not: the state then, and how many DATA so far."""

    after: timedelta
    fails: bool
    state: DeliveryState
    data: int


# kind and policy: what happens, run after run
STORIES: dict[tuple[Kind, str], tuple[tuple[Step, ...], ...]] = {
    (Kind.DOUBT, "resend"): (
        (
            Step(timedelta(), True, DEFERRED, 1),
            Step(TOO_SOON, False, DEFERRED, 1),
            Step(IN_TIME, False, SENT, 2),
            Step(LATER, False, SENT, 2),
        ),
        (
            Step(timedelta(), True, DEFERRED, 1),
            Step(IN_TIME, True, UNCERTAIN, 2),
            Step(LATER, False, UNCERTAIN, 2),
        ),
    ),
    (Kind.DOUBT, "hold"): ((Step(timedelta(), True, UNCERTAIN, 1), Step(LATER, False, UNCERTAIN, 1)),),
    **{
        (Kind.LATER, policy): (
            (
                Step(timedelta(), True, DEFERRED, 1),
                Step(LATER, False, SENT, 2),
                Step(2 * LATER, False, SENT, 2),
            ),
        )
        for policy in ("resend", "hold")
    },
    **{
        (Kind.NEVER, policy): ((Step(timedelta(), True, FAILED, 1), Step(LATER, False, FAILED, 1)),)
        for policy in ("resend", "hold")
    },
}


@dataclass(slots=True)
class Seen:
    stories: int = 0
    runs: int = 0
    second_copies: int = 0
    broken: list[str] = field(default_factory=list)


async def _run(store: Store, server: SmtpServer, policy: str, after: timedelta, deadlines: Deadlines) -> None:
    """The one place that knows how a deliver run is called."""
    async with SmtpTransport(server.host, server.port, "none", connections=4, deadlines=deadlines) as transport:
        with store.seat() as seat:
            clock, pace = FixedClock(MORNING + after), Pace(connections=4)
            await deliver(store, compose, transport, clock, Policy(4, policy), pace, seat)


def _fill(store: Store) -> None:
    """One digest is queued for HIT and for each neighbour."""
    list_papers(store, *FOLDING, at=MORNING - HOUR)
    publish(store, FixedClock(MORNING), 4, ())
    for address in (HIT, *(f"neighbour{number}@example.org" for number in range(NEIGHBOURS))):
        store.subscribers.add(reader(address), MORNING)
    enqueue(store, FixedClock(MORNING), Rules(), Terms(4, 12 * HOUR))


def _story(database: Path, fault: Fault, policy: str, steps: tuple[Step, ...], seen: Seen) -> None:
    seen.stories += 1
    with SmtpServer() as server, open_store(f"sqlite:///{database}") as store:
        _fill(store)
        for step in steps:
            server.behave()
            if step.fails:
                server.answer(fault.point, fault.answer, when=HIT)
            hasty = Deadlines(dot=DOT) if step.fails and fault.answer == SILENCE else Deadlines()
            asyncio.run(_run(store, server, policy, step.after, hasty))
            seen.runs += 1
            delivery = store.deliveries.find(HIT)
            found = (delivery and delivery.state.value, _data(server))
            if found != (step.state.value, step.data):
                seen.broken.append(
                    f"{fault.what}, {policy}: {found[0]} after {found[1]} DATA, {step.after} later;"
                    f" it should be {step.state.value} after {step.data}"
                )
                return
        _copies(server, f"{fault.what}, {policy}", seen)


def _data(server: SmtpServer) -> int:
    """How often the server was asked to take a message for HIT."""
    last: dict[int, str] = {}
    count = 0
    for session, line in server.commands:
        if line == "DATA":
            count += HIT in last[session]
        last[session] = line
    return count


def _copies(server: SmtpServer, what: str, seen: Seen) -> None:
    arrived: list[Mail] = server.mails + server.turned_away
    copies = [mail.message for mail in arrived if mail.recipient == HIT]
    seen.second_copies += len(copies) == 2
    if len(set(copies)) > 1:
        seen.broken.append(f"{what}: the second copy differs from the first")
    others = [mail.recipient for mail in arrived if mail.recipient != HIT]
    if len(set(others)) != len(others):
        seen.broken.append(f"{what}: a neighbour got more than one")
    if len(set(others)) != NEIGHBOURS:
        seen.broken.append(f"{what}: {NEIGHBOURS - len(set(others))} neighbours got nothing")


def _campaign(folder: Path, size: int, seed: int, faults: tuple[Fault, ...] = FAULTS) -> Outcome:
    configure(level="critical")
    random, seen = Random(seed), Seen()
    told = [
        (fault, policy, steps)
        for fault in faults
        for policy in ("resend", "hold")
        for steps in STORIES[fault.kind, policy]
    ]
    for _ in range(size):
        for fault, policy, steps in random.sample(told, len(told)):
            with TemporaryDirectory(dir=folder) as place:
                _story(Path(place) / "digest.db", fault, policy, steps, seen)
    figures = {
        "faults": len(faults),
        "stories": seen.stories,
        "runs": seen.runs,
        "second copies, byte for byte the first": seen.second_copies,
    }
    return Outcome(figures, seen.broken)


def _broken(patch: AbstractContextManager[object]) -> Callable[[Path, int], Outcome]:
    def campaign(folder: Path, seed: int) -> Outcome:
        with patch:
            return _campaign(folder, 1, seed, FAULTS[3:6])

    return campaign


def _believes_it_was_not_taken(reply: Reply, attempt: int) -> Verdict:
    return judge(replace(reply, stage=Stage.RCPT) if not reply.code else reply, attempt)


_send = SmtpTransport.send


async def _sends_again(
    self: SmtpTransport, envelope: Envelope, message: bytes, wanted: Ask, permit: Ask
) -> Reply | None:
    reply = await _send(self, envelope, message, wanted, permit)
    if reply and reply.stage is Stage.DOT and not reply.code:
        return await _send(self, envelope, message, _yes, _yes)
    return reply


async def _yes() -> bool:
    return True


P3 = Promise(
    name="P3",
    claim="Whatever goes wrong after DATA lands in exactly the state of the table: a doubt is sent again once, byte for"
    " byte, or held; a refusal waits or fails; nothing is sent twice on one claim.",
    campaign=_campaign,
    short=1,
    long=20,
    controls=(
        Control(
            "a lost answer to the dot is taken for a lost answer to RCPT",
            r"it should be (deferred|uncertain)",
            _broken(mock.patch.object(answers, "judge", _believes_it_was_not_taken)),
        ),
        Control(
            "the transport tries again on its own when no answer came",
            r"after [23] DATA, 0:00:00 later",
            _broken(mock.patch.object(SmtpTransport, "send", _sends_again)),
        ),
    ),
)
