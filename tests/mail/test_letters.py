"""Letters: fixed texts with one link, in the reader's language; no list, no way to unsubscribe, nobody else's words."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.errors import MessageError
from digest.mail.compose import Composer, make_composer
from digest.model import Envelope, Letter, LetterKind, Topic, TopicKind
from digest.resources import templates_dir
from digest.tokens import Purpose, Tokens
from tests.mail.digests import READER, SITE, digest_of, picks, renderer

SECRET = b"thirty-two characters of secret!"
TOKENS = Tokens(SECRET)
DAY = date(2026, 5, 28)
QUEUED = datetime(2026, 5, 28, 12, 7, 3, tzinfo=UTC)
PLAIN = replace(READER, topics=())
COMPOSER = make_composer(SITE, templates_dir(), SECRET)


def letter(kind: LetterKind = LetterKind.CONFIRM, **reader: object) -> Letter:
    return Letter(kind=kind, subscriber=replace(PLAIN, **reader), local_date=DAY, at=QUEUED)  # type: ignore[arg-type]


def sent(one: Letter) -> email.message.EmailMessage:
    return email.message_from_bytes(COMPOSER.compose(one)[1], policy=email.policy.default)


def parts(one: Letter) -> list[str]:
    return [part.get_content() for part in sent(one).walk() if not part.is_multipart()]


@pytest.mark.parametrize(
    ("kind", "token"),
    [
        (LetterKind.CONFIRM, TOKENS.issue(Purpose.CONFIRM, READER.id, DAY.toordinal())),
        (LetterKind.MOVE, TOKENS.issue(Purpose.MOVE, READER.id, DAY.toordinal())),
        (LetterKind.LINK, TOKENS.issue(Purpose.PREFERENCES, READER.id, READER.token_version)),
    ],
)
def test_each_letter_has_its_link_in_both_parts(kind: LetterKind, token: str) -> None:
    text, html = parts(letter(kind))
    place = {LetterKind.CONFIRM: "c", LetterKind.MOVE: "m", LetterKind.LINK: "p"}[kind]
    url = f"{SITE.base_url}/{place}/{token}"
    assert url in text.splitlines()
    assert html.count(f'href="{url}"') == 2
    assert html.count("http") == text.count("http") + 2  # and no other


@pytest.mark.parametrize("kind", list(LetterKind))
def test_nobody_can_unsubscribe_from_a_letter(kind: LetterKind) -> None:
    message = sent(letter(kind))
    assert list(message.keys()) == [
        "From", "To", "Subject", "Date", "Message-ID", "Feedback-ID", "Auto-Submitted", "MIME-Version", "Content-Type"
    ]  # fmt: skip
    assert message["Feedback-ID"].startswith(f"20260528:{kind}:")
    assert message["Date"].datetime == QUEUED
    assert not any("unsubscribe" in part.lower() for part in parts(letter(kind)))


def test_every_call_gives_the_same_bytes_and_another_day_another_message() -> None:
    first = COMPOSER.compose(letter())
    assert first == make_composer(SITE, templates_dir(), SECRET).compose(letter())
    assert first[0] == Envelope(SITE.sender_address, READER.address)
    ids = {
        sent(each)["Message-ID"]
        for each in (letter(), letter(LetterKind.MOVE), replace(letter(), local_date=DAY + timedelta(days=1)))
    }
    assert len(ids) == 3


def test_what_was_typed_with_the_request_is_in_no_letter() -> None:
    typed = "visit https://example.net now"
    one = letter(topics=(Topic(TopicKind.PHRASE, typed),), cadence="mon", zone="Asia/Tokyo")
    assert not any("example.net" in part or "Tokyo" in part for part in parts(one))


@pytest.mark.parametrize("kind", list(LetterKind))
def test_who_wants_no_html_gets_one_part(kind: LetterKind) -> None:
    message = sent(letter(kind, text_only=True))
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == parts(letter(kind))[0]
    assert max(len(line) for line in message.get_content().splitlines()) <= 78


def test_it_is_written_in_the_readers_language() -> None:
    assert '<html lang="de"' in parts(letter(language="de"))[1]
    assert '<html lang="en"' in parts(letter())[1]


def test_the_operator_is_named() -> None:
    for part in parts(letter()):
        assert SITE.name in part
        assert SITE.sender_address in part
        assert SITE.postal_address in part


@pytest.mark.parametrize("kind", list(LetterKind))
def test_a_letter_carries_the_operators_brand(kind: LetterKind) -> None:
    logo, words = "https://papers.example.org/logo.png", "Served by the library."
    branded = replace(SITE, logo=logo, logo_width=99, footer=words, accent="#0a6b3d")
    message = email.message_from_bytes(
        make_composer(branded, templates_dir(), SECRET).compose(letter(kind))[1], policy=email.policy.default
    )
    text, html = (part.get_content() for part in message.walk() if not part.is_multipart())
    [picture] = re.findall(r"<img [^>]*>", html)
    assert f'src="{logo}"' in picture
    assert f'alt="{SITE.name}"' in picture
    assert 'width="99"' in picture
    assert text.splitlines()[0] == SITE.name
    assert "#0a6b3d" in html
    for part in (text, html):
        assert words in part[part.index(SITE.postal_address) :]


def test_a_digest_as_text_only_has_its_list_header() -> None:
    rendering = renderer(SITE)
    digest = digest_of(picks(2))

    class Plain:
        def render(self, *given: object) -> object:
            return replace(rendering.render(*given), html="")  # type: ignore[arg-type]

    _, raw = Composer(SITE, Plain(), TOKENS).compose(digest)  # type: ignore[arg-type]
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.get_content_type() == "text/plain"
    assert message["List-Unsubscribe"]
    assert message["Precedence"] == "bulk"


def test_a_composer_of_digests_writes_no_letters() -> None:
    with pytest.raises(MessageError, match="no letters"):
        Composer(SITE, renderer(SITE), TOKENS).compose(letter())
