"""Reads a finished mail as its strictest readers would.

In:    the bytes of a message, or HTML alone.
Out:   findings: a rule, what breaks it, where. None: the mail is clean.
Never: knowledge of the code that wrote it, the network, a change to the mail.
"""

from digest.mail.lint import (
    access,
    bidi,
    contrast,
    headers,
    leftovers,
    links,
    markup,
    preheader,
    reflow,
    signature,
    size,
    structure,
    styles,
    twin,
)
from digest.mail.lint.finding import Finding
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Page
from digest.mail.lint.template import bare, is_template

__all__ = ["Finding", "lint", "lint_html"]

_OF_MESSAGES = (headers, signature, structure, twin, preheader, access)
_OF_PAGES = (size, links, markup, styles, reflow, contrast, leftovers, bidi)


def lint(message: bytes) -> list[Finding]:
    """Everything that is wrong with a message."""
    mail = Mail(message)
    return [finding for theme in (*_OF_MESSAGES, *_OF_PAGES) for finding in theme.findings(mail)]


def lint_html(source: str) -> list[Finding]:
    """What can be said of HTML alone; of a template, what holds whatever is filled in."""
    if is_template(source):
        page = Page(bare(source))
        return [*markup.allowed(page), *styles.allowed(page)]
    mail = Mail(page=Page(source))
    return [finding for theme in _OF_PAGES for finding in theme.findings(mail)]
