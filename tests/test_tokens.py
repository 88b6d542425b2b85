"""Tokens: only ours are read, each for its purpose, and not a bit of one can change."""

import base64
import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.tokens import Purpose, Tokens

SECRET = b"a secret of thirty-two bytes, say"
TOKENS = Tokens(SECRET)
ids = st.integers(min_value=0, max_value=2**40 - 1)
versions = st.integers(min_value=0, max_value=2**24 - 1)


@given(ids, versions)
def test_what_was_issued_is_read_back(subscriber_id: int, version: int) -> None:
    token = TOKENS.issue(Purpose.UNSUBSCRIBE, subscriber_id, version)
    assert re.fullmatch(r"[A-Za-z0-9_-]{24,36}", token)
    assert TOKENS.read(token, Purpose.UNSUBSCRIBE) == (subscriber_id, version)


@given(ids, versions, st.integers(min_value=0, max_value=24 * 8 - 1))
def test_any_flipped_bit_spoils_it(subscriber_id: int, version: int, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKENS.issue(Purpose.UNSUBSCRIBE, subscriber_id, version)))
    raw[bit // 8] ^= 1 << (bit % 8)
    assert TOKENS.read(base64.urlsafe_b64encode(raw).decode(), Purpose.UNSUBSCRIBE) is None


@given(ids, versions, st.data())
def test_any_other_character_spoils_it(subscriber_id: int, version: int, data: st.DataObject) -> None:
    token = TOKENS.issue(Purpose.UNSUBSCRIBE, subscriber_id, version)
    place = data.draw(st.integers(min_value=0, max_value=len(token) - 1))
    other = data.draw(st.characters().filter(lambda character: character != token[place]))
    assert TOKENS.read(token[:place] + other + token[place + 1 :], Purpose.UNSUBSCRIBE) is None


@given(st.text())
def test_garbage_is_none(garbage: str) -> None:
    assert TOKENS.read(garbage, Purpose.UNSUBSCRIBE) is None


@pytest.mark.parametrize("spoil", [" {}", "{}\n", "{}=", "{}==", "{}A", "%41{}", "{}\x00"])
def test_a_token_with_something_added_is_none(spoil: str) -> None:
    assert TOKENS.read(spoil.format(TOKENS.issue(Purpose.UNSUBSCRIBE, 7, 1)), Purpose.UNSUBSCRIBE) is None


@given(ids, versions, st.binary(min_size=1).filter(lambda secret: secret != SECRET))
def test_another_secret_reads_nothing(subscriber_id: int, version: int, secret: bytes) -> None:
    token = Tokens(secret).issue(Purpose.UNSUBSCRIBE, subscriber_id, version)
    assert TOKENS.read(token, Purpose.UNSUBSCRIBE) is None


@given(ids, versions, st.text(max_size=8).filter(lambda purpose: purpose != Purpose.UNSUBSCRIBE))
def test_a_token_sealed_for_another_purpose_is_none(subscriber_id: int, version: int, purpose: str) -> None:
    claim = subscriber_id.to_bytes(5, "big") + version.to_bytes(3, "big")
    key = hmac.digest(SECRET, b"token:" + purpose.encode("utf-8", "surrogatepass"), hashlib.sha256)
    token = base64.urlsafe_b64encode(claim + hmac.digest(key, claim, hashlib.sha256)[:16]).decode()
    assert TOKENS.read(token, Purpose.UNSUBSCRIBE) is None


def test_the_form_of_a_token_is_kept_over_releases() -> None:
    """Links in mail already sent must work for at least 60 days."""
    assert TOKENS.issue(Purpose.UNSUBSCRIBE, 42, 3) == "AAAAACoAAAPeG__irEf4BgrUf6RzPC5j"
    assert TOKENS.issue(Purpose.KEEP, 42, 3) == "AAAAACoAAAOdGFojHiD-VkLc6vyM05x0"


@given(ids, versions, st.permutations(Purpose))
def test_no_link_does_what_another_is_for(subscriber_id: int, version: int, purposes: list[Purpose]) -> None:
    one, other = purposes[:2]
    assert TOKENS.read(TOKENS.issue(one, subscriber_id, version), other) is None


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_names_tell_their_parts_apart(one: list[str], other: list[str]) -> None:
    assert (TOKENS.digest_of(*one) == TOKENS.digest_of(*other)) == (one == other)


def test_names_are_long_url_safe_and_keyed() -> None:
    name = TOKENS.digest_of("message", "ada@example.org", "2026-05-28")
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,}", name)
    assert name != Tokens(b"another").digest_of("message", "ada@example.org", "2026-05-28")
    assert name not in TOKENS.issue(Purpose.UNSUBSCRIBE, 1, 1)
