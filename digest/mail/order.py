"""The order of the papers in a mail.

In:    the picks of a digest, best first.
Out:   the lead, then the others in sections by the topic they match best.
Never: a pick more or less.
"""

from digest.model import Pick

NEARLY = 0.8  # of the best score


def ordered(picks: tuple[Pick, ...]) -> list[Pick]:
    """By the topic they match best: the lead, then its topic, then that of the best pick; the order within kept."""
    if not picks:
        return []
    lead = _lead(picks)
    order = {topic: i for i, topic in reversed(list(enumerate(pick.match.topic for pick in (lead, *picks))))}
    return sorted(picks, key=lambda pick: (order[pick.match.topic], pick is not lead))


def _lead(picks: tuple[Pick, ...]) -> Pick:
    """Of the picks that are nearly as good as the best, the one that trends most; the best where none trends."""
    best = max(pick.score for pick in picks)
    trending = [pick for pick in picks if pick.score >= NEARLY * best and pick.ranked.trend.signal != "fresh"]
    return max(trending or picks[:1], key=lambda pick: pick.ranked.trend.score)
