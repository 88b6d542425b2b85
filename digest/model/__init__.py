"""The vocabulary: frozen values that the rooms exchange.

In:    nothing; every other module imports from here.
Out:   dataclasses and enums. All moments are aware UTC datetimes.
Never: I/O, table classes, wording.
"""

from digest.model.editions import Cause, Digest, Edition, Match, NoDigest, Pick, Ranked, Rising, Trend, TrendLabel
from digest.model.ledger import (
    BEFORE_RECIPIENT,
    Attempt,
    DayCount,
    Delivery,
    DeliveryState,
    Envelope,
    Heartbeat,
    Pause,
    Queue,
    Reply,
    Site,
    Stage,
    Suppression,
)
from digest.model.papers import Announced, Paper, Signal, SignalKind, SourceState
from digest.model.people import (
    GETS_MAIL,
    Abstracts,
    Consent,
    Feedback,
    Subscriber,
    SubscriberState,
    Topic,
    TopicKind,
    Verdict,
)
from digest.model.requests import Letter, LetterKind, Request

__all__ = [
    "BEFORE_RECIPIENT",
    "GETS_MAIL",
    "Abstracts",
    "Announced",
    "Attempt",
    "Cause",
    "Consent",
    "DayCount",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Edition",
    "Envelope",
    "Feedback",
    "Heartbeat",
    "Letter",
    "LetterKind",
    "Match",
    "NoDigest",
    "Paper",
    "Pause",
    "Pick",
    "Queue",
    "Ranked",
    "Reply",
    "Request",
    "Rising",
    "Signal",
    "SignalKind",
    "Site",
    "SourceState",
    "Stage",
    "Subscriber",
    "SubscriberState",
    "Suppression",
    "Topic",
    "TopicKind",
    "Trend",
    "TrendLabel",
    "Verdict",
]
