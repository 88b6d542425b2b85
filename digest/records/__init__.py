"""What we know as JSON: the keys that `--json` and the API promise.

In:    values of the vocabulary.
Out:   dictionaries, and their types; dates and moments as they are, for whoever writes them.
Never: a key that goes, or changes its meaning.
"""

from digest.records.days import SourceRecord, Stats, StatsDay, StatsTotal, stats
from digest.records.editions import EditionRecord, RankedRecord, SummaryRecord, edition, ranked, summary
from digest.records.mail import AttemptRecord, DeliveryRecord, SuppressionRecord, attempt, delivery, suppression
from digest.records.people import SubscriberRecord, TopicRecord, subscriber, topic

__all__ = [
    "AttemptRecord",
    "DeliveryRecord",
    "EditionRecord",
    "RankedRecord",
    "SourceRecord",
    "Stats",
    "StatsDay",
    "StatsTotal",
    "SubscriberRecord",
    "SummaryRecord",
    "SuppressionRecord",
    "TopicRecord",
    "attempt",
    "delivery",
    "edition",
    "ranked",
    "stats",
    "subscriber",
    "summary",
    "suppression",
    "topic",
]
