"""Reads a finished message back, as its readers will.

In:    the bytes, and what they should say.
Out:   nothing when they say it.
Never: the code that wrote them: raw lines and the standard library's parsers and decoders are the witnesses.
"""

import binascii
import email
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from functools import lru_cache

from digest.errors import MessageError

_FIELD = re.compile(rb"([!-9;-~]+): ?([ -~]*)")
_TEXT = ("text/plain", "utf-8", "quoted-printable")
_HTML = ("text/html", "utf-8", "quoted-printable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a reader must find: the raw fields in order, and what they and the bodies decode to."""

    fields: tuple[tuple[str, str], ...]  # folded and encoded
    subject: str
    sender: tuple[str, str]  # display name, address
    recipient: tuple[str, str]
    bodies: tuple[bytes, ...]  # text; and HTML, where there is any; UTF-8, its lines ending in LF


def prove(raw: bytes, meant: Meant) -> None:
    """Raises MessageError where the bytes, read back, are not what was meant."""
    head, _, body = raw.partition(b"\r\n\r\n")
    parsed = email.message_from_bytes(head + b"\r\n\r\n")
    unfolded = [(key, _unfolded(value)) for key, value in meant.fields]
    found = [(key, _unfolded(value)) for key, value in parsed.items()]
    checks = {
        "its lines": _lines_are_sound(raw, head, body),
        "its header": list(_scanned(head)) == unfolded == found,
        "its subject": _decoded(_unfolded(parsed["Subject"])) == meant.subject,
        "its addresses": _mailboxes(parsed, "From") == [meant.sender] and _mailboxes(parsed, "To") == [meant.recipient],
        "its parts": _bodies(parsed, body) == tuple(each.replace(b"\n", b"\r\n") for each in meant.bodies),
    }
    wrong = [what for what, good in checks.items() if not good]
    if wrong:
        raise MessageError(f"a message read back is not what was meant: {', '.join(wrong)}", "report this as a bug")


def _lines_are_sound(raw: bytes, head: bytes, body: bytes) -> bool:
    """CRLF and nothing like it, ASCII, header lines ≤ 998 (RFC 5322 section 2.1.1), body lines ≤ 76 (RFC 2045)."""
    fields, lines = head.split(b"\r\n"), body.split(b"\r\n")
    within = max(map(len, fields)) <= 998 and max(map(len, lines)) <= 76
    ends = raw.count(b"\r") == raw.count(b"\n") == len(fields) + len(lines)
    return within and ends and raw.endswith(b"\r\n") and raw.isascii() and b"\0" not in raw


def _scanned(head: bytes) -> Iterator[tuple[str, str]]:
    """The header fields as a reader without any library sees them."""
    for line in head.replace(b"\r\n ", b" ").split(b"\r\n"):
        field = _FIELD.fullmatch(line)
        yield (field[1].decode(), field[2].decode()) if field else ("", "")


def _unfolded(value: object) -> str:
    return str(value).replace("\r\n", "")


def _decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def _mailboxes(parsed: Message, key: str) -> list[tuple[str, str]]:
    """Every (name, address) in all fields of that name."""
    values = [_unfolded(value) for value in parsed.get_all(key, [])]
    return [(_decoded(name), address) for name, address in email.utils.getaddresses(values)]


def _bodies(parsed: Message, body: bytes) -> tuple[bytes, ...]:
    """The decoded parts, where they are what they should be; none at all otherwise."""
    boundary = parsed.get_boundary()
    parts = list(_parts(body, boundary)) if boundary else [(_said(parsed), body)]
    if [said for said, _ in parts] != ([_TEXT, _HTML] if boundary else [_TEXT]):
        return ()
    return tuple(binascii.a2b_qp(content) for _, content in parts)


def _parts(body: bytes, boundary: str) -> Iterator[tuple[tuple[object, ...], bytes]]:
    """What each part says it is, and its content (RFC 2046 section 5.1.1); none of a body with more around them."""
    before, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if before or parts[-1:] != [b"--\r\n"]:
        return
    for part in parts[:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        yield _of_part(head.removeprefix(b"\r\n")), content


@lru_cache(16)  # there are two, in every message
def _of_part(head: bytes) -> tuple[object, ...]:
    return _said(email.message_from_bytes(head + b"\r\n\r\n"))


def _said(part: Message) -> tuple[object, ...]:
    """What a part says it is; what it says twice, or is broken, after that."""
    encoding, again = part.get_all("Content-Transfer-Encoding", []), part.get_all("Content-Type", [])[1:]
    return part.get_content_type(), part.get_content_charset(), *encoding, *again, *part.defects
