"""The structured reasons, in words.

In:    a Match, a Ranked paper, a history of levels, a Topic; a Language, English where none is given.
Out:   one short line of plain text each; nothing escaped, no full stop.
Never: a number the data does not hold, a growth seen from one observation only, or what is true on one day only.
"""

import math
import re
from collections.abc import Sequence
from datetime import date

from digest.language import ENGLISH, Language, language
from digest.model import Match, Ranked, Rising, SignalKind, Topic, TopicKind, Trend, TrendLabel

_ENGLISH = language(ENGLISH)
_APART, _PLURAL = re.compile(r"[\W_]+"), re.compile(r"(?<=..)s$")
_BARS = "▁▂▃▄▅▆▇█"
WORTH_SAYING = 1.5  # times the usual; less is not news
YOUNG = 14 * 24.0  # hours; of an older paper we do not know when its votes came


def topic_name(topic: Topic, speaking: Language = _ENGLISH) -> str:
    """How a topic is named in a sentence: phrases stand in quotation marks."""
    return quoted(topic.value, speaking) if topic.kind is TopicKind.PHRASE else topic.value


def quoted(phrase: str, speaking: Language = _ENGLISH) -> str:
    return speaking.gettext("“%(phrase)s”", phrase=phrase)


# --- why you ------------------------------------------------------------------------------------------------------


def why_you(match: Match, speaking: Language = _ENGLISH) -> str:
    """Why this subscriber gets the paper: the topic, and the words or name it matched by; the paper they liked."""
    title = quoted(match.liked, speaking) if match.liked else ""
    if match.topic is None:
        if not title:
            return speaking.gettext("One of the papers that trend most")
        return _by(speaking.gettext("Like %(title)s, which you liked", title=title), match.words, speaking)
    reason = _reason(match.topic, match.words, speaking)
    if match.also:
        also = speaking.listed([topic_name(topic, speaking) for topic in match.also])
        reason = speaking.gettext("%(reason)s (also %(topics)s)", reason=reason, topics=also)
    if title:
        reason = speaking.gettext("%(reason)s; like %(title)s, which you liked", reason=reason, title=title)
    return reason


def _reason(topic: Topic, words: Sequence[str], speaking: Language) -> str:
    name = topic_name(topic, speaking)
    match topic.kind:
        case TopicKind.CATEGORY:
            reason = speaking.gettext("Your category %(topic)s", topic=name)
        case TopicKind.AUTHOR:
            reason = speaking.gettext("Your author %(topic)s", topic=name)
        case TopicKind.PHRASE:
            reason = speaking.gettext("Your topic %(topic)s", topic=name)
    return _by(reason, words if _beyond(topic.value, words) else (), speaking)


def _by(reason: str, words: Sequence[str], speaking: Language) -> str:
    return speaking.gettext("%(reason)s: %(words)s", reason=reason, words=", ".join(words)) if words else reason


def _beyond(value: str, words: Sequence[str]) -> bool:
    """Whether what matched is more than the topic itself says (`cs.*` by `cs.RO`, a phrase by its short form)."""
    return len(words) > 1 or any(_plain(word) != _plain(value) for word in words)


def _plain(phrase: str) -> str:
    """Without letter case, hyphens and plurals: spellings that make no difference."""
    return "".join(_PLURAL.sub("", word.replace("ies", "y")) for word in _APART.split(phrase.casefold()))


# --- why it trends ------------------------------------------------------------------------------------------------


def label(trend: Trend, speaking: Language = _ENGLISH) -> str:
    """What `why_trending` tells of: `New` of a paper that has nothing but its age."""
    return speaking.gettext("New") if trend.signal == "fresh" else speaking.gettext("Trending")


def why_trending(ranked: Ranked, speaking: Language = _ENGLISH) -> str:
    """Why the paper trends: the loudest signal with its number, window and what is usual for the field.

    True whenever it is read: days are named, and `today` is not said.
    """
    trend = ranked.trend
    match trend.signal:
        case SignalKind.SOURCES:
            return _listing(ranked, speaking)
        case "burst":
            return _compared(_burst(trend, speaking), trend, "", speaking)
        case "fresh":
            return _fresh(ranked, speaking)
        case _:
            return _votes(trend, speaking)


def _listing(ranked: Ranked, speaking: Language) -> str:
    sites = round(ranked.trend.value)
    if ranked.paper.id.startswith("arxiv:"):
        return speaking.ngettext("listed by %(num)s site besides arXiv", "listed by %(num)s sites besides arXiv", sites)
    return speaking.ngettext("listed by %(num)s site", "listed by %(num)s sites", sites)


def _burst(trend: Trend, speaking: Language) -> str:
    return speaking.ngettext(
        "part of a burst: %(phrase)s in %(num)s new paper",
        "part of a burst: %(phrase)s in %(num)s new papers",
        round(trend.value),
        phrase=quoted(trend.phrase, speaking),
    )


def _votes(trend: Trend, speaking: Language) -> str:
    if trend.gain < 1 or trend.hours <= 0:
        level = _count(trend.signal, round(trend.value), speaking)
        return _compared(_since(level, trend.age, speaking), trend, trend.field, speaking)
    growth = _growth(_gain(trend.signal, round(trend.gain), speaking), trend.hours, speaking)
    if trend.label is TrendLabel.RETURNING:
        growth = speaking.gettext("%(growth)s again after a quiet spell", growth=growth)
    return _compared(growth, trend, trend.field, speaking)


def _count(signal: str, count: int, speaking: Language) -> str:
    match SignalKind(signal):
        case SignalKind.GITHUB_STARS:
            return speaking.ngettext("%(num)s GitHub star", "%(num)s GitHub stars", count)
        case SignalKind.HF_COMMENTS:
            return speaking.ngettext("%(num)s comment", "%(num)s comments", count)
        case _:
            return speaking.ngettext("%(num)s upvote", "%(num)s upvotes", count)


def _gain(signal: str, count: int, speaking: Language) -> str:
    match SignalKind(signal):
        case SignalKind.GITHUB_STARS:
            return speaking.ngettext("+%(num)s GitHub star", "+%(num)s GitHub stars", count)
        case SignalKind.HF_COMMENTS:
            return speaking.ngettext("+%(num)s comment", "+%(num)s comments", count)
        case _:
            return speaking.ngettext("+%(num)s upvote", "+%(num)s upvotes", count)


def _growth(gain: str, hours: float, speaking: Language) -> str:
    """`+48 upvotes in 9 h`; from two days on in days."""
    if hours < 48:
        return speaking.gettext("%(gain)s in %(hours)s h", gain=gain, hours=speaking.number(max(1, round(hours))))
    return speaking.ngettext("%(gain)s in %(num)s day", "%(gain)s in %(num)s days", round(hours / 24), gain=gain)


def _since(level: str, age: float, speaking: Language) -> str:
    """Whole days: many sources date a paper by the day."""
    if not 0 < age <= YOUNG:
        return speaking.gettext("%(level)s so far", level=level)
    days = math.ceil(age / 24)
    if days == 1:
        return speaking.gettext("%(level)s in its first day", level=level)
    return speaking.ngettext(
        "%(level)s in its first %(num)s day", "%(level)s in its first %(num)s days", days, level=level
    )


def _compared(what: str, trend: Trend, field: str, speaking: Language) -> str:
    """`what`, and how many times the usual that is, where it is worth saying."""
    if trend.usual is None or trend.usual < WORTH_SAYING:
        return what
    usual = times(trend.usual, speaking)
    if field:
        return speaking.gettext("%(growth)s, %(times)s× the usual for %(field)s", growth=what, times=usual, field=field)
    return speaking.gettext("%(growth)s, %(times)s× the usual", growth=what, times=usual)


def how_it_rises(one: Rising, speaking: Language = _ENGLISH) -> str:
    """`5 papers, 3× the usual`."""
    return speaking.ngettext(
        "%(num)s paper, %(times)s× the usual",
        "%(num)s papers, %(times)s× the usual",
        one.papers,
        times=times(one.times, speaking),
    )


def times(factor: float, speaking: Language = _ENGLISH) -> str:
    """`2.4`, `6`: no more digits than tell, and never more than 99."""
    return speaking.number(round(factor, 1) if factor < 2.95 else min(round(factor), 99))


def _fresh(ranked: Ranked, speaking: Language) -> str:
    paper, field = ranked.paper, ranked.trend.field
    day = _day(paper.published_at or paper.first_seen_at or ranked.edition, ranked.edition, speaking)
    match bool(paper.published_at), bool(field):
        case True, True:
            return speaking.gettext("published %(date)s in %(field)s", date=day, field=field)
        case True, False:
            return speaking.gettext("published %(date)s", date=day)
        case False, True:
            return speaking.gettext("first listed %(date)s in %(field)s", date=day, field=field)
        case _:
            return speaking.gettext("first listed %(date)s", date=day)


def _day(day: date, near: date, speaking: Language) -> str:
    """`9 May`, with its year where that is not the edition's."""
    return speaking.date(day, year=day.year != near.year)


def spark(history: Sequence[float]) -> str:
    """Levels, oldest first, as bars of eight heights; `""` for fewer than two values."""
    if len(history) < 2:
        return ""
    low, high = min(history), max(history)
    step = (high - low) / (len(_BARS) - 1) or 1.0
    return "".join(_BARS[round((level - low) / step)] for level in history)
