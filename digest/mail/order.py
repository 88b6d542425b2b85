"""The order of the papers in a mail.

In:    the picks of a digest, best first.
Out:   the lead, then the others in sections by the topic they match best.
Never: a pick more or less.
"""

from digest.model import Pick, Topic

NEARLY = 0.8  # of the best score
TRENDING = (None, False)  # what no topic of theirs brought, and nothing they liked

Section = tuple[Topic | None, bool]


def section(pick: Pick) -> Section:
    """What a pick stands under: the topic it matches best; without one, whether it is like a paper they liked."""
    return pick.match.topic, pick.match.topic is None and bool(pick.match.liked)


def ordered(picks: tuple[Pick, ...]) -> list[Pick]:
    """By section: the lead, then its section, then that of the best pick; at the end what merely trends."""
    if not picks:
        return []
    lead = _lead(tuple(pick for pick in picks if section(pick) != TRENDING) or picks)
    order = {under: i for i, under in reversed(list(enumerate(section(pick) for pick in (lead, *picks))))}
    return sorted(picks, key=lambda pick: (section(pick) == TRENDING, order[section(pick)], pick is not lead))


def _lead(picks: tuple[Pick, ...]) -> Pick:
    """Of the picks that are nearly as good as the best, the one that trends most; the best where none trends."""
    best = max(pick.score for pick in picks)
    trending = [pick for pick in picks if pick.score >= NEARLY * best and pick.ranked.trend.signal != "fresh"]
    return max(trending or picks[:1], key=lambda pick: pick.ranked.trend.score)
