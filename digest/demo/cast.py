"""Three invented subscribers, far apart in place and in taste.

In:    nothing, or the present moment for a day that is played live.
Out:   subscribers that are not stored yet.
Never: an address outside example.org and example.net (RFC 2606 §3).
"""

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from digest.editorial.topics import parse_topic
from digest.model import Subscriber, Topic, TopicKind

PHRASE, CATEGORY, AUTHOR = TopicKind.PHRASE, TopicKind.CATEGORY, TopicKind.AUTHOR


def cast() -> list[Subscriber]:
    """A statistician in Berlin, a roboticist in Los Angeles and a linguist with a telescope in Tokyo."""
    return [
        Subscriber(
            address="wilhelmina@example.org",
            name="Wilhelmina Quast",
            zone="Europe/Berlin",
            at=time(8, 30),
            topics=(
                *_topics(
                    (PHRASE, "graph neural networks"),
                    (PHRASE, "uncertainty"),
                    (CATEGORY, "stat.ML"),
                    (CATEGORY, "cs.LG"),
                ),
                parse_topic(PHRASE, "blockchain", muted=True),
            ),
        ),
        Subscriber(
            address="marcus@example.net",
            name="Marcus Dell’Onda",
            zone="America/Los_Angeles",
            at=time(6, 30),
            topics=_topics((CATEGORY, "cs.RO"), (CATEGORY, "cs.CV"), (CATEGORY, "cs.HC")),
        ),
        Subscriber(
            address="akari@example.org",
            name="Akari Moriyama",
            zone="Asia/Tokyo",
            at=time(18, 0),
            papers=5,
            topics=_topics(
                (PHRASE, "language models"),
                (PHRASE, "exoplanets"),
                (CATEGORY, "q-bio.NC"),
                (AUTHOR, "Zoltán Borítékfalvi"),
            ),
        ),
    ]


def cast_today(now: datetime) -> list[Subscriber]:
    """The same three, at the hour that has just struck where they are: nobody's is still to come."""
    return [replace(each, at=time(now.astimezone(ZoneInfo(each.zone)).hour)) for each in cast()]


def _topics(*wanted: tuple[TopicKind, str]) -> tuple[Topic, ...]:
    return tuple(parse_topic(kind, value) for kind, value in wanted)
