"""Texts as a fuzzer writes them, and what every reading of them must keep to."""

import html.parser
import re
import unicodedata

from hypothesis import strategies as st

TEXISH = st.text(st.sampled_from("\\\\\\{{}}$$^_~[]()%&-`'.,= abcxyzLO019éαÀ\t\n\x00\x1f\u202e<>\"/:"), max_size=80)
MACROS = (
    r"\emph{ \textbf \frac{ \sqrt[ \href{http://x}{ \unicode{x202e} \unicode{d800} \left( \'e \c c \ours \mathbb R \bf"
    r" \log $x_i$ $ { } ^ _ ~ $5 \$ \\ \( \) \begin{x} \not\in \ding{182} \SI{3}{\percent} 100% & word <b>"
    r" \text{a $b$ c}"
)
PIECES = st.lists(st.sampled_from(re.split(" ", MACROS)), max_size=14).map(" ".join)

WHOLE = (  # no space or full stop in these may be where a text is cut
    "$x_i$",
    "$O(n \\log n)$",
    "$\\frac{a. B + b}{c}$",
    "\\(p. Q < 3\\)",
    "\\[e. F\\]",
    "\\emph{One of these. Then \\textbf{one {of. The} others}}",
    "\\citep[see. Also][p. 3]{key}",
    "{\\bf bold. Words}",
    "https://example.org/a.B?c=d.",
)
SHORTENED = ("Lovelace et al. And", "e.g. Some", "Fig. 2", "A. Lovelace", "i.i.d. $x$")  # no sentence ends in these
ORDINARY = ("We", "show", "$x_i$", "$x^2$", "\\emph{that}", "50\\%", "B\\'ezier", "of~2", "costs $5", "``so''", "Ω.")


class Tags(html.parser.HTMLParser):
    """Collects start and end tags, and what is shown."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, bool]] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.shown = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, True))
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((tag, False))

    def handle_data(self, data: str) -> None:
        self.shown += data


def assert_balanced(source: str) -> None:
    parsed = Tags(source)
    stack: list[str] = []
    for tag, opens in parsed.tags:
        assert tag in {"sub", "sup", "em", "strong", "code"}
        if opens:
            stack.append(tag)
        else:
            assert stack.pop() == tag
    assert not stack
    assert not parsed.attributes


def is_safe(text: str) -> bool:
    return all(unicodedata.category(c) not in {"Cc", "Cs", "Co"} and c not in "\u202a\u202e\u2066\u2069" for c in text)
