"""What a mail says of the day it reports on, and of itself.

In:    a digest, a Language.
Out:   plain text, whole sentences: the summary, why it comes and when.
Never: a sentence put together from parts whose order differs between languages.
"""

from collections.abc import Sequence

from digest.due import days, offered_after
from digest.language import Language
from digest.mail.words import topic_words
from digest.model import Digest, Subscriber, Topic, Trend, TrendLabel
from digest.text import clean

FAST, MUCH = (TrendLabel.RISING, TrendLabel.RETURNING), 3.0  # times the usual
NAMED = 4  # topics, of those that are more than one longer list


# --- the day ------------------------------------------------------------------------------------------------------


def summary(digest: Digest, speaking: Language) -> str:
    """One honest line about the day: offered, matched, chosen."""
    count = len(digest.picks)
    own = sum(pick.match.topic is not None for pick in digest.picks)
    liked = sum(pick.match.topic is None and bool(pick.match.liked) for pick in digest.picks)
    offered, trending = _offered(digest, speaking), count - own - liked
    said = _led(offered, trending, speaking)
    if any(not topic.muted for topic in digest.subscriber.topics):
        said = _together(
            _matching(offered, digest.matched, speaking), _chosen(digest, own, trending, speaking), speaking
        )
    return _together(_together(said, _like(liked, speaking), speaking), _fast(digest, speaking), speaking)


def _offered(digest: Digest, speaking: Language) -> str:
    """`84 papers today`: of today's edition, an earlier one, or all since the last digest, if there was one."""
    subscriber, edition, count = digest.subscriber, digest.edition, digest.considered
    after = offered_after(edition, subscriber.cadence, digest.local_date, subscriber.last_edition)
    if (edition - after).days > 1 or any(pick.ranked.edition != edition for pick in digest.picks):
        if subscriber.last_edition:
            return speaking.ngettext(
                "%(num)s paper since your last digest", "%(num)s papers since your last digest", count
            )
        return papers(count, speaking)
    if edition == digest.local_date:
        return speaking.ngettext("%(num)s paper today", "%(num)s papers today", count)
    day = speaking.date(edition, year=False)
    return speaking.ngettext("%(num)s paper of %(date)s", "%(num)s papers of %(date)s", count, date=day)


def papers(count: int, speaking: Language) -> str:
    return speaking.ngettext("%(num)s paper", "%(num)s papers", count)


def _led(offered: str, count: int, speaking: Language) -> str:
    """Where they follow nothing."""
    if not count:
        return speaking.gettext("%(papers)s.", papers=offered)
    return speaking.ngettext("%(papers)s; this one leads.", "%(papers)s; these %(num)s lead.", count, papers=offered)


def _matching(offered: str, matched: int, speaking: Language) -> str:
    return speaking.ngettext(
        "%(papers)s, %(num)s matches your topics.", "%(papers)s, %(num)s match your topics.", matched, papers=offered
    )


def _chosen(digest: Digest, own: int, trending: int, speaking: Language) -> str:
    """Which of those that match are here, if not all, and that others came in because they trend."""
    if own and own < digest.matched:
        return _best(own, trending, speaking)
    if not trending:
        return ""
    return speaking.ngettext("Here is %(num)s more that trends.", "Here are %(num)s more that trend.", trending)


def _best(own: int, trending: int, speaking: Language) -> str:
    if not trending:
        return speaking.ngettext("The best is here.", "The best %(num)s are here.", own)
    more = speaking.ngettext("%(num)s more that trends", "%(num)s more that trend", trending)
    return speaking.ngettext(
        "The best is here, with %(more)s.", "The best %(num)s are here, with %(more)s.", own, more=more
    )


def _like(count: int, speaking: Language) -> str:
    if not count:
        return ""
    return speaking.ngettext("%(num)s is like a paper you liked.", "%(num)s are like papers you liked.", count)


def _fast(digest: Digest, speaking: Language) -> str:
    """How many of the papers here gain much more than is usual in their field."""
    count = sum(_is_fast(pick.ranked.trend) for pick in digest.picks)
    if not count:
        return ""
    if len(digest.picks) == 1:
        return speaking.gettext("It is rising fast.")
    return speaking.ngettext("%(num)s paper here is rising fast.", "%(num)s papers here are rising fast.", count)


def _is_fast(trend: Trend) -> bool:
    """Of a burst it is the phrase that rises, not the paper."""
    return trend.label in FAST and trend.signal != "burst" and (trend.usual or 0) >= MUCH


def _together(one: str, other: str, speaking: Language) -> str:
    """Two sentences in a row."""
    return speaking.gettext("%(one)s %(other)s", one=one, other=other) if one and other else one or other


# --- why it comes, and when ---------------------------------------------------------------------------------------


def origin(subscriber: Subscriber, site: str, speaking: Language) -> str:
    """Why they get this mail, and when it comes."""
    topics = _follows(subscriber.topics, speaking)
    why = (
        speaking.gettext(
            "You get this because %(address)s subscribed to %(site)s, following %(topics)s.",
            address=subscriber.address,
            site=site,
            topics=topics,
        )
        if topics
        else speaking.gettext(
            "You get this because %(address)s subscribed to %(site)s.", address=subscriber.address, site=site
        )
    )
    return _together(why, _schedule(subscriber, speaking), speaking)


def _follows(topics: Sequence[Topic], speaking: Language) -> str:
    """`“graph neural networks”, cs.LG and 3 more`; empty for none."""
    named = [topic_words(topic, 60, speaking) for topic in topics if not topic.muted]
    if len(named) > NAMED + 1:
        more = len(named) - NAMED
        named = [*named[:NAMED], speaking.ngettext("%(num)s more", "%(num)s more", more)]
    return speaking.listed(named)


def _schedule(subscriber: Subscriber, speaking: Language) -> str:
    """`It comes daily at 07:30, Europe/Berlin time.`"""
    when = {"time": speaking.time(subscriber.at), "zone": _zone(subscriber.zone)}
    match subscriber.cadence:
        case "daily":
            return speaking.gettext("It comes daily at %(time)s, %(zone)s time.", **when)
        case "weekdays":
            return speaking.gettext("It comes on weekdays at %(time)s, %(zone)s time.", **when)
        case "weekly":
            return speaking.gettext("It comes weekly at %(time)s, %(zone)s time.", **when)
        case chosen:
            named = speaking.listed([speaking.weekday(day) for day in sorted(days(chosen))])
            return speaking.gettext("It comes every %(days)s at %(time)s, %(zone)s time.", days=named, **when)


def _zone(zone: str) -> str:
    return clean(zone).replace("_", " ")
