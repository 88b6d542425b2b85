"""What we know as JSON: the keys that `--json` and the API promise.

In:    values of the vocabulary.
Out:   dictionaries; dates and moments as they are, for whoever writes them.
Never: a key that goes, or changes its meaning.
"""

from digest.model import Attempt, Delivery, Edition, Ranked, Subscriber, SubscriberState, Suppression
from digest.store.editions import EditionSummary
from digest.wishes import lists
from digest.wording import why_trending

Record = dict[str, object]


def subscriber(one: Subscriber) -> Record:
    """The keys of the CSV file, and what only the store knows."""
    return {
        "id": one.id,
        "email": one.address,
        "name": one.name,
        "state": one.state.value,
        **lists(one.topics),
        "tz": one.zone,
        "at": f"{one.at:%H:%M}",
        "cadence": one.cadence,
        "papers": one.papers,
        "language": one.language,
        "abstracts": one.abstracts.value,
        "text_only": one.text_only,
        "created_at": one.created_at,
        "next_due_at": one.next_due_at if one.state is SubscriberState.ACTIVE else None,
        "last_edition": one.last_edition,
        "paused_until": one.paused_until if one.state is SubscriberState.PAUSED else None,
        "heard_at": one.heard_at,
        "keep_by": one.keep_by,
    }


def delivery(one: Delivery) -> Record:
    return {
        "id": one.id,
        "email": one.address,
        "kind": one.kind,
        "date": one.local_date,
        "edition": one.edition,
        "state": one.state.value,
        "reason": one.reason,
        "cause": one.cause.value,
        "papers": one.papers,
        "due_at": one.due_at,
        "next_attempt_at": one.next_attempt_at,
        "attempts": one.attempts,
        "updated_at": one.updated_at,
    }


def attempt(one: Attempt) -> Record:
    reply = one.reply
    return {
        "number": one.number,
        "at": one.at,
        "stage": reply.stage.value,
        "code": reply.code,
        "enhanced": reply.enhanced,
        "text": reply.text,
        "outcome": one.outcome.value,
    }


def summary(one: EditionSummary) -> Record:
    return {"date": one.date, "cutoff_at": one.cutoff_at, "papers": one.entries, "notes": list(one.notes)}


def edition(one: Edition, limit: int) -> Record:
    """With its first `limit` papers."""
    return {
        "date": one.date,
        "cutoff_at": one.cutoff_at,
        "notes": list(one.notes),
        "total": len(one.entries),
        "papers": [ranked(entry) for entry in one.entries[:limit]],
    }


def ranked(one: Ranked) -> Record:
    return {
        "rank": one.rank,
        "id": one.paper.id,
        "title": one.paper.title,
        "authors": list(one.paper.authors),
        "categories": list(one.paper.categories),
        "trend_score": round(one.trend.score, 4),
        "trend_label": one.trend.label.value,
        "why_trending": why_trending(one),
        "links": dict(one.paper.links),
    }


def suppression(one: Suppression) -> Record:
    """`email` is empty where its owner was erased."""
    return {"email": one.address, "reason": one.reason, "evidence": one.evidence, "created_at": one.created_at}
