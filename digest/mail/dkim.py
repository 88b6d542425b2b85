"""Signs a finished message with DKIM (RFC 6376), once with each key.

In:    RFC 5322 bytes with CRLF line ends; the domain that answers for them, and its private keys.
Out:   the same bytes below one DKIM-Signature field for each key; for the same message always the same.
Never: the present time, randomness, a part of the body left unsigned (l=), a field that could be added unseen.
"""

import base64
import email.utils
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from digest.mail.dkim_keys import opened

_LINE = 78  # RFC 5322 section 2.1.1: should
_CHUNK = 8  # characters of a signature between which a line may end

# Listed once more than they occur: a second one, put on top for mail programs to show, breaks the signature
# (RFC 6376 section 8.15).
_ONLY = (
    *("from", "to", "cc", "subject", "date", "reply-to", "message-id"),
    *("mime-version", "content-type", "content-transfer-encoding"),
    *("list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post"),
)


@dataclass(frozen=True, slots=True)
class Key:
    """A private key in PEM, and the selector under which DNS has its public half: SELECTOR._domainkey.DOMAIN."""

    selector: str
    pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signer:
    """Relaxed/relaxed: what relays do to white space does no harm. Plain values, so that another process has it too."""

    domain: str = ""
    keys: tuple[Key, ...] = ()

    def sign(self, message: bytes) -> bytes:
        """The message below its signatures, which say that they were made when it is dated; as it is, without a key.

        Raises ConfigError for a key that is none.
        """
        if not self.keys:
            return message
        head, _, body = message.partition(b"\r\n\r\n")
        fields = [_relaxed(field) for field in reversed(re.split(rb"\r\n(?![ \t])", head))]  # section 5.4.2: from below
        names = ":".join((*(name.decode() for name, _ in fields), *_ONLY))
        signed = b"".join(b"%b:%b\r\n" % field for field in fields)
        when = int(email.utils.parsedate_to_datetime(dict(fields)[b"date"].decode()).timestamp())
        tags = f"t={when}", f"bh={_hash(body)}", f"h={names}"
        return b"".join(self._field(key, tags, signed) for key in self.keys) + message

    def _field(self, key: Key, tags: tuple[str, ...], signed: bytes) -> bytes:
        """Section 3.7: a signature covers its own field too, as it is before there is a signature in it."""
        private = opened(key.pem)
        who = "v=1", f"a={private.algorithm}", "c=relaxed/relaxed", f"d={self.domain}", f"s={key.selector}"
        atoms = re.split(r"(?<=:)|(?= )", "; ".join((*who, *tags, "b=")))
        unsigned = _folded("DKIM-Signature: ", atoms)
        seal = private.sign(signed + b"%b:%b" % _relaxed(unsigned.encode("ascii")))
        text = base64.b64encode(seal).decode()
        return _folded(unsigned, re.findall(f".{{1,{_CHUNK}}}", text)).encode("ascii") + b"\r\n"


UNSIGNED = Signer()


def _relaxed(field: bytes) -> tuple[bytes, bytes]:
    """Name and value of a field (section 3.4.2)."""
    name, _, value = field.partition(b":")
    return name.strip().lower(), b" ".join(value.split())


def _hash(body: bytes) -> str:
    """Of the relaxed body (section 3.4.4): runs of white space as one space, none before a line end, no empty lines
    at the end."""
    narrow = re.sub(rb"  +", b" ", body.replace(b"\t", b" ") + b"\r\n")
    text = narrow.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return base64.b64encode(hashlib.sha256(text + b"\r\n" if text else b"").digest()).decode()


def _folded(text: str, atoms: Iterable[str]) -> str:
    """Goes on with the last line of `text` until it is full, then with lines of its own."""
    *done, last = text.split("\r\n")
    for atom in atoms:
        if len(last) + len(atom) > _LINE:
            done.append(last)
            last = " " + atom.lstrip()
        else:
            last += atom
    return "\r\n".join((*done, last))
