"""What a single value of the configuration may be.

In:    one value, as it is written in the file.
Out:   types for the sections; a ValueError with one clause for a value that is wrong.
Never: another value.
"""

from collections.abc import Callable
from datetime import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, SecretStr

from digest.editorial.topics import parse_topic
from digest.errors import DigestError
from digest.inputs import address, wall_time, zone
from digest.language import languages
from digest.mail.dkim_keys import Kind, opened
from digest.model import TopicKind
from digest.sources.links import web_link

HOST_PORT = r"^(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$"
LAST_PORT = 65535
SECRET_LENGTH = 16
SELECTOR = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
SLOWEST = 0.01  # messages a second: one that waits much longer for its turn has lost its lease


def checked(parse: Callable[[str], object], *, replace: bool = True) -> AfterValidator:
    """A house parser as a validator: its error becomes the field's; `replace=False` keeps what was written."""

    def check(value: str) -> object:
        try:
            return parse(value) if replace else (parse(value), value)[1]
        except DigestError as error:
            raise ValueError(str(error)) from None

    return AfterValidator(check)


def _web_address(value: str) -> str:
    address = web_link(value)
    if not address or "?" in address or "#" in address:
        raise ValueError(f"“{value}” is no http(s) address; write https://papers.example.org")
    return address.rstrip("/")


def public(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError(f"“{value}” is not secure, and one-click unsubscribe needs https; write https://")
    return value


def domain(value: str) -> str:
    try:
        return value and address(f"postmaster@{value}").partition("@")[2]
    except DigestError:
        raise ValueError(f"“{value}” is no domain; write example.org") from None


def signing_key(kind: Kind, pem: bytes) -> None:
    try:
        found = opened(pem)
    except DigestError as error:
        raise ValueError(str(error)) from None
    if found.kind != kind:
        raise ValueError(f"is the other key; name it dkim.{found.kind}_key_file")


def _directory(value: Path) -> Path:
    if not value.is_dir():
        raise ValueError(f"{value} is no directory; make it, or take the line out")
    return value


def picture(value: str) -> str:
    if value and not web_link(value).startswith("https://"):
        raise ValueError(f"“{value}” is no https address; write https://papers.example.org/logo.png")
    return value


def host_port(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port)


def _with_port(value: str) -> str:
    if value and (port := host_port(value)[1]) > LAST_PORT:
        raise ValueError(f"{port} is no port; ports end at {LAST_PORT}")
    return value


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _private(path: Path) -> Path:
    """A secret's file: it is there, it can be read, and not by everybody."""
    try:
        mode = path.stat().st_mode
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}") from None
    if mode & 0o007:
        raise ValueError(f"everybody on this machine can read {path}; run chmod 600 {path}")
    return path


def strong(value: SecretStr) -> SecretStr:
    if value and len(value) < SECRET_LENGTH:
        raise ValueError(f"is too short; leave it out, or give {SECRET_LENGTH} random characters or more")
    return value


def spoken(value: str) -> str:
    if value.replace("_", "-").partition("-")[0].lower() not in languages():
        raise ValueError(f"is a language we do not speak yet; there are {', '.join(languages())}")
    return value


def not_too_slow(value: float) -> float:
    if 0 < value < SLOWEST:
        raise ValueError(f"is slower than {SLOWEST}; use smtp.per_minute or smtp.per_day")
    return value


def _network(value: str) -> str:
    try:
        return str(ip_network(value)) if "/" in value else str(ip_address(value))
    except ValueError:
        raise ValueError(f"“{value}” is no address or network; write 10.0.0.1 or 10.0.0.0/8") from None


WebAddress = Annotated[str, AfterValidator(_web_address)]
Zone = Annotated[str, checked(zone)]
Network = Annotated[str, AfterValidator(_network)]
HostPort = Annotated[str, AfterValidator(_with_port)]
Domain = Annotated[str, AfterValidator(domain)]
WallTime = Annotated[
    time,
    BeforeValidator(lambda value: value if isinstance(value, time) else _wall_time(value)),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str),
]
Category = Annotated[str, checked(lambda value: parse_topic(TopicKind.CATEGORY, value).value)]
Directory = Annotated[Annotated[Path, AfterValidator(_directory)] | None, BeforeValidator(lambda value: value or None)]
PrivateFile = Annotated[Annotated[Path, AfterValidator(_private)] | None, BeforeValidator(lambda value: value or None)]
Whole = Annotated[int, Field(strict=True)]


def _wall_time(value: object) -> time:
    try:
        return wall_time(str(value))
    except DigestError as error:
        raise ValueError(str(error)) from None
