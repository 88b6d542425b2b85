"""Lines, octets and parts of a message.

In:    a mail.
Out:   findings on line ends, lengths, encodings and the tree of parts (RFC 5322, 2045, 2046).
Never: a word of the content.
"""

import re
from collections.abc import Iterator
from email.message import Message

from digest.mail.lint.finding import Finding
from digest.mail.lint.mail import Mail, Part

_SHAPES = (["multipart/alternative", "text/plain", "text/html"], ["text/plain"])
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}|[\t -<>-~])*=?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def findings(mail: Mail) -> Iterator[Finding]:
    yield from _octets(mail.raw)
    kinds = [part.get_content_type() for part in mail.parsed.walk()]
    if kinds not in _SHAPES:
        yield Finding("structure.parts", f"{', '.join(kinds)} instead of text, or text and HTML", "message")
    for piece in mail.parsed.walk():
        for defect in piece.defects:
            yield Finding("structure.defect", type(defect).__name__, piece.get_content_type())
    yield from _around(mail.parsed)
    for part in mail.parts:
        yield from _part(part)


def _octets(raw: bytes) -> Iterator[Finding]:
    bare = raw.replace(b"\r\n", b"")
    for octet, name in ((b"\r", "CR"), (b"\n", "LF"), (b"\0", "NUL")):
        if octet in bare:
            yield Finding("structure.octets", f"a bare {name}", "message")
    if not raw.isascii():
        yield Finding("structure.octets", "octets beyond ASCII", "message")
    if not raw.endswith(b"\r\n"):
        yield Finding("structure.octets", "the last line has no end", "message")
    for number, line in enumerate(raw.split(b"\r\n"), 1):
        if len(line) > 998:
            yield Finding("structure.lines", f"{len(line)} octets, more than 998", f"line {number}")


def _around(parsed: Message) -> Iterator[Finding]:
    """Text before the first boundary and after the last is seen by nobody, or by those who should not."""
    for text, name in ((parsed.preamble, "before the first part"), (parsed.epilogue, "after the last part")):
        if text and text.strip():
            yield Finding("structure.parts", f"text {name}", "message")


def _part(part: Part) -> Iterator[Finding]:
    if part.charset.lower() != "utf-8":
        yield Finding("structure.charset", f"{part.charset or 'none'}, not UTF-8", part.kind)
    if part.encoding != "quoted-printable":
        yield Finding("structure.encoding", f"{part.encoding or 'none'}, not quoted-printable", part.kind)
        return
    for number, line in enumerate(part.raw.split("\r\n"), 1):
        if len(line) > 76:
            yield Finding("structure.lines", f"{len(line)} characters, more than 76", f"{part.kind}, line {number}")
        if not _QUOTED.fullmatch(line) or line.endswith((" ", "\t")):
            yield Finding("structure.encoding", "no sound quoted-printable", f"{part.kind}, line {number}")
    if not part.text.strip():
        yield Finding("structure.charset", "empty, or no UTF-8", part.kind)
    if control := _CONTROL.search(part.text):
        yield Finding("structure.octets", f"U+{ord(control[0]):04X} in it", part.kind)
