"""Private keys for DKIM: made, opened, and what DNS says of them.

In:    a key as PEM text, without a passphrase; or nothing, to make one.
Out:   how to sign with it (RSA: RFC 6376 section 3.3, Ed25519: RFC 8463), and the value of its TXT record.
Never: a key too short to be believed, a key or a part of it in an error.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from digest.errors import ConfigError

Kind = Literal["rsa", "ed25519"]
KINDS: tuple[Kind, ...] = "rsa", "ed25519"

_BITS = 2048  # fewer are not believed (RFC 8301), more do not fit into one answer of DNS everywhere
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Opened:
    """A key that is ready for use. Both algorithms give the same signature for the same octets."""

    kind: Kind
    public: str  # as in the p= of its record
    sign: Callable[[bytes], bytes]

    @property
    def algorithm(self) -> str:
        return f"{self.kind}-sha256"

    @property
    def record(self) -> str:
        """The value of its TXT record (RFC 6376 section 3.6.1)."""
        return f"v=DKIM1; k={self.kind}; p={self.public}"


@cache  # to check an RSA key takes as long as a hundred signatures
def opened(pem: bytes) -> Opened:
    """Raises ConfigError for what is no such key; the error goes on from the name of where it was found."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it wants a passphrase
        raise ConfigError("is no private key in PEM without a passphrase", "make one: digest dkim generate") from None
    if isinstance(key, Ed25519PrivateKey):
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)  # RFC 8463 section 4: the bare 32 octets
        return Opened("ed25519", _base64(raw), lambda octets: key.sign(hashlib.sha256(octets).digest()))
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError("is neither an RSA nor an Ed25519 key", "make one: digest dkim generate")
    if not _BITS <= key.key_size <= _LONGEST:
        raise ConfigError(f"is an RSA key of {key.key_size} bits, and {_BITS} to {_LONGEST} are of use")
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    padding, digest = PKCS1v15(), SHA256()
    return Opened("rsa", _base64(info), lambda octets: key.sign(octets, padding, digest))


def made(kind: Kind) -> bytes:
    """A new key as PEM text."""
    key = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, _BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
