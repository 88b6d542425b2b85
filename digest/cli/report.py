"""What the steps did, in words and as JSON.

In:    the reports of the jobs.
Out:   lines for people, dictionaries with stable keys, and the problems that need a person.
Never: an address.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from digest.jobs.deliver import DeliverReport
from digest.jobs.enqueue import EnqueueReport
from digest.jobs.ingest import SourceReport, Status
from digest.jobs.letters import LettersReport
from digest.jobs.publish import PublishReport
from digest.model import DeliveryState, LetterKind

ENDS = (
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.SUPPRESSED,
    DeliveryState.UNCERTAIN,
    DeliveryState.POISONED,
    DeliveryState.MISSED,
)


def problems(sources: Sequence[SourceReport] | None, delivered: DeliverReport | None, relay: str) -> Iterator[str]:
    """What a person must see to: nothing could be read at all, or the mail server is at fault."""
    read = [each for each in sources or () if each.status is not Status.WAITING]
    if read and all(each.status is Status.FAILED for each in read):
        which = "the source" if len(read) == 1 else "every source"
        yield f"{which} failed ({read[0].name}: {read[0].problem}); digest ingest --force tries again"
    if delivered and delivered.problem:
        what = f"{delivered.problem}; what is queued stays queued"
        yield f"{relay}: {what}; see [smtp] in the configuration" if delivered.at_relay else what


def ingest_lines(sources: Sequence[SourceReport]) -> Iterator[str]:
    if not sources:
        yield "no source is enabled"
    for each in sources:
        yield f"{each.name}: {_read(each)}"


def _read(each: SourceReport) -> str:
    match each.status:
        case Status.WAITING:
            due = f"not due before {_clock(each.next_fetch_at)}" if each.next_fetch_at else "not due"
            return f"{due} ({each.problem.removeprefix('not due: ')})" if each.problem else due
        case Status.FAILED:
            again = f"; next try {_clock(each.next_fetch_at)}" if each.next_fetch_at else ""
            return f"failed: {each.problem}{again}"
        case Status.UNCHANGED:
            return "unchanged"
        case Status.OK:
            counts = ((each.new, "new"), (each.updated, "updated"), (each.signals, "signals"))
            text = ", ".join(f"{count:,} {what}" for count, what in counts if count) or "nothing new"
            return f"{text}; warning: {each.problem}" if each.problem else text


def publish_lines(found: PublishReport) -> Iterator[str]:
    if found.edition is None:
        yield "no edition yet"
    else:
        there = "" if found.created else " was there already"
        yield f"edition {found.edition.date}{there}: {_many(found.edition.entries, 'paper')}"
    yield from found.notes


def letters_lines(found: LettersReport) -> Iterator[str]:
    """Nothing where nobody asked for any."""
    if found.queued:
        yield ", ".join(f"{count:,} {kind.value}" for kind, count in found.queued.items())
    if found.waiting:
        yield f"{found.waiting:,} wait; web.signups_per_hour is reached"


def enqueue_lines(found: EnqueueReport) -> Iterator[str]:
    if not found.due:
        following = f"the next one is due {_clock(found.next_due_at)}" if found.next_due_at else "digest subscriber add"
        yield f"nobody is due; {following}"
        return
    yield f"{found.due:,} due: {found.queued:,} queued, {found.skipped.total():,} skipped" + (
        f", {found.missed.total():,} missed" if found.missed else ""
    )
    for what, reasons in (("skipped", found.skipped), ("missed", found.missed)):
        for reason, count in reasons.most_common(5):
            yield f"{count:,} {what}: {reason}"
    if found.waiting:
        yield f"{found.waiting:,} wait for the edition"


def deliver_lines(found: DeliverReport) -> Iterator[str]:
    counts = [f"{found[state]:,} {state.value}" for state in ENDS if found[state]]
    if counts or not found.returned:
        yield ", ".join(counts) or "nothing to send"
    for state in (DeliveryState.UNCERTAIN, DeliveryState.FAILED, DeliveryState.POISONED):
        if found[state]:
            yield f"see: digest delivery list --state {state.value}"
    if found.requeued:
        yield f"{found.requeued:,} taken over from a sender that stopped"
    if found.returned:
        yield f"{found.returned:,} back in the queue, the mail server does not take mail now"
    if found.waiting:
        yield f"{found.waiting:,} to be tried again later"
    if found.resting:
        yield found.resting
    if found.held:
        yield f"{found.held:,} held by another sender; if it was killed, they are free within 15 minutes"


def describe_source(each: SourceReport) -> dict[str, object]:
    return {
        "name": each.name,
        "status": each.status.value,
        "new": each.new,
        "updated": each.updated,
        "signals": each.signals,
        "problem": each.problem,
        "next_fetch_at": each.next_fetch_at,
    }


def describe_publish(found: PublishReport) -> dict[str, object]:
    return {
        "date": found.edition.date if found.edition else None,
        "created": found.created,
        "papers": found.edition.entries if found.edition else 0,
        "notes": list(found.notes),
    }


def describe_letters(found: LettersReport) -> dict[str, object]:
    return {**{kind.value: found.queued[kind] for kind in LetterKind}, "waiting": found.waiting}


def describe_enqueue(found: EnqueueReport) -> dict[str, object]:
    return {
        "due": found.due,
        "queued": found.queued,
        "skipped": dict(found.skipped),
        "missed": dict(found.missed),
        "waiting": found.waiting,
        "next_due_at": found.next_due_at,
    }


def describe_deliver(found: DeliverReport) -> dict[str, object]:
    ends = {state.value: found[state] for state in ENDS}
    names = ("requeued", "returned", "waiting", "held", "problem", "resting")
    return {**ends, **{name: getattr(found, name) for name in names}}


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
