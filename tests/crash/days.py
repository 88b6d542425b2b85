"""Days that go by in one process: the real jobs on a real store, a real mail server, a clock that is told the time.

In:    a store, a clock, the port of the mail server.
Out:   a tick, as the program has it; the letters that the server took, read as their recipients read them.
Never: a row written by hand, a letter judged by our tables.
"""

import asyncio
import email
import email.policy
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from digest import model
from digest.clock import Clock
from digest.editorial.selection import Rules
from digest.jobs.deliver import DeliverReport, Policy, deliver
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.pace import Pace
from digest.jobs.publish import publish
from digest.logs import configure
from digest.mail.compose import Composer, make_composer
from digest.mail.transport import SmtpTransport
from digest.model import Digest, Envelope, Paper, Site, Subscriber, Topic, TopicKind
from digest.resources import templates_dir
from digest.store.engine import Store
from tests.smtp import Mail

SITE = Site(
    name="Morning papers",
    base_url="https://papers.example.org",
    sender_name="Morning papers",
    sender_address="papers@example.org",
)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TERMS = Terms(edition_hour=4, max_lateness=12 * HOUR)
START = datetime(2026, 5, 25, 9, 0, tzinfo=UTC)
FOLDING = (Topic(TopicKind.PHRASE, "paper folding"),)
_DAY = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d+) (\w+) (\d{4})")
_SHEET = re.compile(r"Paper folding, sheet (\d+)")


@dataclass(slots=True)
class ToldClock:
    """Shows what it is told, also while a job runs."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def reader(address: str, at: time = time(7, 30), zone: str = "UTC", cadence: str = "daily") -> Subscriber:
    return Subscriber(address=address, at=at, zone=zone, cadence=cadence, topics=FOLDING)


def sheet(number: int, now: datetime) -> Paper:
    """An invented paper that is for everybody."""
    return Paper(
        id=f"arxiv:9913.{number:05}",
        title=f"Paper folding, sheet {number}",
        abstract=f"We fold a sheet {number} times and count the creases. It is fiction.",
        authors=("Ada Inventada", f"Bo Number {number}"),
        categories=("cs.LG",),
        published_at=now - 5 * HOUR,
        links={"abstract": f"https://arxiv.org/abs/9913.{number:05}"},
    )


def ingest(store: Store, clock: Clock, number: int) -> None:
    store.papers.save([sheet(number, clock.now())], (), source="arxiv", seen_at=clock.now())


def tick(store: Store, clock: Clock, port: int, *, connections: int = 2) -> DeliverReport:
    """What the program does every minute, but for reading its sources."""
    publish(store, clock, TERMS.edition_hour, ())
    enqueue(store, clock, Rules(min_score=0), TERMS)
    return asyncio.run(_delivered(store, clock, port, connections))


async def _delivered(store: Store, clock: Clock, port: int, connections: int) -> DeliverReport:
    policy, pace = Policy(connections=connections), Pace(connections=connections)
    async with SmtpTransport("127.0.0.1", port, "none", connections=connections) as transport:
        with store.seat() as seat:
            return await deliver(store, compose, transport, clock, policy, pace, seat)


async def compose(content: Digest | model.Letter) -> tuple[Envelope, bytes]:
    return composer().compose(content)


@cache
def composer() -> Composer:
    return make_composer(SITE, templates_dir(), b"thirty-two characters of secret!")


def quiet() -> None:
    """The jobs say only what is wrong."""
    configure(level="critical")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as its recipient sees it: `day` is the date it bears, `sheets` the papers in it."""

    recipient: str
    day: date
    message_id: str
    sheets: frozenset[int]
    content: str  # its SHA-256


def letter(mail: Mail) -> Letter:
    parsed = email.message_from_bytes(mail.message, policy=email.policy.default)
    body = parsed.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    found = _DAY.search(text)
    assert found, f"no date in {text[:200]!r}"
    day = datetime.strptime(" ".join(found.groups()), "%d %B %Y").replace(tzinfo=UTC).date()
    sheets = frozenset(int(number) for number in _SHEET.findall(text))
    return Letter(mail.recipient, day, parsed["Message-ID"], sheets, hashlib.sha256(mail.message).hexdigest())


def repeated(letters: Iterable[Letter]) -> list[str]:
    """Where somebody was sent a date, a message or a paper for the second time."""
    dates: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in letters:
        dates[one.recipient, f"a message of {one.day}"] += 1
        dates[one.recipient, f"the message {one.message_id}"] += 1
        for number in one.sheets:
            dates[one.recipient, f"sheet {number}"] += 1
    return [f"{who} got {what} {times} times" for (who, what), times in dates.items() if times > 1]
