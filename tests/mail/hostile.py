"""Papers, topics and people that mean harm, as many as wanted.

In:    a number: the same one gives the same digest.
Out:   a digest whose every text comes from somebody who tries something.
Never: an address that a message could not be sent to: those never get that far.
"""

from dataclasses import replace
from random import Random

from digest.model import Digest, Match, Paper, Pick, Rising, Topic, TopicKind
from tests.mail.digests import READER, digest_of, pick

GOOD = "https://arxiv.org/abs/2605.{number:05}"
_WORDS = ("gradient", "Ångström", "评测", "שלום", "مرحبا", "naïve", "x", "🎉", "A" * 90, "e\u0301" * 30, "ẞ", "Ω")
_HEADERS = (
    "=?utf-8?q?A=0D=0ABcc:_eve@evil.example?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
    "=?utf-8?q?=0D=0A?= =?utf-8?q?Bcc:eve@evil.example?=",
    "\r\nBcc: eve@evil.example\r\n\r\n<b>body</b>",
    "\nSubject: another",
    "\r\n.\r\nMAIL FROM:<eve@evil.example>",
    "\u2028Bcc: eve@evil.example",
    "\x85Cc: eve@evil.example",
    "<eve@evil.example>",
    '", eve@evil.example, "',
    "\r\n--=_boundary\r\nContent-Type: text/html\r\n\r\nevil",
    "=?iso-2022-jp?b?GyRCJCIbKEI=?=",
    "=?",
    "?=",
)
_MARKUP = (
    "<script>alert('evil')</script>",
    "<img src=x onerror=alert('evil')>",
    "</td></tr></table><a href='https://evil.example'>evil</a>",
    '"><a href="javascript:alert(1)">evil</a>',
    "<style>*{display:none}</style>",
    "--><iframe src=//evil.example></iframe><!--",
    "<![endif]--><!--[if mso]><b>",
    "&lt;script&gt;evil&lt;/script&gt;",
    "&#60;b&#62;evil",
    "<svg/onload=alert('evil')>",
    "<base href=//evil.example>",
    "<plaintext>",
    "<!DOCTYPE evil>",
    "]]>",
    "<a href='data:text/html,evil' style='position:fixed'>evil</a>",
    "{{ site.__class__ }}",
    "{% for x in y %}",
    "{# #}",
    "%(num)s %s {0}",
)
_TEX = (
    "\\href{javascript:alert(1)}{evil}",
    '\\href{https://evil.example"onclick="evil}{e}',
    "\\url{data:text/html,<b>evil</b>}",
    "$\\text{<b>evil</b>}$",
    "\\textbf{<i>\\emph{</b>}",
    "$" + "{" * 60,
    "$x_{" * 30,
    "\\input{/etc/passwd}",
    "\\write18{evil}",
    "\\def\\a{\\a\\a}\\a",
    "\\char0 \\symbol{8238} ^^M ^^J",
    "\\begin{evil}" * 20,
    "$\\frac{\\sqrt{</td>}}{<!--}$",
    "$$$$ \\( \\[ \\) \\]",
)
_CHARACTERS = (
    "\u202egnp.exe",
    "\u2066\u2067\u2068",
    "\u2069" * 5,
    "\u200f\u200e\u061c",
    "\x00",
    "\x1b[2J\x1b]0;evil\x07",
    "\x7f\x9f\xad",
    "\ufeff\ufffe\uffff",
    "\ud800",
    "\U000e0041",
    "Z\u0300\u0301\u0302\u0303" * 30,
    "\u200b" * 50,
    "\x0b\x0c\x1c\x1d\x1e",
    "\u3000\u00a0\u2003",
    "From nobody",
    ".",
    "-- ",
)
_ADDRESSES = (
    "javascript:alert('evil')",
    "data:text/html,evil",
    "//evil.example",
    "https://good.example\r\nBcc: eve@evil.example",
    'https://good.example/"onmouseover="evil',
    "https://good.example/<evil>",
    "https://eve:evil@good.example/",
    "https://good.example@evil.example/",
    "ftp://evil.example/",
    "https://evil.example/" + "e" * 3000,
    "https://\u202eevil.example/",
    "vbscript:evil",
    "",
)
_ALL = (*_HEADERS, *_MARKUP, *_TEX, *_CHARACTERS)


def hostile_digest(number: int, papers: int = 5) -> Digest:
    """`papers` of them, and a reader whose name and topics are no better."""
    chance = Random(number)
    topics = tuple(Topic(chance.choice(list(TopicKind)), _text(chance, 3)) for _ in range(3))
    reader = replace(READER, name=_text(chance, 3), topics=topics, language=chance.choice(("en", "de", "zh")))
    rising = tuple(
        Rising(phrase=_text(chance, 2), papers=5, times=chance.choice((1.0, 3.5, 1e9)), fields=("cs.LG",))
        for _ in range(3)
    )
    picks = tuple(_pick(chance, each, topics) for each in range(1, papers + 1))
    return replace(digest_of(picks), subscriber=reader, rising=rising)


def _text(chance: Random, pieces: int) -> str:
    return chance.choice(("", " ", "\n")).join(
        chance.choice(_ALL if chance.random() < 0.7 else _WORDS) for _ in range(chance.randint(1, pieces))
    )


def _pick(chance: Random, number: int, topics: tuple[Topic, ...]) -> Pick:
    usual = pick(number)
    why = chance.choice(
        (
            Match(topic=chance.choice(topics), words=(_text(chance, 2),), also=topics[:1]),
            Match(topic=None, liked=_text(chance, 4)),
            Match(topic=None),
        )
    )
    trend = replace(usual.ranked.trend, phrase=_text(chance, 2), field=_text(chance, 1))
    return replace(usual, ranked=replace(usual.ranked, paper=_paper(chance, number), trend=trend), match=why)


def _paper(chance: Random, number: int) -> Paper:
    kinds = ("pdf", "html", "code", "page")
    return Paper(
        id=f"{chance.choice(('arxiv:', 'doi:', ''))}{_text(chance, 2)}{number}",
        title=_text(chance, 4),
        abstract=_text(chance, chance.choice((2, 40))),
        authors=tuple(_text(chance, 2) for _ in range(chance.choice((0, 1, 4, 30)))),
        categories=(_text(chance, 1),),
        links={"abstract": GOOD.format(number=number)} | {kind: chance.choice(_ADDRESSES) for kind in kinds},
    )
