"""The last look at a message: bytes that are not what was meant are never sent."""

from collections.abc import Callable

import pytest

from digest.errors import MessageError
from digest.mail.proof import Meant, prove

FIELDS = (
    ("From", '"Papers" <papers@example.org>'),
    ("To", '"Ada" <ada@example.org>'),
    ("Subject", "=?utf-8?q?Sieben_Aufs=C3=A4tze?="),
    ("MIME-Version", "1.0"),
    ("Content-Type", 'multipart/alternative;\r\n boundary="=_x"'),
)
MEANT = Meant(
    fields=FIELDS,
    subject="Sieben Aufsätze",
    sender=("Papers", "papers@example.org"),
    recipient=("Ada", "ada@example.org"),
    bodies=("Größe\n".encode(), "<p>Größe</p>\n".encode()),
)
PART = (
    '\r\n--=_x\r\nContent-Type: text/{}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n'
)
GOOD = (
    "".join(f"{key}: {value}\r\n" for key, value in FIELDS)
    + PART.format("plain", "Gr=C3=B6=C3=9Fe")
    + PART.format("html", "<p>Gr=C3=B6=C3=9Fe</p>")
    + "\r\n--=_x--\r\n"
).encode()


def test_what_was_meant_passes() -> None:
    prove(GOOD, MEANT)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda raw: raw.replace(b"MIME-Version", b"Bcc: eve@example.net\r\nMIME-Version"),
        lambda raw: raw.replace(b"Subject:", b"Subject: x\r\nSubject:"),
        lambda raw: raw.replace(b"MIME-Version: 1.0\r\n", b""),
        lambda raw: raw.replace(b"MIME-Version: 1.0\r\n", b"") + b"MIME-Version: 1.0\r\n",
        lambda raw: raw.replace(b"ada@example.org", b"eve@example.net"),
        lambda raw: raw.replace(b"ada@example.org>", b"ada@example.org>, eve@example.net"),
        lambda raw: raw.replace(b"Sieben_", b"Sechs_"),
        lambda raw: raw.replace(b"Gr=C3=B6", b"Gr=C3=BC", 1),
        lambda raw: raw.replace(b"text/html", b"text/plain"),
        lambda raw: raw.replace(b"\r\n--=_x--\r\n", PART.format("html", "more").encode() + b"\r\n--=_x--\r\n"),
        lambda raw: raw.replace(b"--=_x--\r\n", b""),
        lambda raw: raw + b"more\r\n",
        lambda raw: raw.replace(b"\r\n\r\n--=_x\r\n", b"\r\n\r\nmore\r\n--=_x\r\n", 1),
        lambda raw: raw.replace(b"=C3=9Fe\r\n", b"=C3=9Fe\r\n--=_x\r\n", 1),
        lambda raw: raw.replace(b"=C3=9Fe\r\n", b"=C3=9Fe\r\n--=_x--\r\n", 1),
        lambda raw: raw.replace(b"--=_x\r\n", b"--=_y\r\n"),
        lambda raw: raw.replace(b"utf-8", b"iso-8859-1", 2),
        lambda raw: raw.replace(b"quoted-printable", b"8bit", 1),
        lambda raw: raw.replace(b"quoted-printable\r\n", b"quoted-printable\r\nContent-Type: text/html\r\n", 1),
        lambda raw: raw.replace(b'; charset="utf-8"', b"", 1),
        lambda raw: raw.replace(b"Gr=C3=B6=C3=9Fe\r\n", b"Gr=C3=B6=C3=9Fe\n", 1),
        lambda raw: raw.replace(b"=C3=9Fe</p>\r\n", b"=C3=9Fe</p>\r\r\n"),
        lambda raw: raw.replace(b"Gr=C3=B6=C3=9Fe", "Größe".encode(), 1),
        lambda raw: raw.replace(b"\r\n\r\n--=_x\r\n", b"\r\n\0\r\n--=_x\r\n", 1),
        lambda raw: raw.replace(b"\r\n\r\n--=_x\r\n", b"\r\n\r\n" + b"x" * 77 + b"\r\n--=_x\r\n", 1),
        lambda raw: raw.removesuffix(b"\r\n"),
        lambda raw: b"",
    ],
)
def test_anything_else_does_not(tamper: Callable[[bytes], bytes]) -> None:
    tampered = tamper(GOOD)
    assert tampered != GOOD
    with pytest.raises(MessageError, match="not what was meant"):
        prove(tampered, MEANT)


def test_a_header_line_of_more_than_998_octets_does_not_pass() -> None:
    long = (*FIELDS[:3], ("List-Unsubscribe", "<https://example.org/" + "x" * 990 + ">"), *FIELDS[3:])
    raw = GOOD.replace(b"MIME-Version", f"List-Unsubscribe: {long[3][1]}\r\nMIME-Version".encode())
    meant = Meant(
        fields=long, subject=MEANT.subject, sender=MEANT.sender, recipient=MEANT.recipient, bodies=MEANT.bodies
    )
    with pytest.raises(MessageError, match="its lines"):
        prove(raw, meant)
