"""A finished message, taken apart.

In:    the bytes.
Out:   its header fields as they stand, its parts decoded, its HTML as a tree.
Never: an exception for any bytes: what cannot be read is empty, and a finding elsewhere.
"""

import email
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from functools import cached_property

from digest.mail.lint.page import Page

_MANY = 8  # links; a letter about one thing has fewer


@dataclass(frozen=True, slots=True)
class Field:
    """`value` is folded and encoded, as it stands."""

    name: str
    value: str

    @property
    def unfolded(self) -> str:
        return self.value.replace("\r\n", "").strip()

    @property
    def decoded(self) -> str:
        try:
            return str(make_header(decode_header(self.unfolded)))
        except (HeaderParseError, LookupError, ValueError):
            return ""


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the message: `raw` as transported; `text` is empty where it is no UTF-8."""

    kind: str
    charset: str
    encoding: str
    raw: str
    text: str


class Mail:
    """One message; or, with `page` alone, one that is HTML and nothing else."""

    def __init__(self, message: bytes = b"", page: Page | None = None) -> None:
        self.raw = message
        self.head = message.partition(b"\r\n\r\n")[0].decode("latin-1")
        self.fields = [_field(line) for line in re.split(r"\r\n(?![ \t])", self.head)] if message else []
        self.parsed: Message = email.message_from_bytes(message)
        self.parts = [_part(part) for part in self.parsed.walk() if not part.is_multipart()] if message else []
        self.text = self._first("text/plain")
        html = self._first("text/html")
        self.page = page or (Page(html) if html else None)

    def _first(self, kind: str) -> str:
        return next((part.text for part in self.parts if part.kind == kind), "")

    def values(self, name: str) -> list[Field]:
        return [field for field in self.fields if field.name.lower() == name.lower()]

    def value(self, name: str) -> str:
        """Unfolded, as it stands; empty where there is none."""
        return next((field.unfolded for field in self.values(name)), "")

    def decoded(self, name: str) -> str:
        return next((field.decoded for field in self.values(name)), "")

    def address(self, name: str) -> str:
        """The address in From or To, in small letters."""
        return parseaddr(self.value(name))[1].lower()

    @cached_property
    def is_of_list(self) -> bool:
        """Whether it says that many get it, or looks like it; else it is a letter to one person."""
        said = any(self.values(name) for name in ("List-Id", "List-Unsubscribe", "Precedence"))
        return (
            said
            or len(set(re.findall(r"https?://\S+", self.text))) > _MANY
            or (self.page is not None and len(self.page.all("h2")) > 1)
        )

    @property
    def unsubscribe_url(self) -> str:
        found = re.search(r"<(https?://[^<>\s]*)>", self.value("List-Unsubscribe"))
        return found[1] if found else ""


def is_kin(one: str, other: str) -> bool:
    """Whether two domains are the same, or one is below the other."""
    return bool(one and other) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))


def _field(line: str) -> Field:
    name, colon, value = line.partition(":")
    return Field(name, value) if colon else Field("", line)


def _part(part: Message) -> Part:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        text = ""
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    raw = str(part.get_payload())
    return Part(part.get_content_type(), str(part.get_content_charset() or ""), encoding, raw, text)
