"""The people who read the replayed days: different in taste, language, zone, hour, cadence and wishes."""

from datetime import time

from digest.model import Abstracts, Subscriber, Topic, TopicKind


def _phrases(*values: str) -> tuple[Topic, ...]:
    return tuple(Topic(TopicKind.PHRASE, value) for value in values)


def _categories(*values: str) -> tuple[Topic, ...]:
    return tuple(Topic(TopicKind.CATEGORY, value) for value in values)


DAILY = (
    Subscriber(
        address="ada@example.org",
        name="Ada",
        zone="Europe/London",
        at=time(7, 30),
        language="en",
        topics=(*_phrases("reinforcement learning", "LLM agents"), Topic(TopicKind.AUTHOR, "Wei Zhang")),
    ),
    Subscriber(
        address="bo@example.org",
        zone="Europe/Berlin",
        at=time(8, 0),
        cadence="weekdays",
        language="de",
        topics=(*_phrases("video generation", "diffusion models"), *_categories("cs.GR")),
    ),
    Subscriber(
        address="chi@example.org",
        zone="Asia/Shanghai",
        at=time(18, 0),
        language="zh",
        papers=20,
        topics=(*_phrases("large language models", "reasoning"), *_categories("cs.CL")),
    ),
    Subscriber(
        address="dee@example.org",
        zone="America/Los_Angeles",
        at=time(6, 15),
        cadence="tue,wed,thu,fri",
        language="en",
        papers=15,
        abstracts=Abstracts.FULL,
        topics=(*_categories("cs.CV", "eess.*"), Topic(TopicKind.PHRASE, "diffusion", muted=True)),
    ),
    Subscriber(
        address="eli@example.org",
        zone="Asia/Kolkata",
        at=time(12, 30),
        language="de",
        papers=40,
        abstracts=Abstracts.NONE,
        topics=(*_phrases("robot manipulation", "world model"), *_categories("cs.RO", "cs.LG")),
    ),
    Subscriber(
        address="fay@example.org",
        zone="America/New_York",
        at=time(7, 0),
        cadence="weekdays",
        language="en",
        abstracts=Abstracts.FULL,
        text_only=True,
        topics=(*_phrases("differential privacy"), *_categories("stat.ML", "math.*", "quant-ph")),
    ),
)
WEEKLY = Subscriber(address="gus@example.org", zone="Pacific/Auckland", at=time(20, 0), cadence="fri")
