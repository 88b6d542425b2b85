"""What the signatures say they sign; not whether they hold: that takes the keys.

In:    a mail, signed or not.
Out:   findings on how it is signed, by whom, and which fields are left to be changed (RFC 6376, 8058).
Never: a look at DNS.
"""

import re
from collections.abc import Iterator

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.mail import Field, Mail, is_kin

_WAYS = frozenset({"rsa-sha256", "ed25519-sha256"})
_SIGNED = frozenset(
    {
        *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
        *("auto-submitted", "feedback-id", "list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post"),
    }
)


def findings(mail: Mail) -> Iterator[Finding]:
    for field in mail.values("DKIM-Signature"):
        for what in _wrong(mail, _tags(field)):
            yield Finding("signature.signed", what, field.name)


def _tags(field: Field) -> dict[str, str]:
    pairs = (piece.partition("=") for piece in re.sub(r"\s+", "", field.unfolded).split(";"))
    return {key: value for key, _, value in pairs if key}


def _wrong(mail: Mail, tags: dict[str, str]) -> Iterator[str]:
    if tags.get("a") not in _WAYS or tags.get("c") != "relaxed/relaxed":
        yield f"{tags.get('a')}, {tags.get('c')} is not relaxed/relaxed by {' or '.join(sorted(_WAYS))}"
    if "l" in tags:
        yield "has l=: anybody may add to the end"
    if not is_kin(tags.get("d", "").lower(), mail.address("From").rpartition("@")[2]):
        yield f"d={tags.get('d')} is not the sender's domain, nor above or below it"
    signed = tags.get("h", "").lower().split(":")
    here = {field.name.lower() for field in mail.fields}
    if left := sorted((_SIGNED & here) - set(signed)):
        yield f"does not sign {brief(', '.join(left))}"
    if signed.count("from") < 2:
        yield "From may be added: it is not signed once more than it is there"
