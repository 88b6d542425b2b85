"""The days that golden mails are of: each a reader, their papers and who sends it. Everything in them is invented."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from digest.model import (
    Abstracts,
    Digest,
    Letter,
    LetterKind,
    Match,
    Pick,
    Site,
    Subscriber,
    Topic,
    TopicKind,
    Trend,
    TrendLabel,
)
from tests.mail.digests import ADA, DAY, READER, RISING, ROBOTS, SILENT, SITE, digest_of, pick, picks

BRANDED = replace(
    SITE,
    logo="https://papers.example.org/logo.png",
    accent="#0a84ff",
    footer="Served by the library of the Example Institute. Questions: room 12, or answer this mail.",
)
TEX = (
    ("A $k$-Server Problem with $\\mathcal{O}(\\log^2 n)$ Umbrellas", "Let $x_{i}^{2} \\le \\sqrt{n}$, \\ie small."),
    ('G\\"odel, Erd\\H{o}s and \\L{}ukasiewicz Walk into a Proof', "It costs $5 and $10, or 30\\% more \\cite{a}."),
    ("$\\ell_1$ Norms for \\emph{Very} Lazy Cats: 100% Purr & <1% Scratch", "We use \\texttt{nap --now} twice."),
    ("On $\\mathbb{R}^{n \\times m}$, $\\alpha$-Bakeries and an Unclosed $Dollar", "See \\url{https://example.org/b}."),
)
HOSTILE = (
    ('"><script>alert(1)</script> and Other Bread', "</td></tr></table></body></html><h1>Everything is free</h1>"),
    (
        "=?utf-8?q?A=0D=0ABcc:_x?= Revisited\r\nBcc: all@example.org",
        "\u202egnp.exe \u2066never closed {{ 7*7 }} {% raw %}",
    ),
    ("&lt;b&gt;Escaped&lt;/b&gt; &amp;amp; Twice", "<!--[if mso]><style>*{display:none}</style><![endif]-->"),
    ("Interminable " * 40, "x" * 700),
)
FARSI, HEBREW = "سارا احمدی", "נועה לוי"


def told(one: Pick, title: str, abstract: str, **changes: Any) -> Pick:
    paper = replace(one.ranked.paper, title=title, abstract=abstract, **changes)
    return replace(one, ranked=replace(one.ranked, paper=paper))


def unheard(one: Pick) -> Pick:
    """Nobody has voted for it yet."""
    trend = Trend(score=0.0, label=TrendLabel.NEW, signal="fresh", field=one.ranked.paper.field)
    return replace(one, ranked=replace(one.ranked, trend=trend))


def unasked(one: Pick) -> Pick:
    """No topic brought it."""
    return replace(one, match=Match(topic=None))


def speaking(code: str, **changes: Any) -> Subscriber:
    return replace(SILENT, language=code, **changes)


@dataclass(frozen=True, slots=True)
class Mail:
    content: Digest | Letter
    site: Site = SITE


def _letter(kind: LetterKind, code: str) -> Letter:
    queued = datetime(2026, 5, 28, 12, 7, 3, tzinfo=UTC)
    return Letter(kind=kind, subscriber=replace(READER, topics=(), language=code), local_date=DAY, at=queued)


_NEW_READER = replace(READER, topics=())
_FOLLOWING = (ROBOTS, Topic(TopicKind.AUTHOR, "Mira Okonkwo"), Topic(TopicKind.AUTHOR, "Author K"))
_QUIET = Topic(TopicKind.PHRASE, "harbour acoustics")

MAILS = {
    "ordinary-day": Mail(digest_of(picks(12), rising=RISING)),
    "one-paper": Mail(digest_of(picks(1))),
    "still-reading": Mail(digest_of(picks(3), subscriber=SILENT)),
    "no-topics": Mail(digest_of(tuple(map(unasked, picks(8))), subscriber=_NEW_READER, rising=RISING[:1], matched=0)),
    "quiet-topic": Mail(
        digest_of(
            (replace(unheard(pick(5)), match=Match(topic=_QUIET, score=0.4, words=("harbour",))), pick(6)),
            subscriber=replace(READER, topics=(_QUIET,)),
            considered=31,
            matched=1,
        )
    ),
    "forty-papers": Mail(digest_of(picks(40), rising=RISING, considered=412, matched=60)),
    "tex": Mail(digest_of(tuple(told(pick(n), *words) for n, words in enumerate(TEX, 1)))),
    "hostile": Mail(
        digest_of(tuple(told(pick(n), *words, authors=(words[0], "=?x?=")) for n, words in enumerate(HOSTILE, 1)))
    ),
    "right-to-left": Mail(
        digest_of(
            (
                told(pick(1), "راهنمای کوتاه ربات‌های مهربان", "این مقاله ساختگی است.", authors=(FARSI, HEBREW)),
                told(pick(5), "On Commuting Operators", "All is made up.", authors=(HEBREW, "Grete Hermann", FARSI)),
            )
        )
    ),
    "three-thousand-authors": Mail(
        digest_of(
            picks(2, authors=(*(f"Number {n} Collaborator" for n in range(1, 3000)), "Grete Hermann")),
            subscriber=replace(READER, topics=(*_FOLLOWING, ADA)),
        )
    ),
    "no-votes": Mail(digest_of(tuple(unheard(one) for one in picks(6)))),
    "weekly": Mail(
        digest_of(
            picks(6),
            subscriber=replace(READER, cadence="weekly", last_edition=date(2026, 5, 21), topics=_FOLLOWING),
            considered=530,
        )
    ),
    "titles-only": Mail(digest_of(picks(12), subscriber=replace(READER, abstracts=Abstracts.NONE))),
    "full-abstracts": Mail(
        digest_of(
            picks(30, abstract="A long & fictional sentence about routers. " * 120),
            subscriber=replace(READER, abstracts=Abstracts.FULL),
        )
    ),
    "text-only": Mail(digest_of(picks(7), subscriber=replace(READER, text_only=True), rising=RISING)),
    "branded": Mail(digest_of(picks(3)), BRANDED),
    "german": Mail(digest_of(picks(11), subscriber=speaking("de"), rising=RISING), BRANDED),
    "chinese": Mail(digest_of(picks(11), subscriber=speaking("zh"), rising=RISING)),
    "letter-confirm": Mail(_letter(LetterKind.CONFIRM, "en"), BRANDED),
    "letter-link": Mail(_letter(LetterKind.LINK, "de")),
    "letter-move": Mail(_letter(LetterKind.MOVE, "zh")),
}
