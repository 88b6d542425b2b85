"""The header fields: who, what, when, and the way out.

In:    a mail.
Out:   findings on the set of fields, their lines, and what each says (RFC 5322, 2047, 2369, 2919, 3834, 8058).
Never: an opinion on a field that a relay adds on the way.
"""

import email.utils
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.mail import Field, Mail, is_kin

_ALWAYS = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted")
_LIST = ("Precedence", "Feedback-ID", "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post")
_MAY = ("Reply-To", "Content-Transfer-Encoding", "Feedback-ID")
_ON_THE_WAY = ("DKIM-Signature", "Received", "Return-Path", "Delivered-To", "X-Original-To", "Authentication-Results")
_FIXED = {
    "Auto-Submitted": "auto-generated",
    "Precedence": "bulk",
    "MIME-Version": "1.0",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
_NAME = re.compile(r"[!-9;-~]+")
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]")
_WORD = re.compile(r"(?<![^\s(])=\?utf-8\?([qQ]\?[!->@-~]*|[bB]\?[A-Za-z0-9+/]*={0,2})\?=(?![^\s)])")
_UNSUBSCRIBE = re.compile(r"<https://[^\s<>,]+>,(?:\r\n)? <mailto:[^\s<>,]+>")
_SENDER_ID = re.compile(r"[A-Za-z0-9._-]{5,15}")


def findings(mail: Mail) -> Iterator[Finding]:
    yield from _set(mail)
    for field in mail.fields:
        yield from _lines(field)
        yield from _words(field)
    for name, meant in _FIXED.items():
        if mail.values(name) and mail.value(name) != meant:
            yield Finding("headers.value", f"{brief(mail.value(name))} is not {meant}", name)
    yield from _people(mail)
    yield from _subject(mail)
    yield from _identity(mail)
    if mail.is_of_list:
        yield from _list(mail)


def _set(mail: Mail) -> Iterator[Finding]:
    expected = [*_ALWAYS, *(_LIST if mail.is_of_list else ())]
    for name in expected:
        if len(mail.values(name)) != 1:
            yield Finding("headers.once", f"{len(mail.values(name))} times, not once", name)
    known = {name.lower() for name in (*expected, *_MAY, *_ON_THE_WAY)}
    for field in mail.fields:
        if field.name.lower() not in known or not _NAME.fullmatch(field.name):
            yield Finding("headers.unknown", f"{brief(field.name + ': ' + field.value)} is not expected", "header")
    for name in _MAY:
        if len(mail.values(name)) > 1:
            yield Finding("headers.once", "more than once", name)


def _lines(field: Field) -> Iterator[Finding]:
    if field.name in _ON_THE_WAY[1:]:
        return
    for number, line in enumerate(f"{field.name}:{field.value}".split("\r\n")):
        body = line.partition(":")[2] if number == 0 else line
        if len(line) > 78 and re.search(r"\S[ \t]+\S", body):
            yield Finding("headers.folded", f"a line of {len(line)} that could be folded", field.name)
        if not body.strip() and number:
            yield Finding("headers.folded", "a line of white space", field.name)


def _words(field: Field) -> Iterator[Finding]:
    """Encoded words (RFC 2047), and what they or plain text would put on a screen."""
    bare = _WORD.sub("", field.unfolded)
    if "=?" in bare:
        yield Finding("headers.word", f"no sound encoded word of UTF-8: {brief(bare)}", field.name)
    if any(len(found[0]) > 75 for found in _WORD.finditer(field.unfolded)):
        yield Finding("headers.word", "an encoded word of more than 75 characters", field.name)
    try:
        shown = str(make_header(decode_header(field.unfolded)))
    except (HeaderParseError, LookupError, ValueError):
        yield Finding("headers.word", f"does not decode: {brief(field.unfolded)}", field.name)
        return
    if unsafe := _UNSAFE.search(shown):
        yield Finding("headers.unsafe", f"U+{ord(unsafe[0]):04X} in it", field.name)
    if "=?" in shown:
        yield Finding("headers.word", "decodes to what looks like another encoded word", field.name)


def _people(mail: Mail) -> Iterator[Finding]:
    for field in (*mail.values("From"), *mail.values("To"), *mail.values("Reply-To")):
        people = _mailboxes(field)
        if len(people) != 1 or not re.fullmatch(r"[^@\s]+@[^@\s]+", people[0][1]):
            yield Finding("headers.one", f"{len(people)} mailboxes, or none that is sound", field.name)
        if any("@" in shown for shown, _ in people):
            yield Finding("headers.name", "a display name with an @", field.name)
        if field.name == "From" and not any(shown for shown, _ in people):
            yield Finding("headers.name", "no display name", field.name)


def _mailboxes(field: Field) -> list[tuple[str, str]]:
    found = email.utils.getaddresses([field.unfolded])
    return [(Field(field.name, shown).decoded, address) for shown, address in found]


def _subject(mail: Mail) -> Iterator[Finding]:
    """It says something: more than the name that stands beside it, more than a number."""
    subject = mail.decoded("Subject")
    sender = mail.decoded("From").casefold()
    said = set(re.findall(r"[^\W\d_]+", subject.casefold())) - set(re.findall(r"\w+", sender))
    if len("".join(said)) < 4:
        yield Finding("headers.subject", f"{brief(subject)} says nothing new", "Subject")
    if len(subject) > 120:
        yield Finding("headers.subject", f"{len(subject)} characters", "Subject")


def _identity(mail: Mail) -> Iterator[Finding]:
    sender, recipient = mail.address("From"), mail.address("To")
    found = re.fullmatch(r"<([^<>@\s]+)@([^<>@\s]+)>", mail.value("Message-ID"))
    if not found or len(found[1]) < 12 or not is_kin(found[2].lower(), sender.rpartition("@")[2]):
        yield Finding("headers.identity", "fewer than 12 characters at a domain of the sender's", "Message-ID")
    if not email.utils.parsedate(mail.value("Date")) or not re.search(r" [+-]\d{4}$", mail.value("Date")):
        yield Finding("headers.date", f"{brief(mail.value('Date'))} is no date with a zone", "Date")
    for name in ("Message-ID", "Feedback-ID", "List-Unsubscribe", "List-Id", "Content-Type"):
        value = mail.value(name).lower()
        if recipient and (recipient in value or recipient.replace("@", "%40") in value):
            yield Finding("headers.address", "names the recipient", name)


def _list(mail: Mail) -> Iterator[Finding]:
    for field in mail.values("List-Unsubscribe"):
        if not _UNSUBSCRIBE.fullmatch(field.value.removeprefix(" ")):
            yield Finding("headers.unsubscribe", "is not <https://…>, <mailto:…>, folded between the two", field.name)
        if not re.search(r"[A-Za-z0-9_-]{20,}", mail.unsubscribe_url):
            yield Finding("headers.unsubscribe", "its address has no token of 20 characters", field.name)
    for field in mail.values("List-Id"):
        if not re.fullmatch(r"(?:\S.* )?<[\w-]+(?:\.[\w-]+)+>", field.unfolded):
            yield Finding("headers.list", f"{brief(field.value)} is not <name.domain>", field.name)
    for field in mail.values("List-Help"):
        if not re.fullmatch(r"<(?:mailto|https):[^\s<>]+>", field.unfolded):
            yield Finding("headers.list", "is no <mailto:…> or <https://…>", field.name)
    for field in mail.values("Feedback-ID"):
        parts = field.unfolded.split(":")
        if len(parts) > 4 or not _SENDER_ID.fullmatch(parts[-1]):
            yield Finding("headers.feedback", "is not up to four parts, the last of 5 to 15 characters", field.name)
