"""Keys of a test's own, and two verifiers that share no line with our signer: dkimpy and OpenDKIM."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import dkim

from digest.mail.dkim import Key
from digest.mail.dkim_keys import made, opened

DOMAIN = "example.org"
RSA, ED25519 = "digest", "digest-ed25519"
HAS_OPENDKIM = shutil.which("opendkim") is not None


@cache
def keys() -> tuple[Key, Key]:
    return Key(RSA, made("rsa")), Key(ED25519, made("ed25519"))


@cache
def records(domain: str = DOMAIN) -> dict[str, str]:
    """What DNS would say."""
    return {f"{key.selector}._domainkey.{domain}": opened(key.pem).record for key in keys()}


def verdicts(message: bytes, domain: str = DOMAIN) -> list[bool]:
    """Of dkimpy: whether each signature holds, in the order they stand in."""
    known = {f"{name}.".encode(): value.encode() for name, value in records(domain).items()}
    checked = dkim.DKIM(message)
    count = sum(name.lower() == b"dkim-signature" for name, _ in checked.headers)
    return [_holds(checked, number, known) for number in range(count)]


def _holds(checked: dkim.DKIM, number: int, known: dict[bytes, bytes]) -> bool:
    try:
        return bool(checked.verify(number, dnsfunc=lambda name, timeout=5: known.get(name)))
    except dkim.DKIMException:
        return False


def key_table(folder: Path, domain: str = DOMAIN) -> Path:
    """The public keys as OpenDKIM reads them in place of DNS."""
    table = folder / "public_keys"
    table.write_text("".join(f"{name} {value}\n" for name, value in records(domain).items()))
    return table


def opendkim_says(message: bytes, folder: Path) -> list[tuple[str, str]]:
    """Of OpenDKIM: algorithm and result of each signature, in the order they stand in."""
    settings, file = folder / "opendkim.conf", folder / "message.eml"
    settings.write_text(f"Mode v\nTestPublicKeys {key_table(folder)}\n")
    file.write_bytes(message)
    done = subprocess.run(["opendkim", "-x", settings, "-vv", "-t", file], capture_output=True, check=True)
    found = re.findall(r"dkim=(\w+) [^;]*?header\.a=([\w-]+)", done.stdout.decode())
    return [(algorithm, result) for result, algorithm in found]
