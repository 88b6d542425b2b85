"""Signatures hold for whoever checks them, and for nothing but what we wrote."""

import email
import email.policy
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigError
from digest.mail.compose import make_composer
from digest.mail.dkim import Key, Signer
from digest.mail.dkim_keys import made
from digest.mail.notice import notice
from digest.model import Letter, LetterKind
from digest.resources import templates_dir
from tests.mail.digests import DAY, READER, SITE, digest_of, picks
from tests.mail.dkim import DOMAIN, ED25519, HAS_OPENDKIM, RSA, keys, opendkim_says, verdicts

AT = datetime(2026, 5, 28, 5, 30, tzinfo=UTC)
BOTH, NEITHER = [True, True], [False, False]


@cache
def signer() -> Signer:
    return Signer(DOMAIN, keys())


def signed(message: bytes) -> bytes:
    return signer().sign(message)


@cache
def unsigned(kind: str) -> bytes:
    if kind == "notice":
        return notice(SITE, "ops@example.net", "A source is silent", ["It was never read.", "The end."], AT)[1]
    composer = make_composer(SITE, templates_dir(), b"thirty-two characters of secret!")
    if kind == "digest":
        return composer.compose(digest_of(picks(3)))[1]
    return composer.compose(Letter(kind=LetterKind(kind), subscriber=READER, local_date=DAY, at=AT))[1]


KINDS = pytest.mark.parametrize("kind", ["digest", "notice", *LetterKind])


@KINDS
def test_both_signatures_hold_and_the_message_below_them_is_untouched(kind: str) -> None:
    message = signed(unsigned(kind))
    assert message.endswith(unsigned(kind))
    assert verdicts(message) == BOTH


@KINDS
@pytest.mark.skipif(not HAS_OPENDKIM, reason="opendkim is not here")
def test_a_second_verifier_says_so_too(kind: str, tmp_path: Path) -> None:
    message = signed(unsigned(kind))
    assert opendkim_says(message, tmp_path) == [("rsa-sha256", "pass"), ("ed25519-sha256", "pass")]
    broken = message.replace(b"\r\nSubject: ", b"\r\nSubject: x", 1)
    assert opendkim_says(broken, tmp_path) == [("rsa-sha256", "fail"), ("ed25519-sha256", "fail")]


def test_the_same_message_has_the_same_signatures() -> None:
    assert signed(unsigned("digest")) == signed(unsigned("digest"))
    tags = dict(re.findall(r"(\w+)=([^;]*)", signatures(signed(unsigned("digest")))[0]))
    assert int(tags["t"]) == AT.timestamp()  # of the message, not of the moment it is signed
    assert "l" not in tags
    assert (tags["c"], tags["d"], tags["s"]) == ("relaxed/relaxed", DOMAIN, RSA)


def signatures(message: bytes) -> list[str]:
    parsed = email.message_from_bytes(message)
    return [re.sub(r"\s", "", value) for value in parsed.get_all("DKIM-Signature", [])]


@pytest.mark.parametrize("kind", ["digest", "notice"])
def test_every_field_is_signed(kind: str) -> None:
    """Whichever is changed, lost, or there twice."""
    message = signed(unsigned(kind))
    head = unsigned(kind).partition(b"\r\n\r\n")[0]
    fields = re.split(rb"\r\n(?![ \t])", head)
    assert len(fields) >= 9
    for field in fields:
        name, _, value = field.partition(b": ")
        others = b"%b: x%b" % (name, value), b"x%b: %b" % (name, value)
        for other in others:
            assert verdicts(message.replace(field, other, 1)) == NEITHER, field
        assert verdicts(message.replace(field + b"\r\n", b"", 1)) == NEITHER, field
    for name in (b"From", b"To", b"Cc", b"Subject", b"Date", b"Reply-To", b"Content-Type", b"List-Unsubscribe"):
        for place in (message.index(b"From: "), 0):
            added = message[:place] + name + b": somebody else\r\n" + message[place:]
            assert verdicts(added) == NEITHER, name


def test_every_octet_of_the_body_is_signed() -> None:
    message = signed(unsigned("digest"))
    start = message.index(b"\r\n\r\n") + 4
    ink = [place for place in range(start, len(message)) if message[place : place + 1].strip()]
    for place in ink[:: len(ink) // 80]:
        assert verdicts(message[:place] + b"~" + message[place + 1 :]) == NEITHER, place
    assert verdicts(message + b"And this.\r\n") == NEITHER
    assert verdicts(message.replace(b"\r\n--", b"\r\nX\r\n--", 1)) == NEITHER


def test_what_relays_do_to_white_space_does_no_harm() -> None:
    message = signed(unsigned("digest"))
    assert verdicts(message.replace(b"Subject: ", b"SUBJECT:\r\n\t ", 1)) == BOTH
    assert verdicts(message.replace(b"MIME-Version: 1.0", b"MIME-Version:1.0  ", 1)) == BOTH
    assert verdicts(message + b"\r\n\r\n") == BOTH
    assert verdicts(b"Received: by relay.example.net; Thu, 28 May 2026 05:31:00 +0000\r\n" + message) == BOTH


HEAD = b"From: papers@example.org\r\nTo: ada@example.org\r\nDate: Thu, 28 May 2026 05:30:00 +0000\r\n\r\n"


@settings(max_examples=100)
@given(st.lists(st.text(" \tab.=", max_size=12), max_size=8))
def test_any_white_space_is_read_as_others_read_it(lines: list[str]) -> None:
    body = "".join(f"{line}\r\n" for line in lines).encode()
    assert verdicts(signed(HEAD + body)) == BOTH


def test_lines_stay_short_and_ascii_also_for_a_long_domain() -> None:
    domain = f"{'a' * 30}.{'b' * 30}.example.org"
    message = Signer(domain, keys()).sign(unsigned("digest"))
    head = message.partition(b"\r\nFrom: ")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert all(line[:1] == b" " or line.startswith(b"DKIM-Signature: ") for line in head.split(b"\r\n"))
    assert verdicts(message, domain) == BOTH


def test_one_key_gives_one_signature_and_none_gives_none() -> None:
    assert [each.selector for each in keys()] == [RSA, ED25519]
    for key, algorithm in zip(keys(), ("rsa-sha256", "ed25519-sha256"), strict=True):
        message = Signer(DOMAIN, (key,)).sign(unsigned("digest"))
        assert verdicts(message) == [True]
        assert f";a={algorithm};" in signatures(message)[0]
    assert Signer(DOMAIN).sign(unsigned("digest")) == unsigned("digest")


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> bytes:
    sealed = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "no private key"),
        (b"\x00\xff", "no private key"),
        (made("rsa")[:-200] + b"-----END PRIVATE KEY-----\n", "no private key"),
        (pem(ec.generate_private_key(ec.SECP256R1()), b"open sesame"), "without a passphrase"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither an RSA nor an Ed25519 key"),
        (pem(rsa.generate_private_key(65537, 1024)), "1024 bits"),
    ],
)
def test_what_is_no_key_is_refused_in_one_line(content: bytes, what: str) -> None:
    with pytest.raises(ConfigError, match=what) as refused:
        Signer(DOMAIN, (Key(RSA, content),)).sign(unsigned("notice"))
    assert "\n" not in str(refused.value)
