"""The structured reasons, as English.

In:    a Match, a Trend, a history of levels, a Topic.
Out:   one short line of plain text each; nothing escaped, no full stop.
Never: a number the data does not hold, or a growth seen from one observation only.
"""

from collections.abc import Sequence

from digest.model import Match, SignalKind, Topic, TopicKind, Trend, TrendLabel

_NOUNS = {
    SignalKind.HF_UPVOTES: ("upvote", "upvotes"),
    SignalKind.HF_COMMENTS: ("comment", "comments"),
    SignalKind.GITHUB_STARS: ("GitHub star", "GitHub stars"),
}
_BARS = "▁▂▃▄▅▆▇█"
WORTH_SAYING = 1.5  # times the usual; less is not news
YOUNG = 14 * 24.0  # hours; of an older paper we do not know when its votes came


def topic_name(topic: Topic) -> str:
    """How a topic is named in a sentence: phrases stand in quotation marks."""
    return f"“{topic.value}”" if topic.kind is TopicKind.PHRASE else topic.value


def why_you(match: Match) -> str:
    """Why this subscriber gets the paper: the topic, and the words or name it matched by."""
    if match.topic is None:
        return "One of the day’s top papers"
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
    said = ", ".join(words)
    return f": {said}" if said and said.casefold() != value.casefold() else ""


def why_trending(trend: Trend) -> str:
    """Why the paper trends: the loudest signal with its number, window and what is usual for the field."""
    match trend.signal:
        case SignalKind.SOURCES:
            return f"listed by {_count(trend.value, 'source', 'sources')}"
        case "burst":
            return (
                f"part of a burst: “{trend.phrase}” in {_count(trend.value, 'new paper', 'new papers')}{_usual(trend)}"
            )
        case "fresh":
            return _fresh(trend)
        case _:
            return _votes(trend)


def _votes(trend: Trend) -> str:
    one, many = _NOUNS[SignalKind(trend.signal)]
    usual = _usual(trend) + (f" for {trend.field}" if trend.field and _usual(trend) else "")
    if trend.gain < 1 or trend.hours <= 0:
        young = 0 < trend.age <= YOUNG
        return f"{_count(trend.value, one, many)} {f'in its first {_window(trend.age)}' if young else 'so far'}{usual}"
    again = " again after a quiet spell" if trend.label is TrendLabel.RETURNING else ""
    return f"+{_count(trend.gain, one, many)} in {_window(trend.hours)}{again}{usual}"


def _fresh(trend: Trend) -> str:
    where = f" in {trend.field}" if trend.field else ""
    if trend.label is TrendLabel.NEW:
        return f"new today{where}" if trend.hours < 36 else f"new{where}"
    return f"recent{where}"


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
