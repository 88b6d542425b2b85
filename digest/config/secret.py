"""The site's secret, which keys links and Message-IDs: with another one, the links sent so far do not work.

In:    a Config.
Out:   the secret's bytes, then those of former ones; made once, beside the database, where none is given.
Never: a secret that is overwritten, or that others can read.
"""

import os
from pathlib import Path
from secrets import token_urlsafe

from digest.config import Config
from digest.config.fields import SECRET_LENGTH
from digest.errors import ConfigError


def site_secrets(config: Config) -> list[bytes]:
    """What the configuration gives, else the file `secret` beside the database; the first line is the one in force.

    Raises ConfigError.
    """
    given, file = config.site.secret, config.site.secret_file
    if file:
        return _lines(file.read_bytes())
    return _lines(given.get_secret_value().encode()) if given else _kept(config.home / "secret")


def _kept(path: Path) -> list[bytes]:
    try:
        _make(path)
        secrets = _lines(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"the site's secret in {path} cannot be kept: {error.strerror}", "see who owns it") from None
    if not secrets or min(map(len, secrets)) < SECRET_LENGTH:
        raise ConfigError(f"the site's secret in {path} is not whole", "restore it, or remove it to make a new one")
    return secrets


def _lines(text: bytes) -> list[bytes]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _make(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)  # the name too must survive a power cut
    os.close(directory)
