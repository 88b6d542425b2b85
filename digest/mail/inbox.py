"""What an inbox shows of a mail before it is opened.

In:    the titles of the papers in it, their cards, a Language.
Out:   a subject and a preheader that say different things.
Never: a line that is the same every day.
"""

from collections.abc import Sequence

from digest.language import Language
from digest.mail.account import papers
from digest.mail.cards import Card
from digest.mail.lines import columns
from digest.mail.words import closed
from digest.text import clean

SUBJECT, PREHEADER = 100, 130  # characters
FEW = 35  # columns; a mail program that finds a shorter preheader goes on with what follows it


def subject(titles: Sequence[str], count: int, speaking: Language) -> str:
    """`7 papers: Sparse routers that learn to forget`, at most 100 characters."""
    if not titles:
        return papers(count, speaking)
    gist = clean(titles[0]).replace("=?", "= ?").replace("?=", "? =")  # no encoded word (RFC 2047)
    room = SUBJECT - len(_headed("", count, speaking))
    return _headed(_shortened(gist, room).rstrip("."), count, speaking)


def _headed(title: str, count: int, speaking: Language) -> str:
    return speaking.ngettext("%(num)s paper: %(title)s", "%(num)s papers: %(title)s", count, title=title)


def preheader(titles: Sequence[str], cards: Sequence[Card], speaking: Language) -> str:
    """What the subject does not say: the other titles, or why the only one is here. 35 to 130 characters."""
    line = ""
    if len(titles) > 1:
        line = speaking.gettext("Also: %(titles)s", titles="; ".join(clean(title) for title in titles[1:4]))
    elif cards:
        line = clean(f"{cards[0].why.text}; {cards[0].trending}")
    if columns(line) < FEW:
        line = speaking.gettext("%(titles)s. Why it trends, and why it is for you.", titles=line)
    return closed(_shortened(line, PREHEADER - 2))


def _shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut after a word."""
    if len(text) <= limit:
        return text
    at = text.rfind(" ", limit // 2, limit)
    return text[: at if at > 0 else limit - 1].rstrip(" ,;:–—-(") + "…"
