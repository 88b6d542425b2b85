"""Reads a finished message back, as its readers will.

In:    the bytes, and what they should say.
Out:   nothing when they say it.
Never: the code that wrote them: raw lines and the standard library's parser are the two witnesses.
"""

import email
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message

from digest.errors import MessageError

_FIELD = re.compile(rb"([!-9;-~]+): ?([ -~]*)")
_TYPES = ["text/plain", "text/html"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a reader must find: the raw fields in order, and what they and the bodies decode to."""

    fields: tuple[tuple[str, str], ...]  # folded and encoded
    subject: str
    sender: tuple[str, str]  # display name, address
    recipient: tuple[str, str]
    bodies: tuple[str, ...]  # text; and HTML, where there is any


def prove(raw: bytes, meant: Meant) -> None:
    """Raises MessageError where the bytes, read back, are not what was meant."""
    parsed = email.message_from_bytes(raw)
    unfolded = [(key, _unfolded(value)) for key, value in meant.fields]
    found = [(key, _unfolded(value)) for key, value in parsed.items()]
    checks = {
        "its lines": _lines_are_sound(raw),
        "its header": list(_scanned(raw)) == unfolded == found,
        "its subject": _decoded(_unfolded(parsed["Subject"])) == meant.subject,
        "its addresses": _mailboxes(parsed, "From") == [meant.sender] and _mailboxes(parsed, "To") == [meant.recipient],
        "its parts": _bodies(parsed) == meant.bodies,
    }
    wrong = [what for what, good in checks.items() if not good]
    if wrong:
        raise MessageError(f"a message read back is not what was meant: {', '.join(wrong)}", "report this as a bug")


def _lines_are_sound(raw: bytes) -> bool:
    """CRLF and nothing like it, ASCII, header lines ≤ 998 (RFC 5322 section 2.1.1), body lines ≤ 76 (RFC 2045)."""
    head, _, body = raw.partition(b"\r\n\r\n")
    within = all(len(line) <= 998 for line in head.split(b"\r\n")) and all(
        len(line) <= 76 for line in body.split(b"\r\n")
    )
    bare = raw.replace(b"\r\n", b"")
    return within and raw.endswith(b"\r\n") and raw.isascii() and not any(octet in bare for octet in b"\r\n\0")


def _scanned(raw: bytes) -> Iterator[tuple[str, str]]:
    """The header fields as a reader without any library sees them."""
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    for line in head.split(b"\r\n"):
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


def _bodies(parsed: Message) -> tuple[str, ...]:
    """The decoded parts, where they are what they should be."""
    whole = not parsed.is_multipart()
    parts = [part for part in parsed.walk() if whole or part is not parsed]
    types = _TYPES[:1] if whole else _TYPES
    if parsed.defects or [part.get_content_type() for part in parts] != types:
        return ()
    contents = [part.get_payload(decode=True) for part in parts]
    return tuple(content.decode().replace("\r\n", "\n") for content in contents if isinstance(content, bytes))
