"""Whatever papers, topics and names say, a mail keeps its header, its two parts, its one recipient, its own markup."""

import email
import email.policy
import re
import unicodedata
from dataclasses import replace
from email.message import EmailMessage
from functools import cache

import html5lib
import pytest

from digest.mail.compose import make_composer
from digest.mail.lint import lint
from digest.model import Digest, Rising
from digest.resources import templates_dir
from tests.mail.digests import READER, SITE, digest_of, picks
from tests.mail.hostile import GOOD, hostile_digest

FEW, MANY = 15, 1000  # mails of five papers each
COMPOSER = make_composer(SITE, templates_dir(), b"the secret that no hostile paper knows")
# What the checker says of words alone, which are not ours: a title may talk of {{ }}, of &amp; and of other addresses,
# and be of letters that have no width.
OF_WORDS = (
    "leftovers.",
    "twin.link",
    "twin.missing",
    "twin.entity",
    "twin.markup",
    "headers.subject",
    "preheader.length",
)
MARKS = {("sub", ""), ("sup", ""), ("em", ""), ("strong", ""), ("code", ""), ("span", ""), ("span", "dir")}
ISOLATES = {"\u2066": 1, "\u2067": 1, "\u2068": 1, "\u2069": -1}


def taken_apart(digest: Digest) -> tuple[bytes, EmailMessage, str, str]:
    envelope, message = COMPOSER.compose(digest)
    assert envelope.recipient == "ada@example.org"
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    parts = [part for part in parsed.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    text, html = (str(part.get_content()) for part in parts)
    return message, parsed, text, html


def names(message: bytes) -> list[bytes]:
    """Of the header's fields, read from the octets."""
    head = message.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0] for line in re.split(rb"\r\n(?![ \t])", head)]


def markup(html: str) -> tuple[set[tuple[str, str]], set[str], set[str]]:
    """Every (element, attribute), every address and every class, as a browser builds the page."""
    root = html5lib.parse(html, namespaceHTMLElements=False)
    elements = [each for each in root.iter() if isinstance(each.tag, str)]
    pairs = {(each.tag, str(key)) for each in elements for key in ("", *each.attrib)}
    urls = {value for each in elements for key, value in each.attrib.items() if key in ("href", "src")}
    return pairs, urls, {each.get("class", "") for each in elements}


@cache
def harmless() -> tuple[list[bytes], set[tuple[str, str]], set[str]]:
    """What a mail is made of whose papers mean well: one with all there is in a mail, in two languages."""
    rising = (Rising(phrase="paper folding", papers=5, times=3.5, fields=("cs.LG",)),)
    usual = replace(digest_of(picks(30)), rising=rising)
    made = [taken_apart(replace(usual, subscriber=replace(READER, language=code))) for code in ("en", "de")]
    pairs, _, classes = zip(*(markup(html) for *_, html in made), strict=True)
    return names(made[0][0]), MARKS.union(*pairs), set().union(*classes)


def check(number: int) -> None:
    digest = hostile_digest(number)
    message, parsed, text, html = taken_apart(digest)
    fields, pairs, classes = harmless()
    assert names(message) == fields
    assert [each.addr_spec for each in parsed["To"].addresses] == ["ada@example.org"]
    assert [each.addr_spec for each in parsed["From"].addresses] == [SITE.sender_address]
    found, urls, named = markup(html)
    assert found <= pairs
    assert named <= classes
    ours = f"{SITE.base_url}/", *(GOOD.format(number=each) for each in range(1, 6))
    assert [url for url in urls if not url.startswith(ours)] == []
    for part in (text, html, str(parsed["Subject"]), str(parsed["To"])):
        assert_calm(part)
    findings = [each for each in lint(message) if not each.rule.startswith(OF_WORDS)]
    assert [str(each) for each in findings] == []


def assert_calm(part: str) -> None:
    """Nothing that moves the cursor or turns the neighbours round."""
    lines = part.replace("\r\n", "\n")
    assert {c for c in lines if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")} <= {"\n"}
    assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\ufeff]", lines)
    for line in lines.split("\n\n"):
        assert sum(ISOLATES.get(c, 0) for c in line) == 0


@pytest.mark.parametrize("number", range(FEW))
def test_a_hostile_paper_is_a_paper_like_any_other(number: int) -> None:
    check(number)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("start", range(FEW, MANY, 197))
def test_so_are_five_thousand(start: int) -> None:
    for number in range(start, min(start + 197, MANY)):
        try:
            check(number)
        except Exception as error:
            error.add_note(f"hostile_digest({number})")
            raise
