"""P17, the ledger's half: somebody unsubscribes while the mail is leaving.

In:    readers who are owed a digest, people who are owed a letter, a relay that is given a few messages a second, so
       that some wait composed.
Out:   when each was named to the server, and when their unsubscription had been stored.
Never: a message to somebody who was told that they are off the list.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread
from unittest.mock import patch

from digest.editorial.selection import Rules
from digest.jobs.deliver import Policy, deliver
from digest.jobs.enqueue import enqueue
from digest.jobs.letters import answer
from digest.jobs.limits import Limits
from digest.jobs.pace import Pace
from digest.jobs.publish import publish
from digest.mail.transport import SmtpTransport
from digest.model import DeliveryState, LetterKind, Request, SubscriberState
from digest.store.deliveries import Deliveries
from digest.store.engine import Store, open_store
from digest.wishes import Usual
from tests.crash.days import HOUR, START, TERMS, ToldClock, compose, ingest, quiet, reader
from tests.crash.promise import Control, Outcome, Promise
from tests.smtp import SmtpServer

CONNECTIONS = 4
PER_SECOND = 5  # eight are claimed ahead: the last of them waits longer than a second
GRACE = 1.0  # seconds
LOOK = 0.05  # seconds between two who unsubscribe
EVERY = 4  # one in so many leaves
FEW = 24  # readers, for a control
LETTERS = 3  # one letter to a person who asked for so many digests


class Watched(SmtpServer):
    """A server that remembers when somebody was named."""

    def __init__(self) -> None:
        super().__init__()
        self.named: list[tuple[float, str]] = []

    def _reply(self, point: str, line: str, usual: str = "") -> str:
        if point == "RCPT":
            self.named.append((time.monotonic(), line[9:-1]))
        return super()._reply(point, line, usual)


@dataclass(slots=True)
class Leaving:
    """Some of those whose message is claimed already unsubscribe, one after the other."""

    store: Store
    clock: ToldClock
    chance: random.Random
    over: Event = field(default_factory=Event)
    left: dict[str, float] = field(default_factory=dict)  # address → when that was stored
    seen: set[int] = field(default_factory=set)

    def run(self) -> None:
        while not self.over.wait(LOOK):
            for delivery in self.store.deliveries.list(state=DeliveryState.CLAIMED):
                if delivery.id in self.seen:
                    continue
                self.seen.add(delivery.id)
                if self.chance.randrange(EVERY) == 0:
                    now = self.clock.now()
                    self.store.subscribers.set_state(
                        delivery.subscriber_id, SubscriberState.UNSUBSCRIBED, "one click", now
                    )
                    self.left[delivery.address] = time.monotonic()


def campaign(folder: Path, size: int, seed: int) -> Outcome:
    """So many readers, of whom a quarter leaves while the mail does."""
    quiet()
    clock = ToldClock(START)
    with open_store(f"sqlite:///{folder / 'digest.db'}") as store, Watched() as server:
        readers = [f"reader{number}@example.org" for number in range(size)]
        store.subscribers.add_many([reader(address) for address in readers], clock.now())
        addresses = readers + _letters(store, clock, size // LETTERS)
        ingest(store, clock, 1)
        clock.moment += HOUR
        publish(store, clock, TERMS.edition_hour, ())
        enqueue(store, clock, Rules(min_score=0), TERMS)
        leaving = Leaving(store, clock, random.Random(seed))
        thread = Thread(target=leaving.run)
        thread.start()
        asyncio.run(_deliver(store, clock, server))
        leaving.over.set()
        thread.join()
        return _judged(addresses, leaving.left, server)


def _letters(store: Store, clock: ToldClock, count: int) -> list[str]:
    """As many who have just signed up, and half as many readers without a digest today who want their link."""
    asking, kind, now = [f"new{number}@example.org" for number in range(count)], LetterKind.CONFIRM, clock.now()
    paused = [f"resting{number}@example.org" for number in range(count // 2)]
    state = SubscriberState.PAUSED
    store.subscribers.add_many([replace(reader(address), state=state) for address in paused], now)
    asked = [Request(kind=kind, address=each, asked_at=now, network="visitor") for each in [*asking, *paused]]
    store.requests.put_many(asked)
    assert answer(store, clock, Usual(), 2 * count).queued.total() == count + count // 2
    return asking + paused


async def _deliver(store: Store, clock: ToldClock, server: Watched) -> None:
    pace = Pace(connections=CONNECTIONS, limits=Limits(per_second=PER_SECOND))
    async with SmtpTransport(server.host, server.port, "none", connections=CONNECTIONS) as transport:
        with store.seat() as seat:
            await deliver(store, compose, transport, clock, Policy(CONNECTIONS), pace, seat)


def _judged(addresses: list[str], left: dict[str, float], server: Watched) -> Outcome:
    late = {who: at - left[who] for at, who in server.named if who in left and at > left[who]}
    broken = [f"{who} was named {after:.2f} s after leaving" for who, after in late.items() if after > GRACE]
    got = {mail.recipient for mail in server.mails}
    broken += [f"{who} stayed and got nothing" for who in addresses if who not in left and who not in got]
    if not left.keys() - got:
        broken.append("nobody left before their message did")
    figures: dict[str, object] = {
        "readers": len(addresses),
        "left while the mail did": len(left),
        "of them sent nothing": len(left.keys() - got),
        "named latest after leaving": f"{max(late.values(), default=0) * 1000:.0f} ms",
    }
    return Outcome(figures, broken)


def _looking_once(folder: Path, seed: int) -> Outcome:
    with patch.object(Deliveries, "is_wanted", lambda *_: True):
        return campaign(folder, FEW, seed)


P17 = Promise(
    "P17 (ledger)",
    "Who unsubscribes while the mail is leaving is named to the mail server no later than one second after.",
    campaign,
    short=40,
    long=600,
    controls=(Control("nobody looks again right before MAIL", r"after leaving", _looking_once),),
)
