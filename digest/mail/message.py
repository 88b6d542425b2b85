"""The bytes of one message, made by hand and read back before anybody gets them.

In:    rendered parts, the site, an envelope, and the values that identify this message.
Out:   RFC 5322 bytes: CRLF, ASCII, text and HTML in quoted-printable; the same for the same input.
Never: a header that was not meant, an 8-bit octet, randomness, the present time.
"""

import binascii
import email.utils
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from digest.errors import MessageError
from digest.mail import header
from digest.mail.proof import Meant, prove
from digest.mail.render import Rendered
from digest.model import Envelope, Site

_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_C1 = re.compile(rb"\xc2[\x80-\x9f]")  # they make Gmail clip a message
_TRAILING = re.compile(rb"[ \t]+\n")
_URL = re.compile(r"(?:https?://|mailto:)[!#-;=?-~]+")  # printable ASCII without quotes and angle brackets
_TOKEN = re.compile(r"[A-Za-z0-9._:=+/-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What identifies a message and lets its reader leave.

    `message_id` and `list_id` (RFC 2919) come without angle brackets; the two URLs stand in List-Unsubscribe as they
    are (RFC 2369). The boundary must not occur in quoted-printable text: `=_` in it sees to that. Without `list_id` it
    is a letter to one person, which nobody can unsubscribe from.
    """

    message_id: str
    date: datetime
    boundary: str
    feedback_id: str
    unsubscribe_url: str = ""
    unsubscribe_mailto: str = ""
    list_id: str = ""


def build(rendered: Rendered, *, site: Site, envelope: Envelope, name: str, meta: Meta) -> bytes:
    """The finished message, in plain text alone where there is no HTML.

    Raises MessageError where the bytes, read back, are not what was meant.
    """
    _refuse_unsafe(meta)
    sender = header.name(site.sender_name), header.address(site.sender_address)
    recipient = header.name(name), header.address(envelope.recipient)
    subject = header.text(rendered.subject)
    if not subject:
        raise MessageError("the subject is empty", "correct the template of the subject")
    fields = (
        ("From", header.mailbox("From", *sender)),
        ("To", header.mailbox("To", *recipient)),
        ("Subject", header.unstructured("Subject", subject)),
        *_identity(meta),
        *_list(site, meta),
        ("MIME-Version", "1.0"),
        *_content(meta, alone=not rendered.html),
    )
    bodies = (cleaned(rendered.text), *((cleaned(rendered.html),) if rendered.html else ()))
    raw = _serialised(fields, bodies, meta.boundary)
    prove(raw, Meant(fields=fields, subject=subject, sender=sender, recipient=recipient, bodies=bodies))
    return raw


def _refuse_unsafe(meta: Meta) -> None:
    if meta.date.tzinfo is None:
        raise MessageError("the date has no zone", "give an aware moment")
    if meta.list_id and not all(_URL.fullmatch(url) for url in (meta.unsubscribe_url, meta.unsubscribe_mailto)):
        raise MessageError("the unsubscribe link cannot stand in a header", "write site.base_url in ASCII (punycode)")
    if not header.ADDRESS.fullmatch(meta.message_id):
        raise MessageError("the Message-ID is not an identifier", "correct site.sender")
    if not all(_TOKEN.fullmatch(value) for value in (meta.boundary, meta.list_id or "-", meta.feedback_id)):
        raise MessageError("an identifier has characters that a header cannot carry", "correct site.base_url")


def _identity(meta: Meta) -> tuple[tuple[str, str], ...]:
    return (
        ("Date", email.utils.format_datetime(meta.date)),
        ("Message-ID", f"<{meta.message_id}>"),
        ("Feedback-ID", meta.feedback_id),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834 section 5
        *((("Precedence", "bulk"),) if meta.list_id else ()),
    )


def _list(site: Site, meta: Meta) -> tuple[tuple[str, str], ...]:
    """Who answers, what list this is, and the way out of it."""
    answers = header.address(site.reply_to or site.sender_address)
    fields = (
        ()
        if not meta.list_id
        else (
            ("List-Id", header.phrase("List-Id", header.name(site.name), f"<{meta.list_id}>")),  # RFC 2919
            ("List-Help", f"<{header.mailto(answers, 'help')}>"),
            (
                "List-Unsubscribe",
                f"<{meta.unsubscribe_url}>,\r\n <{meta.unsubscribe_mailto}>",
            ),  # folded here or nowhere
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),  # RFC 8058 section 3.1
        )
    )
    return (("Reply-To", answers), *fields) if site.reply_to else fields


def cleaned(text: str) -> bytes:
    """The octets of text with LF line ends, no control character but those and the tab, and no space before a line
    end.

    (Python's quoted-printable encoder makes lines of 78 of the latter.)
    """
    octets = _C1.sub(b"", text.encode(errors="ignore").translate(None, _CONTROLS))  # "ignore": lone surrogates
    if b"\r" in octets:
        octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = octets.rstrip(b"\n") + b"\n"
    return _TRAILING.sub(b"\n", lines) if b" \n" in lines or b"\t" in lines else lines


def _content(meta: Meta, *, alone: bool) -> tuple[tuple[str, str], ...]:
    if not alone:
        return (("Content-Type", f'multipart/alternative;\r\n boundary="{meta.boundary}"'),)
    return ("Content-Type", 'text/plain; charset="utf-8"'), ("Content-Transfer-Encoding", "quoted-printable")


def _serialised(fields: tuple[tuple[str, str], ...], bodies: tuple[bytes, ...], boundary: str) -> bytes:
    """RFC 2046 section 5.1.4: the plainest part first."""
    head = "".join(f"{key}: {value}\r\n" for key, value in fields).encode("ascii")
    if len(bodies) == 1:
        return head + b"\r\n" + quoted(bodies[0])
    text, html = bodies
    close = f"\r\n--{boundary}--\r\n".encode("ascii")
    return head + _part(boundary, "plain", text) + _part(boundary, "html", html) + close


def _part(boundary: str, subtype: str, body: bytes) -> bytes:
    head = (
        f"\r\n--{boundary}\r\n"
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode("ascii") + quoted(body)


def quoted(body: bytes) -> bytes:
    """Quoted-printable, in lines of 76 at most, soft breaks included (RFC 2045 section 6.7): the email package emits
    78. Most lines of a mail are in the next one, too."""
    return b"".join(map(_quoted, body.splitlines(keepends=True)))


@lru_cache(8192)
def _quoted(line: bytes) -> bytes:
    return binascii.b2a_qp(line, istext=True).replace(b"\n", b"\r\n")
