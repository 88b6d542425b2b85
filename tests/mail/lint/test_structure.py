"""Each slip in lines, octets and parts is found, and nothing else is."""

from collections.abc import Callable

import pytest

from tests.mail.lint.mails import HEAD, TEXT, changed, crlf, mail, part, rules

CLEAN = mail()
BROKEN: list[tuple[str, Callable[[], bytes]]] = [
    ("structure.octets", lambda: CLEAN.replace(b"Ada", b"\0Ada", 1)),
    ("structure.octets", lambda: CLEAN + b"\n"),
    ("structure.octets", lambda: CLEAN.replace(b"2 papers for you", b"2 papers\rfor you", 1)),
    ("structure.octets", lambda: CLEAN.replace(b"2 papers: ", "2 Aufsätze: ".encode(), 1)),
    ("structure.octets", lambda: CLEAN.replace(b"waits.", "waits…".encode(), 1)),
    ("structure.octets", lambda: CLEAN.removesuffix(b"\r\n")),
    ("structure.octets", lambda: mail(text=changed(TEXT, "waits.", "waits\x85"))),
    ("structure.lines", lambda: CLEAN.replace(b"A lamp asks, and waits.", b"A lamp asks." * 8, 1)),
    ("structure.lines", lambda: CLEAN.replace(b"01234567", b"0" * 1000, 1)),
    ("structure.parts", lambda: crlf(HEAD + part("html", "<p>x</p>\n") + part("plain", TEXT) + "\n--=_fixed--\n")),
    ("structure.parts", lambda: CLEAN + b"What is this?\r\n"),
    ("structure.defect", lambda: CLEAN.replace(b"\r\n--=_fixed--\r\n", b"\r\n")),
    ("structure.charset", lambda: CLEAN.replace(b"utf-8", b"iso-8859-1", 1)),
    ("structure.charset", lambda: CLEAN.replace(b"=E2", b"=FF", 1)),
    ("structure.encoding", lambda: CLEAN.replace(b"quoted-printable", b"8bit", 1)),
    ("structure.encoding", lambda: CLEAN.replace(b"A lamp asks, and waits.", b"A lamp =asks, and waits.", 1)),
    ("structure.encoding", lambda: CLEAN.replace(b"A lamp asks, and waits.\r\n", b"A lamp asks, and waits. \r\n", 1)),
]


@pytest.mark.parametrize(("rule", "broken"), BROKEN)
def test_one_slip_is_found(rule: str, broken: Callable[[], bytes]) -> None:
    assert rule in rules(broken())


def test_nothing_at_all_is_no_mail() -> None:
    assert "headers.once" in rules(b"")
    assert "headers.once" in rules(b"\r\n\r\n\xff\0")
