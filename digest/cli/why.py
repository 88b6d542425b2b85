"""`digest why`: why this mail, or why none.

In:    an address, a local date (default: the newest that has a row).
Out:   the papers of that mail with both reasons, or one sentence that says why there is none.
Never: a guess: every answer is in the ledger, or in what they asked for.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.cli.delivery import answer
from digest.cli.opening import known, opened
from digest.cli.options import Address, AsJson, ConfigPath, Day
from digest.cli.output import say, say_json
from digest.model import Attempt, Delivery, DeliveryState, Digest, Pick, Subscriber, SubscriberState

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.app import App

NO_MAIL = {
    SubscriberState.PENDING: "has not confirmed the subscription",
    SubscriberState.UNSUBSCRIBED: "unsubscribed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of one subscriber's mail of one day. `suppressed` is why the address gets none, or `""`.

    `kept_days` is how long rows are kept; `next_due_at` is None where it is with the next tick.
    """

    subscriber: Subscriber
    day: "date | None"
    delivery: Delivery | None
    attempt: Attempt | None
    digest: Digest | None
    suppressed: str
    now: "datetime"
    kept_days: int
    next_due_at: "datetime | None"


def why(address: Address, local_date: Day = None, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Say why they got these papers, or why they got no mail."""
    with opened(config) as app:
        found = _look(app, address, local_date)
    if as_json:
        say_json(_described(found))
        return
    say(sentence(found))
    for pick in _papers(found.digest):
        _print(pick)


def _look(app: "App", address: str, day: "date | None") -> Found:
    subscriber, now = known(app.store, address), app.clock.now()
    delivery = app.store.deliveries.find(subscriber.address, day)
    attempts = app.store.deliveries.attempts(delivery.id) if delivery else []
    suppression = app.store.suppressions.find(subscriber.address)
    return Found(
        subscriber=subscriber,
        day=day,
        delivery=delivery,
        attempt=attempts[-1] if attempts else None,
        digest=app.store.deliveries.digest(delivery.id) if delivery and delivery.papers else None,
        suppressed=suppression.reason if suppression else "",
        now=now,
        kept_days=app.retention.deliveries_days,
        next_due_at=_next_due(subscriber, now),
    )


def _next_due(subscriber: Subscriber, now: "datetime") -> "datetime | None":
    """None: with the next tick, as the first digest of somebody whose hour of today has passed."""
    from digest.due import last_due, next_due

    if subscriber.next_due_at:
        return subscriber.next_due_at if subscriber.next_due_at > now else None
    try:
        asked = subscriber.at, subscriber.zone, subscriber.cadence, now
        is_today = last_due(*asked)[0] == now.astimezone(ZoneInfo(subscriber.zone)).date()
        return None if is_today else next_due(*asked)[1]
    except (ZoneInfoNotFoundError, ValueError):
        return None


def sentence(found: Found) -> str:
    """The answer in one sentence."""
    delivery, who, stopped = found.delivery, found.subscriber.address, _stopped(found)
    if delivery is None:
        return _unwritten(found, found.day) if found.day else _never_yet(found, stopped)
    if stopped and found.day is None and delivery.state is not DeliveryState.SENT:
        return f"{who} {stopped}"
    text = f"{who} on {delivery.local_date}: {_outcome(delivery, found.attempt)}"
    return f"{text}; since then {who} {stopped}" if stopped and found.day is None else text


def _stopped(found: Found) -> str:
    """Why no more mail goes to this subscriber, or `""`."""
    subscriber = found.subscriber
    if found.suppressed:
        return f"is suppressed: {found.suppressed}"
    match subscriber.state:
        case SubscriberState.SUPPRESSED:
            return "is suppressed"
        case SubscriberState.PAUSED if subscriber.paused_until:
            return f"is paused until {subscriber.paused_until}"
        case SubscriberState.PAUSED:
            unheard = f": asked whether they still read this, they had not answered by {subscriber.keep_by}"
            return f"is paused{unheard if subscriber.keep_by else ''}; digest subscriber resume ends that"
    return NO_MAIL.get(subscriber.state, "")


def _never_yet(found: Found, stopped: str) -> str:
    who = found.subscriber.address
    return f"{who} {stopped}" if stopped else f"{who}: no mail has been due yet; {_next(found)}"


def _unwritten(found: Found, day: "date") -> str:
    from digest.cli.absence import why_no_row

    stopped = _stopped(found)
    said = why_no_row(found.subscriber, day, found.now, found.kept_days, stopped)
    return f"{found.subscriber.address}: {said}{'' if stopped else f'; {_next(found)}'}"


def _next(found: Found) -> str:
    when = _at("at ", found.next_due_at) or "with the next digest run"
    return f"the next is due {when} ({found.subscriber.cadence} at {_hour(found.subscriber)})"


def _hour(subscriber: Subscriber) -> str:
    return f"{subscriber.at:%H:%M} {subscriber.zone}"


def _outcome(delivery: Delivery, attempt: Attempt | None) -> str:
    said = f"the server said “{answer(attempt.reply)}”" if attempt else ""
    papers = "1 paper" if delivery.papers == 1 else f"{delivery.papers} papers"
    match delivery.state:
        case DeliveryState.SENT:
            text = f"{papers} sent{_at(' at ', delivery.updated_at)}"
        case DeliveryState.QUEUED | DeliveryState.CLAIMED:
            text = f"{papers} queued; digest deliver sends them" + (delivery.reason and f" ({delivery.reason})")
        case DeliveryState.TRANSMITTING:
            text = f"{papers} on their way"
        case DeliveryState.DEFERRED:
            text = f"not sent yet, {said or delivery.reason}{_at(', next try at ', delivery.next_attempt_at)}"
        case DeliveryState.UNCERTAIN:
            text = f"sent, but no answer came; digest delivery retry {delivery.id} sends the same bytes again"
        case DeliveryState.SKIPPED | DeliveryState.MISSED:
            text = f"no mail, {delivery.reason}"
        case _:
            text = f"{delivery.state.value}, " + "; ".join(part for part in (delivery.reason, said) if part)
    return text


def _at(word: str, moment: "datetime | None") -> str:
    return f"{word}{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _papers(digest: Digest | None) -> list[Pick]:
    """In the order of the mail."""
    from digest.mail.order import ordered

    return ordered(digest.picks) if digest else []


def _print(pick: Pick) -> None:
    from digest.text import plain
    from digest.wording import label, why_trending

    print()
    say(plain(pick.ranked.paper.title))
    say(f"  {pick.ranked.paper.links.get('abstract') or pick.ranked.paper.id}")
    say(f"  why you: {_why_you(pick)}")
    say(f"  {'new' if label(pick.ranked.trend) == 'New' else 'why trending'}: {why_trending(pick.ranked)}")


def _described(found: Found) -> dict[str, object]:
    delivery = found.delivery
    return {
        "email": found.subscriber.address,
        "date": delivery.local_date if delivery else found.day,
        "state": delivery.state.value if delivery else None,
        "reason": delivery.reason if delivery else "",
        "cause": delivery.cause.value if delivery else "",
        "sentence": sentence(found),
        "next_due_at": found.next_due_at,
        "papers": [_paper(pick) for pick in _papers(found.digest)],
    }


def _why_you(pick: Pick) -> str:
    from digest.text import plain
    from digest.wording import why_you

    return why_you(replace(pick.match, liked=plain(pick.match.liked)))


def _paper(pick: Pick) -> dict[str, object]:
    from digest.wording import why_trending

    return {
        "id": pick.ranked.paper.id,
        "title": pick.ranked.paper.title,
        "score": round(pick.score, 4),
        "why_you": _why_you(pick),
        "why_trending": why_trending(pick.ranked),
        "links": dict(pick.ranked.paper.links),
    }
