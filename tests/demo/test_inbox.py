"""The demo's mail server, spoken to over a socket."""

import smtplib
from asyncio import to_thread
from email import message_from_bytes, policy
from pathlib import Path

from digest.demo.inbox import Inbox

MESSAGE = (
    b"From: Papers <papers@example.org>\r\nTo: ada@example.org\r\nSubject: Three papers\r\n"
    b"Date: Tue, 03 Mar 2026 05:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n'
    b"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n.dotted\r\n"
    b"--=_b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>caf=C3=A9</p>\r\n--=_b--\r\n"
)


def send(port: int, recipient: str) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("papers@example.org", [recipient], MESSAGE)


def names(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


async def kept(directory: Path, *recipients: str) -> tuple[Inbox, list[str]]:
    announced: list[str] = []
    async with Inbox(directory, lambda *made: announced.extend(made)) as inbox:
        for recipient in recipients:
            await to_thread(send, inbox.port, recipient)
    return inbox, announced


async def test_a_message_is_kept_byte_for_byte_with_its_page(tmp_path: Path) -> None:
    inbox, announced = await kept(tmp_path, "ada@example.org")
    assert announced == ["2026-03-03-ada.eml", "2026-03-03-ada.html"]
    assert (tmp_path / announced[0]).read_bytes() == MESSAGE
    assert (tmp_path / announced[1]).read_text(encoding="utf-8").strip() == "<p>café</p>"
    mail = inbox.mails[0]
    assert (mail.recipient, mail.subject, mail.date) == ("ada@example.org", "Three papers", "2026-03-03")
    assert mail.text.splitlines() == ["plain", ".dotted"]


async def test_nothing_is_written_over(tmp_path: Path) -> None:
    _, announced = await kept(tmp_path, "ada@example.org", "ada@example.org", "ada@example.net")
    assert announced[::2] == ["2026-03-03-ada.eml", "2026-03-03-ada-2.eml", "2026-03-03-ada-3.eml"]
    assert names(tmp_path) == sorted(announced)


async def test_an_address_cannot_choose_where_it_is_kept(tmp_path: Path) -> None:
    _, announced = await kept(tmp_path, "../../up@example.org", "...@example.org")
    assert announced[::2] == ["2026-03-03-up.eml", "2026-03-03-somebody.eml"]
    assert names(tmp_path) == sorted(announced)


async def test_what_is_kept_parses_as_it_was(tmp_path: Path) -> None:
    _, announced = await kept(tmp_path, "ada@example.org")
    message = message_from_bytes((tmp_path / announced[0]).read_bytes(), policy=policy.default)
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
