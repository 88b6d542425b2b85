"""A plain message to the operator, about what is wrong.

In:    the site, the operator's address, a subject and paragraphs.
Out:   an Envelope and RFC 5322 bytes, proven like any other message; the same ones for the same words and moment.
Never: HTML, a link to leave by: whoever runs this asked for it in the configuration.
"""

import email.utils
import hashlib
from collections.abc import Sequence
from datetime import datetime

from digest.mail import header
from digest.mail.lines import wrapped
from digest.mail.message import cleaned, quoted
from digest.mail.proof import Meant, prove
from digest.model import Envelope, Site

_SUBJECT = 120  # characters that a list of messages may show


def notice(site: Site, operator: str, subject: str, paragraphs: Sequence[str], at: datetime) -> tuple[Envelope, bytes]:
    """Raises MessageError where the message would not be what was meant."""
    sender = header.name(site.sender_name), header.address(site.sender_address)
    recipient = "", header.address(operator)
    shown, body = header.text(subject)[:_SUBJECT].rstrip(), cleaned("\n\n".join(map(wrapped, paragraphs)))
    fields = (
        ("From", header.mailbox("From", *sender)),
        ("To", recipient[1]),
        ("Subject", header.unstructured("Subject", shown)),
        ("Date", email.utils.format_datetime(at)),
        ("Message-ID", f"<{_identity(shown, body.decode(), at)}@{sender[1].rpartition('@')[2]}>"),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834 section 5: no answering machine answers it
        ("MIME-Version", "1.0"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "quoted-printable"),
    )
    head = "".join(f"{key}: {value}\r\n" for key, value in fields).encode("ascii")
    raw = head + b"\r\n" + quoted(body)
    prove(raw, Meant(fields=fields, subject=shown, sender=sender, recipient=recipient, bodies=(body,)))
    return Envelope(sender[1], recipient[1]), raw


def _identity(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]
