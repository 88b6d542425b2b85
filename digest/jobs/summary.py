"""Tells the operator how a day went, and what is wrong: a log line a day, and one mail at most.

In:    the ledger, the sources' states, the queue; a transport for the mail.
Out:   one line `day` about each day once it is over everywhere (12:00 UTC of the next), whoever restarts meanwhile;
       what is wrong, logged and mailed once between two such moments.
Never: a subscriber's address; a second mail because of a restart, a lost one because the mail server was away.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import structlog

from digest.clock import Clock
from digest.errors import MessageError
from digest.jobs.problems import OVERDUE, Facts, problems
from digest.mail.dkim import UNSIGNED, Signer
from digest.mail.notice import notice
from digest.mail.reply import judge
from digest.mail.transport import Transport
from digest.model import Cause, DeliveryState, Envelope, Site, Stage
from digest.sources.source import Source
from digest.store.engine import Store
from digest.store.told import Telling
from digest.tally import FAILED, Tally, tally

log = structlog.get_logger()

DAY = timedelta(days=1)
DECIDING = "enqueue"  # the tick that ends every half minute while the daemon is at work
LATELY = timedelta(minutes=10)
OVER = time(12, tzinfo=UTC)  # then the day before has ended in every zone
SECONDS = 50  # for the whole mail: nothing else of the upkeep waits longer for it
WHERE_TO_LOOK = (
    "digest status shows how things are now, digest stats how the last days were, digest why ADDRESS why somebody got"
    " no mail. You get this once a day at most, because the configuration has you as operator.address."
)

Dialling = Callable[[], AbstractAsyncContextManager[Transport]]


@dataclass(frozen=True, slots=True)
class SummaryReport:
    """The day that was told of, what is wrong, and whether the operator was mailed now."""

    day: date
    problems: tuple[str, ...] = ()
    mailed: bool = False


async def summarise(
    store: Store,
    clock: Clock,
    sources: Sequence[Source],
    site: Site,
    operator: str,
    dial: Dialling,
    signer: Signer = UNSIGNED,
) -> SummaryReport:
    """Says what was not said yet. `operator` is an address, or "". Raises StoreUnavailable."""
    now = clock.now()
    facts = await asyncio.to_thread(gathered, store, sources, now)
    found = tuple(problems(facts))
    if await asyncio.to_thread(store.told.last, Telling.SUMMARY) != facts.day:
        log.info("day", day=facts.day.isoformat(), **_counts(tally(facts.counts)), problems=len(found))
        await asyncio.to_thread(store.told.put, Telling.SUMMARY, facts.day)
    if not found or await asyncio.to_thread(store.told.last, Telling.TROUBLE) == facts.day:
        return SummaryReport(facts.day, found)
    for problem in found:
        log.error("something is wrong", problem=problem)
    mailed = bool(operator) and await _mailed(dial, site, operator, facts, found, signer)
    if mailed or not operator:
        await asyncio.to_thread(store.told.put, Telling.TROUBLE, facts.day)
    return SummaryReport(facts.day, found, mailed)


def gathered(store: Store, sources: Sequence[Source], now: datetime) -> Facts:
    """The facts at that moment."""
    day = last_day_over(now)
    until = datetime.combine(day + DAY, OVER)
    beat, due = store.heartbeats.last(), now - OVERDUE
    ended = beat.ticks.get(DECIDING) if beat else None
    judged = ended is not None and now - ended < LATELY  # else the machine was off or asleep, and is catching up
    return Facts(
        now=now,
        day=day,
        counts=store.statistics.days(day, day),
        ended=store.statistics.ended(FAILED, until - DAY, until),
        sources=[(store.sources.get(source.name), source.every) for source in sources],
        overdue=store.statistics.overdue(due) if judged else {},
        oldest=store.statistics.queue(now).oldest_due_at,
        undecided=store.statistics.undecided(due) if judged else 0,
        pause=store.deliveries.paused(now),
    )


def last_day_over(now: datetime) -> date:
    """The last date that has ended in every zone."""
    return now.date() - DAY * (1 if now.timetz() >= OVER else 2)


def _counts(counts: Tally) -> dict[str, object]:
    states = {state.value: count for state, count in counts.states.items()}
    causes = {cause.value: count for cause, count in counts.causes.items() if cause is not Cause.NONE}
    return {DeliveryState.SENT.value: 0, **states, "causes": causes}


def _told(site: Site, operator: str, facts: Facts, found: Sequence[str]) -> tuple[Envelope, bytes]:
    """The mail. Raises MessageError."""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    subject = f"{site.name}: {found[0].partition('; ')[0]}{more}"
    day = tally(facts.counts)
    counts = [f"{count:,} {state.value}" for state, count in day.states.most_common()] or ["nobody was due"]
    paragraphs = (
        f"Please look after {site.name} ({site.base_url}):",
        *(f"* {problem}" for problem in found),
        f"Of {facts.day:%A}, {facts.day.day} {facts.day:%B %Y}: {', '.join(counts)}.",
        WHERE_TO_LOOK,
    )
    return notice(site, operator, subject, paragraphs, facts.now)


async def _mailed(
    dial: Dialling, site: Site, operator: str, facts: Facts, found: Sequence[str], signer: Signer
) -> bool:
    """Whether the operator has it, as far as can be known; else the log says why, and the next upkeep tries again."""
    try:
        envelope, message = _told(site, operator, facts, found)
        problem = await _refused(dial, envelope, signer.sign(message))
    except MessageError as error:
        problem = str(error)
    if problem:
        log.error("the operator cannot be mailed", problem=problem)
    return not problem


async def _refused(dial: Dialling, envelope: Envelope, message: bytes) -> str:
    """Why the mail server does not have it; "" when it has, or may have."""
    handed_over = asyncio.Event()

    async def permit() -> bool:
        handed_over.set()
        return True

    try:
        async with asyncio.timeout(SECONDS), dial() as transport:
            reply = await transport.send(envelope, message, _wanted, permit)
    except TimeoutError:
        return "" if handed_over.is_set() else f"no answer within {SECONDS} s"
    if reply is None:
        return "nothing was sent"
    in_doubt = reply.stage is Stage.DOT and not reply.code
    return "" if in_doubt or 200 <= reply.code < 300 else judge(reply, 1).reason


async def _wanted() -> bool:
    return True
