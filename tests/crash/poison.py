"""Some digests cannot be composed: they raise, loop or eat memory. Everybody else gets theirs.

In:    an empty folder, how many subscribers there are, a seed that says where in the queue the bad ones stand.
Out:   what the mail server took, how often each digest was refused, what became of the bad ones.
Never: the machine's own time: the clock steps from tick to tick.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.errors import MessageError
from digest.jobs import prepare
from digest.jobs.deliver import Policy, deliver
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.pace import Pace
from digest.jobs.publish import publish
from digest.logs import configure
from digest.mail.compose import make_composer
from digest.mail.press import Press
from digest.mail.transport import SmtpTransport
from digest.model import DeliveryState, Digest, Envelope, Site
from digest.store.engine import Store, open_store
from tests.crash.lab import addresses
from tests.crash.oracle import FarEnd, Found, judge
from tests.crash.promise import Control, Outcome, Promise
from tests.jobs.conftest import FOLDING, MORNING, list_papers, reader
from tests.mail.poisonous import poisonous

Compose = Callable[[Digest], Awaitable[tuple[Envelope, bytes]]]
Program = Callable[[Compose], Compose]  # what is done to the press before the job gets it

REASONS = {"raise": "UndefinedError", "loop": "took longer than 2 s", "eat": "needed more than 64 MB"}
IN_A_ROW = {f"{kind}-in-a-row@example.org": reason for kind, reason in REASONS.items()}  # which ends a run
ANYWHERE = {f"{kind}-anywhere@example.org": reason for kind, reason in REASONS.items()}
HARM = IN_A_ROW | ANYWHERE
DEADLINE, MEGABYTES = 2.0, 64  # a new process reads its templates in a tenth of a second
STRIKES = 3
TICK = timedelta(seconds=30)
TICKS = 40  # the last strike is due after six minutes
STUCK, STUCK_EACH = 60, 0.2  # seconds after which a run will not end any more, and more for each subscriber
CONNECTIONS = 4
HOUR = timedelta(hours=1)
SITE = Site(
    name="Morning papers",
    base_url="https://papers.example.org",
    sender_name="Morning papers",
    sender_address="papers@example.org",
)


@dataclass(slots=True)
class Account:
    """What was seen from outside of the program."""

    refused: Counter[str] = field(default_factory=Counter)  # how often the job could not get the message of an address
    unblamed: Counter[str] = field(default_factory=Counter)  # of these, before anybody's could be composed
    composes: bool = False
    seconds: list[float] = field(default_factory=list)  # of each run
    trouble: list[str] = field(default_factory=list)


def campaign(folder: Path, size: int, seed: int, program: Program | None = None) -> Outcome:
    readers = _readers(size, random.Random(seed))
    configure(level="critical")  # that they cannot be composed is no news
    with FarEnd(folder / "far") as far, open_store(f"sqlite:///{folder / 'digest.db'}") as store:
        _fill(store, readers)
        work = _days_work(store, far.port, poisonous(folder), program or (lambda compose: compose), size)
        account = asyncio.run(work)
        found = judge(far.taken(), set(readers) - HARM.keys(), [-1])
        return _outcome(size, account, found, store)


def _readers(size: int, chance: random.Random) -> list[str]:
    """In the order in which they are due."""
    readers = addresses(size - len(HARM))
    for name in ANYWHERE:
        readers.insert(chance.randint(0, len(readers)), name)
    place = chance.randint(0, len(readers))
    return [*readers[:place], *IN_A_ROW, *readers[place:]]


def _fill(store: Store, readers: list[str]) -> None:
    list_papers(store, *FOLDING, at=MORNING - HOUR)
    publish(store, FixedClock(MORNING), 4, ())
    store.subscribers.add_many([reader(address) for address in readers], MORNING)
    queued = enqueue(store, FixedClock(MORNING), Rules(min_score=0), Terms(4, 12 * HOUR)).queued
    assert queued == len(readers), f"{queued} of {len(readers)} queued"


async def _days_work(store: Store, port: int, templates: Path, program: Program, size: int) -> Account:
    """Runs at each tick, as the daemon does, until the ledger has nothing left to do."""
    account, pace = Account(), Pace(connections=CONNECTIONS)
    make = partial(make_composer, SITE, templates, b"thirty-two characters of secret!")
    async with AsyncExitStack() as stack:
        transport = SmtpTransport("127.0.0.1", port, "none", connections=CONNECTIONS)
        await stack.enter_async_context(transport)
        press = await stack.enter_async_context(Press(make, DEADLINE, MEGABYTES))
        seat = stack.enter_context(store.seat())
        compose = _counted(program(press.compose), account)
        for tick in range(TICKS):
            clock, started = FixedClock(MORNING + tick * TICK), perf_counter()
            try:
                async with asyncio.timeout(STUCK + size * STUCK_EACH):
                    await deliver(store, compose, transport, clock, Policy(CONNECTIONS), pace, seat)
            except TimeoutError:
                account.trouble.append(f"the run at tick {tick} was stuck")
                break
            account.seconds.append(perf_counter() - started)
            if store.deliveries.counts().keys() <= {DeliveryState.SENT, DeliveryState.POISONED}:
                break
    return account


def _counted(compose: Compose, account: Account) -> Compose:
    async def counting(digest: Digest) -> tuple[Envelope, bytes]:
        try:
            composed = await compose(digest)
        except MessageError:
            account.refused[digest.subscriber.address] += 1
            account.unblamed[digest.subscriber.address] += not account.composes
            raise
        account.composes = True
        return composed

    return counting


def _outcome(size: int, account: Account, found: Found, store: Store) -> Outcome:
    states = store.deliveries.counts()
    figures: dict[str, object] = {
        "subscribers": size,
        "others who got theirs": size - len(HARM) - len(found.missing),
        "copies too many": found.copies,
        "quarantined": states.get(DeliveryState.POISONED, 0),
        "tries of each of these": " ".join(str(account.refused[name]) for name in HARM),
        "refusals of others": sum(times for name, times in account.refused.items() if name not in HARM),
        "runs": len(account.seconds),
        "longest run, s": round(max(account.seconds, default=0), 1),
    }
    return Outcome(figures, [*account.trouble, *_violations(account, found, store)])


def _violations(account: Account, found: Found, store: Store) -> Iterator[str]:
    yield from found.wrong
    yield from (f"lost: {address} has no mail" for address in found.missing)
    if found.copies:
        yield f"{found.copies} messages came again"
    for address in sorted(account.refused.keys() - HARM.keys()):
        yield f"{address} was refused {account.refused[address]} times"
    for address, reason in HARM.items():
        delivery = store.deliveries.find(address)
        assert delivery
        if delivery.state is not DeliveryState.POISONED or reason not in delivery.reason:
            yield f"{address} is {delivery.state.value}: {delivery.reason}"
        if account.unblamed[address] > 1:
            yield f"{address} was tried {account.unblamed[address]} times before anybody else"
        if (tried := account.refused[address] - account.unblamed[address]) != STRIKES:
            yield f"{address} was tried {tried} times"


# --- broken on purpose --------------------------------------------------------------------------------------------


def _dead_for_good(compose: Compose) -> Compose:
    """A process that died is not started again."""
    fallen: list[MessageError] = []

    async def once(digest: Digest) -> tuple[Envelope, bytes]:
        if fallen:
            raise fallen[0]
        try:
            return await compose(digest)
        except MessageError as error:
            fallen.append(error)
            raise

    return once


def _blames_the_next(compose: Compose) -> Compose:
    """Who comes after one that failed is refused with it, and done at the second try."""
    fallen: list[MessageError] = []

    async def blaming(digest: Digest) -> tuple[Envelope, bytes]:
        try:
            composed = await compose(digest)
        except MessageError as error:
            fallen.append(error)
            raise
        if fallen:
            raise fallen.pop()
        return composed

    return blaming


def _control(program: Program, folder: Path, seed: int) -> Outcome:
    return campaign(folder, 30, seed, program)


def _one_strike(folder: Path, seed: int) -> Outcome:
    waits, prepare.STRIKE_WAITS = prepare.STRIKE_WAITS, ()
    try:
        return campaign(folder, 30, seed)
    finally:
        prepare.STRIKE_WAITS = waits


P11 = Promise(
    "P11",
    "A digest whose composing raises, loops or eats memory is quarantined after 3 tries (one more where it came before "
    "any could be composed); everybody else gets theirs, once, and no run is stuck.",
    campaign,
    short=200,
    long=10_000,
    controls=(
        Control(
            "a composing process that died is not started again",
            r"lost|is poisoned|is queued|is deferred|was tried|was refused",
            partial(_control, _dead_for_good),
        ),
        Control(
            "the neighbour of a digest that fails is blamed with it",
            r"was refused",
            partial(_control, _blames_the_next),
        ),
        Control("the first strike is the last", r"was tried 1 times", _one_strike),
    ),
)
