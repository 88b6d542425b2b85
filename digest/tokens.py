"""Signed links and keyed names: what only this site can make.

In:    the site's secret and its former ones, a subscriber's id and token version, or the parts of a name.
Out:   url-safe tokens, and stable names nobody else can foretell.
Never: anything stored, an address inside a token, a clock (links are revoked by version, not by age).
"""

import base64
import hashlib
import hmac
import re
from enum import StrEnum

_ID_BYTES, _VERSION_BYTES, _MAC_BYTES = 5, 3, 16  # 24 bytes: 32 base64 characters with no bit to spare
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_NAME_BYTES = 18


class Purpose(StrEnum):
    """What a token is good for; each has a key of its own, so none can stand in for another."""

    UNSUBSCRIBE = "u"
    KEEP = "k"  # “I still read this”
    PREFERENCES = "p"
    FEEDBACK = "f"  # “more like this”, “less like this”
    VIEW = "v"  # one's own digests on the web
    FEED = "r"  # one's own digests in a feed reader
    CONFIRM = "c"  # a sign-up; with the date of the letter in place of the version
    MOVE = "m"  # a new address; likewise
    BOUNCE = "b"  # in the envelope: which message came back


OUTLIVES = frozenset({Purpose.UNSUBSCRIBE})  # a rotation of the secret: who wants no more mail must be able to say so


class Tokens:
    """Issues and reads tokens under keys derived from one secret, per purpose.

    A token is base64url of id (5 bytes), version (3 bytes) and HMAC-SHA256 cut to 128 bits (RFC 2104 section 5):
    32 characters, few enough for a List-Unsubscribe URL. Former secrets only read what OUTLIVES them.
    """

    def __init__(self, secret: bytes, *former: bytes) -> None:
        self._keys = {
            purpose: [_key(each, purpose) for each in (secret, *(former if purpose in OUTLIVES else ()))]
            for purpose in Purpose
        }
        self._name_key = _mac(secret, b"name")
        self._mark_keys = [_mac(each, b"mark") for each in (secret, *former)]

    def issue(self, purpose: Purpose, subscriber_id: int, version: int) -> str:
        """Raises OverflowError for an id of 2**40 or a version of 2**24 and more."""
        claim = subscriber_id.to_bytes(_ID_BYTES, "big") + version.to_bytes(_VERSION_BYTES, "big")
        return _text(self.sealed(purpose, claim))

    def sealed(self, purpose: Purpose, claim: bytes) -> bytes:
        """The claim and, behind it, the proof that it was made here for that purpose."""
        return claim + _seal(self._keys[purpose][0], claim)

    def read(self, token: str, purpose: Purpose) -> tuple[int, int] | None:
        """The subscriber's id and token version, or None for whatever we did not issue for that purpose."""
        if not _TOKEN.fullmatch(token):
            return None
        raw = base64.urlsafe_b64decode(token)
        claim, seal = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not any(hmac.compare_digest(seal, _seal(key, claim)) for key in self._keys[purpose]):
            return None
        return int.from_bytes(claim[:_ID_BYTES], "big"), int.from_bytes(claim[_ID_BYTES:], "big")

    def digest_of(self, *parts: str) -> str:
        """24 url-safe characters (144 bits) that are a function of `parts` and the secret only."""
        joined = b"".join(len(part).to_bytes(4, "big") + part for part in (text.encode() for text in parts))
        return _text(_mac(self._name_key, joined)[:_NAME_BYTES])

    def marks(self, address_key: str) -> tuple[str, ...]:
        """What an address is recognised by once it is erased: under the secret, then under each former one."""
        return tuple(_text(_mac(key, address_key.encode())[:_NAME_BYTES]) for key in self._mark_keys)


def _key(secret: bytes, purpose: Purpose) -> bytes:
    return _mac(secret, b"token:" + purpose.encode())


def _seal(key: bytes, claim: bytes) -> bytes:
    return _mac(key, claim)[:_MAC_BYTES]


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
