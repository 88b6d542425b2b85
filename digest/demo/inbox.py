"""An SMTP server on the loopback that keeps what it is sent as files, one mail a pair: NAME.eml and NAME.html.

In:    messages over SMTP (RFC 5321), to whomever.
Out:   files in a directory, and a list of what came.
Never: passes a message on, writes over a file, takes a name for a file from a message unchecked.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Mail:
    """One message that came. `eml` and `html` are file names in the inbox's directory."""

    recipient: str
    subject: str
    text: str
    date: str  # of its Date field, YYYY-MM-DD
    eml: str
    html: str


class Inbox:
    """Use as `async with`; `port` is where it listens, `mails` what has come so far.

    `announce` is told the names of the files of each mail before they are made.
    """

    def __init__(self, directory: Path, announce: Callable[..., None]) -> None:
        self.directory, self.announce = directory, announce
        self.mails: list[Mail] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    def _session(self) -> SMTP:
        return SMTP(self, hostname="inbox.example.org", ident="the demo's inbox", enable_SMTPUTF8=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keeps a message; its answer is the reply to the final dot."""
        del server, session
        content = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            self.mails.append(self._keep(recipient, content))
        return "250 2.0.0 kept"

    def _keep(self, recipient: str, content: bytes) -> Mail:
        message = message_from_bytes(content, policy=policy.default)
        day = parsedate_to_datetime(message["Date"]).date().isoformat()
        eml = self._free(f"{day}-{_slug(recipient)}")
        page = eml.with_suffix(".html")
        self.announce(eml.name, page.name)
        eml.write_bytes(content)
        page.write_text(_part(message, "html"), encoding="utf-8")
        return Mail(recipient, str(message["Subject"]), _part(message, "plain"), day, eml.name, page.name)

    def _free(self, stem: str) -> Path:
        """The first of STEM.eml, STEM-2.eml, … that is not there."""
        number, path = 1, self.directory / f"{stem}.eml"
        while path.exists():
            number += 1
            path = self.directory / f"{stem}-{number}.eml"
        return path


def _slug(address: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", address.partition("@")[0].lower()).strip("-") or "somebody"


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
