"""That a form was shown by this site, when, and that work was done to send it.

In:    tokens, the moment, what came back in a hidden field.
Out:   stamps; how old one is; whether a proof of work is one.
Never: anything stored: whoever shows the page may show the same bytes to everybody.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from digest.tokens import Tokens

YOUNGEST, OLDEST = timedelta(seconds=3), timedelta(hours=24)
_STAMP = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_-]{24})")
_PROOF = re.compile(r"[0-9]{1,15}")


class Age(StrEnum):
    """What the stamp of a form says of it."""

    GOOD = "good"
    YOUNG = "young"  # nobody types an address in three seconds
    OLD = "old"  # or not ours


def stamp(tokens: Tokens, now: datetime) -> str:
    """Seconds since 1970, and a MAC of 144 bits over them."""
    seconds = str(int(now.timestamp()))
    return f"{seconds}.{_seal(tokens, seconds)}"


def age(tokens: Tokens, value: str, now: datetime) -> Age:
    match = _STAMP.fullmatch(value)
    if not match or not hmac.compare_digest(match[2], _seal(tokens, match[1])):
        return Age.OLD
    passed = now - datetime.fromtimestamp(int(match[1]), UTC)
    if passed > OLDEST or passed < -YOUNGEST:  # a clock that was set back is no reason to let everything in
        return Age.OLD
    return Age.YOUNG if passed < YOUNGEST else Age.GOOD


def is_proof(value: str, stamp: str, address: str, bits: int) -> bool:
    """Whether the SHA-256 of `STAMP:ADDRESS:VALUE` begins with so many zero bits.

    The address is in it, so what was done for one is of no use for another, and nobody needs to remember proofs:
    asking twice for one address is asking once.
    """
    if bits <= 0:
        return True
    if not _PROOF.fullmatch(value):
        return False
    found = hashlib.sha256(f"{stamp}:{address}:{value}".encode("utf-8", "replace")).digest()
    return int.from_bytes(found, "big") >> (256 - bits) == 0


def _seal(tokens: Tokens, seconds: str) -> str:
    return tokens.digest_of("stamp", seconds)
