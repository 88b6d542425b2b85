"""The unit of systemd that runs the daemon.

In:    a user, the configuration, where this program is installed.
Out:   the text of the unit.
Never: a unit that names what the service does not see, or that systemd reads otherwise.
"""

import re
from os.path import normpath
from pathlib import Path
from sysconfig import get_path

from digest.errors import DigestError
from digest.resources import templates_dir

UNIT = Path("/etc/systemd/system/digest.service")
STATE = Path("/var/lib/digest")  # as the unit says
HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - by the unit
PLAIN = re.compile(r"/[A-Za-z0-9@/._+-]*")  # what a unit takes as it stands
NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


class ServiceError(DigestError):
    """The service cannot be set up or removed here."""


def unit_text(user: str, config: Path, program: Path | None = None) -> str:
    """The unit, filled in for this installation, or for a program elsewhere. Raises ServiceError."""
    if not NAME.fullmatch(user) or user == "root":
        raise ServiceError(f"“{user}” is no user for a service", "name one of its own, such as digest")
    text = template()
    for name, value in {"user": user, "program": checked(program or _program()), "config": checked(config)}.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def template() -> str:
    return (templates_dir() / "system" / UNIT.name).read_text(encoding="utf-8")


def written_with(text: str) -> str:
    """The options that made this unit, whatever program it starts."""
    user, config = (re.search(each, text, re.MULTILINE) for each in (r"^User=(.*)", r"^ExecStart=.* --config (.*)"))
    return f"--user {user[1] if user else ''} --config {config[1] if config else ''}"


def _program() -> Path:
    program = Path(get_path("scripts")) / "digest"
    if not program.exists():
        raise ServiceError(f"there is no {program}", "install digest with pip, and run that one")
    return program


def checked(path: Path) -> Path:
    """A path that the unit can name, of a file that the service can see. Raises ServiceError."""
    if not path.is_absolute():
        raise ServiceError(f"“{path}” is no whole path", "begin it with /")
    path = Path(normpath(path))
    if not PLAIN.fullmatch(str(path)):
        raise ServiceError(f"“{path}” has characters that mean something to systemd", "choose a plainer path")
    for hidden in HIDDEN:
        if path.is_relative_to(hidden):
            raise ServiceError(f"the service does not see {hidden}, where {path} is", "choose one below /opt or /etc")
    return path
