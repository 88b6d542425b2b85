"""Whatever a source says, a mail has no element, attribute or address that we did not mean."""

import re
from dataclasses import replace
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.mail.lines import columns
from digest.mail.render import LARGEST
from digest.model import Match, Topic, TopicKind
from tests.mail.digests import LINKS, READER, digest_of, picks, renderer
from tests.mail.page import Page

RENDERER = renderer()
ALLOWED = frozenset(
    re.findall(r"\w+", "html head meta title style body div table tbody tr td p h1 h2 a span br sub sup em strong code")
)
ATTRIBUTES = frozenset(
    re.findall(
        r"\S+",
        "lang dir xmlns charset name content class style href role aria-roledescription aria-label aria-hidden width "
        "cellpadding cellspacing border align valign",
    )
)

HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            '"><script>alert(1)</script>',
            "</td></table></body></html>",
            "<img src=x onerror=alert(1)>",
            "<a href='javascript:alert(1)'>x</a>",
            "<!--[if mso]><![endif]-->",
            "{{ 7*7 }}{% raw %}",
            "\\href{javascript:alert(1)}{x}",
            "$\\text{<b>}$ \\emph{</p>",
            "\u202egnp.exe\r\nBcc: x@example.org",
            "=?utf-8?q?A=0D=0ABcc:_x?=",
            "<style>*{display:none}</style>",
            "&lt;script&gt; &#x3c;",
        ]
    ),
)
ADDRESSES = st.one_of(
    HOSTILE,
    st.sampled_from(
        [
            "javascript:alert(1)",
            "https://example.org/\"onclick='x",
            "data:text/html,x",
            "//example.org/x",
            "https://user@example.org/",
            "HTTPS://example.org/ x",
            "https://example.org/ok?a=1&b=2",
            "ftp://example.org",
        ]
    ),
)


@settings(max_examples=60)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, ADDRESSES)
def test_nothing_untrusted_becomes_markup(title: str, name: str, abstract: str, topic: str, url: str) -> None:
    chosen = picks(
        2, title=title, abstract=abstract, authors=(name, topic), links={"abstract": url, "pdf": url, "x": url}
    )
    why = Match(topic=Topic(TopicKind.PHRASE, topic), words=(name,))
    digest = digest_of(tuple(replace(pick, match=why) for pick in chosen), subscriber=replace(READER, name=name))
    rendered = RENDERER.render(digest, LINKS)
    page, text, subject = Page(rendered.html), rendered.text, rendered.subject
    assert {tag for tag, _ in page.elements} <= ALLOWED
    assert {key for _, attributes in page.elements for key in attributes} <= ATTRIBUTES
    assert all(re.match(r"https?://[a-z0-9.]+/", u) for _, u in page.links)
    assert page.count("h2") == 2
    assert page.count("h1") == page.count("title") == page.count("style") == 1
    assert len(page.source.encode()) < LARGEST
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", page.source + text + subject)
    assert not re.search("[\r\n\u2028\u2029\u2066-\u2069]|=\\?", subject)
    assert all(columns(line) <= 72 or "://" in line for line in text.splitlines())
    assert {unescape(u) for _, u in page.links} == set(
        re.findall(r"(?<=: )https?://\S+|^https?://\S+", text, re.MULTILINE)
    )
