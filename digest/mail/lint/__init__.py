"""Reads a finished mail as its strictest readers would.

In:    the bytes of a message, or HTML alone.
Out:   findings: a rule, what breaks it, where. None: the mail is clean.
Never: knowledge of the code that wrote it, the network, a change to the mail.
"""

from digest.mail.lint import headers, structure
from digest.mail.lint.finding import Finding
from digest.mail.lint.mail import Mail

__all__ = ["Finding", "lint"]

_THEMES = (headers, structure)


def lint(message: bytes) -> list[Finding]:
    mail = Mail(message)
    return [finding for theme in _THEMES for finding in theme.findings(mail)]
