"""What comes back names the message it was, and cannot be made up."""

import base64
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.mail.compose import Composer, make_composer
from digest.mail.wire import refuse_unsafe_paths
from digest.model import Digest, Envelope, Letter, LetterKind
from digest.resources import templates_dir
from digest.tokens import Purpose, Tokens
from tests.mail.digests import DAY, READER, SITE, digest_of, picks

SECRET = b"thirty-two characters of secret!"
BOUNCES = "bounces.example.org"
AT = datetime(2026, 5, 28, 5, 30, tzinfo=UTC)


def composer(secret: bytes = SECRET) -> Composer:
    return make_composer(SITE, templates_dir(), secret, bounce_domain=BOUNCES)


def digest_for(day: date = DAY, subscriber_id: int = 7) -> Digest:
    return replace(digest_of(picks(3)), local_date=day, subscriber=replace(READER, id=subscriber_id))


def letter(kind: LetterKind) -> Letter:
    return Letter(kind=kind, subscriber=READER, local_date=DAY, at=AT)


def envelope(content: Digest | Letter, secret: bytes = SECRET) -> Envelope:
    return composer(secret).compose(content)[0]


def parts(sender: str) -> tuple[str, str, bytes]:
    local, _, domain = sender.partition("@")
    name, _, token = local.partition("+")
    return name, domain, base64.b32decode(token.upper())


def test_the_token_says_what_was_sent_and_has_our_seal() -> None:
    name, domain, raw = parts(envelope(digest_for()).sender)
    assert (name, domain) == ("bounce", BOUNCES)
    claim = raw[:9]
    assert (claim[:1], int.from_bytes(claim[1:6], "big"), int.from_bytes(claim[6:], "big")) == (
        b"d",
        7,
        DAY.toordinal(),
    )
    assert raw == Tokens(SECRET).sealed(Purpose.BOUNCE, claim)
    assert raw != Tokens(b"another secret").sealed(Purpose.BOUNCE, claim)
    assert all(raw != Tokens(SECRET).sealed(other, claim) for other in Purpose if other is not Purpose.BOUNCE)


def test_each_message_has_its_own_and_each_try_the_same() -> None:
    contents = (
        digest_for(),
        digest_for(DAY + timedelta(days=1)),
        digest_for(subscriber_id=8),
        *map(letter, LetterKind),
    )
    senders = {envelope(each).sender for each in contents}
    assert len(senders) == len(contents)
    assert all(composer().compose(each) == composer().compose(each) for each in contents)


@pytest.mark.parametrize("subscriber_id", [0, 2**40 - 1])
def test_it_fits_into_an_address_whatever_servers_do_to_its_case(subscriber_id: int) -> None:
    one = envelope(digest_for(subscriber_id=subscriber_id))
    assert len(one.sender.partition("@")[0]) <= 64
    assert one.sender == one.sender.lower()
    assert READER.address.partition("@")[0] not in one.sender
    refuse_unsafe_paths(one)


def test_readers_see_nothing_of_it() -> None:
    with_it, without = (
        composer().compose(digest_for()),
        make_composer(SITE, templates_dir(), SECRET).compose(digest_for()),
    )
    assert with_it[1] == without[1]
    assert without[0].sender == SITE.sender_address
