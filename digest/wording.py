"""The structured reasons, as English.

In:    a Match, a Ranked paper, a history of levels, a Topic.
Out:   one short line of plain text each; nothing escaped, no full stop.
Never: a number the data does not hold, a growth seen from one observation only, or what is true on one day only.
"""

import math
import re
from collections.abc import Sequence
from datetime import date

from digest.model import Match, Ranked, SignalKind, Topic, TopicKind, Trend, TrendLabel

_NOUNS = {
    SignalKind.HF_UPVOTES: ("upvote", "upvotes"),
    SignalKind.HF_COMMENTS: ("comment", "comments"),
    SignalKind.GITHUB_STARS: ("GitHub star", "GitHub stars"),
}
_APART, _PLURAL = re.compile(r"[\W_]+"), re.compile(r"(?<=..)s$")
_BARS = "▁▂▃▄▅▆▇█"
WORTH_SAYING = 1.5  # times the usual; less is not news
YOUNG = 14 * 24.0  # hours; of an older paper we do not know when its votes came


def topic_name(topic: Topic) -> str:
    """How a topic is named in a sentence: phrases stand in quotation marks."""
    return f"“{topic.value}”" if topic.kind is TopicKind.PHRASE else topic.value


def why_you(match: Match) -> str:
    """Why this subscriber gets the paper: the topic, and the words or name it matched by."""
    if match.topic is None:
        return "One of the papers that trend most"
    also = f" (also {_listed([topic_name(topic) for topic in match.also])})" if match.also else ""
    return f"{_reason(match.topic, match.words)}{also}"


def _reason(topic: Topic, words: Sequence[str]) -> str:
    match topic.kind:
        case TopicKind.CATEGORY:
            return f"Your category {topic.value}" + _beyond(topic.value, words)
        case TopicKind.AUTHOR:
            return f"Your author {topic.value}" + _beyond(topic.value, words)
        case TopicKind.PHRASE:
            return f"Your topic {topic_name(topic)}" + _beyond(topic.value, words)


def _beyond(value: str, words: Sequence[str]) -> str:
    """What matched, where that is more than the topic itself says (`cs.*` by `cs.RO`, a phrase by its short form)."""
    if not words or (len(words) == 1 and _plain(words[0]) == _plain(value)):
        return ""
    return f": {', '.join(words)}"


def _plain(phrase: str) -> str:
    """Without letter case, hyphens and plurals: spellings that make no difference."""
    return "".join(_PLURAL.sub("", word.replace("ies", "y")) for word in _APART.split(phrase.casefold()))


def label(trend: Trend) -> str:
    """What `why_trending` tells of: `New` of a paper that has nothing but its age."""
    return "New" if trend.signal == "fresh" else "Trending"


def why_trending(ranked: Ranked) -> str:
    """Why the paper trends: the loudest signal with its number, window and what is usual for the field.

    True whenever it is read: days are named, and `today` is not said.
    """
    trend = ranked.trend
    match trend.signal:
        case SignalKind.SOURCES:
            besides = " besides arXiv" if ranked.paper.id.startswith("arxiv:") else ""
            return f"listed by {_count(trend.value, 'site', 'sites')}{besides}"
        case "burst":
            return (
                f"part of a burst: “{trend.phrase}” in {_count(trend.value, 'new paper', 'new papers')}{_usual(trend)}"
            )
        case "fresh":
            return _fresh(ranked)
        case _:
            return _votes(trend)


def _votes(trend: Trend) -> str:
    one, many = _NOUNS[SignalKind(trend.signal)]
    usual = _usual(trend) + (f" for {trend.field}" if trend.field and _usual(trend) else "")
    if trend.gain < 1 or trend.hours <= 0:
        return f"{_count(trend.value, one, many)} {_so_far(trend.age)}{usual}"
    again = " again after a quiet spell" if trend.label is TrendLabel.RETURNING else ""
    return f"+{_count(trend.gain, one, many)} in {_window(trend.hours)}{again}{usual}"


def _so_far(age: float) -> str:
    """Whole days: many sources date a paper by the day."""
    if not 0 < age <= YOUNG:
        return "so far"
    days = math.ceil(age / 24)
    return "in its first day" if days == 1 else f"in its first {days} days"


def _fresh(ranked: Ranked) -> str:
    paper, where = ranked.paper, f" in {ranked.trend.field}" if ranked.trend.field else ""
    if paper.published_at:
        return f"published {_day(paper.published_at, ranked.edition)}{where}"
    return f"first listed {_day(paper.first_seen_at or ranked.edition, ranked.edition)}{where}"


def _day(day: date, near: date) -> str:
    """`9 May`, with its year where that is not the edition's."""
    return f"{day.day} {day:%B}" + (f" {day.year}" if day.year != near.year else "")


def _usual(trend: Trend) -> str:
    if trend.usual is None or trend.usual < WORTH_SAYING:
        return ""
    times = f"{trend.usual:.1f}".removesuffix(".0") if trend.usual < 2.95 else f"{min(trend.usual, 99):.0f}"
    return f", {times}× the usual"


def _window(hours: float) -> str:
    if hours < 48:
        return f"{max(1, round(hours))} h"
    return _count(hours / 24, "day", "days")


def _count(value: float, one: str, many: str) -> str:
    number = round(value)
    return f"{number:,} {one if number == 1 else many}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def spark(history: Sequence[float]) -> str:
    """Levels, oldest first, as bars of eight heights; `""` for fewer than two values."""
    if len(history) < 2:
        return ""
    low, high = min(history), max(history)
    step = (high - low) / (len(_BARS) - 1) or 1.0
    return "".join(_BARS[round((level - low) / step)] for level in history)
