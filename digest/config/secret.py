"""The site's secret, which keys links and Message-IDs: with another one, no link sent so far works.

In:    a Config.
Out:   the secret's bytes; made once, beside the database, where the configuration gives none.
Never: a secret that is overwritten, or that others can read.
"""

import os
import secrets
from pathlib import Path

from digest.config import Config
from digest.config.fields import SECRET_LENGTH
from digest.errors import ConfigError


def site_secret(config: Config) -> bytes:
    """What the configuration gives, else the file `secret` beside the database. Raises ConfigError."""
    given, file = config.site.secret, config.site.secret_file
    if file:
        return file.read_bytes().strip()
    return given.get_secret_value().encode() if given else _kept(config.home / "secret")


def _kept(path: Path) -> bytes:
    try:
        _make(path)
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"the site's secret in {path} cannot be kept: {error.strerror}", "see who owns it") from None
    if len(secret) < SECRET_LENGTH:
        raise ConfigError(f"the site's secret in {path} is not whole", "restore it, or remove it to make a new one")
    return secret


def _make(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)  # the name too must survive a power cut
    os.close(directory)
