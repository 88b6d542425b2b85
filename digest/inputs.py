"""Reads what a person types: an address, a zone, a wall time.

In:    strings from the command line, a CSV file or the configuration.
Out:   checked values, normalised; InputError with one clause that says what would be right.
Never: DNS, a guess at what was meant that is not put to the person.
"""

import re
from collections.abc import Collection
from datetime import time
from difflib import get_close_matches
from email.utils import parseaddr
from functools import cache
from textwrap import shorten
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from digest.errors import InputError

WALL_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def address(value: str) -> str:
    """An address that any server takes (RFC 5321 §4.1.2, no quoting, no literals); an IDN domain as its A-label."""
    try:
        found = validate_email(value.strip(), check_deliverability=False, strict=True, allow_smtputf8=False)
        return found.ascii_email or found.normalized
    except EmailNotValidError as error:
        reason = str(error).rstrip(".").replace("email", "e-mail")
        reason = shorten(reason, 120, placeholder=" …")  # it may list every sign of it
        raise InputError(f"“{value.strip()}” is no e-mail address", reason[:1].lower() + reason[1:]) from None


def mailbox(value: str) -> tuple[str, str]:
    """The name and the address of `Papers <papers@example.org>` (RFC 5322 §3.4); the name may be missing."""
    name, found = parseaddr(value)
    if not found or not value.isprintable():
        raise InputError(f"“{value}” is no mailbox", "write Papers <papers@example.org>")
    return name.strip(), address(found)


@cache
def zones() -> frozenset[str]:
    """The IANA zones this machine knows."""
    return frozenset(available_timezones() - {"localtime"})


def zone(value: str) -> str:
    """An IANA zone name, spelled as the database spells it."""
    if value in zones():
        return value
    same = [name for name in zones() if name.lower() == value.lower()]
    near = same or get_close_matches(value, sorted(zones()), n=3)
    raise InputError(f"there is no zone “{value}”", "did you mean " + _either(near) if near else "write Europe/Berlin")


def wall_time(value: str) -> time:
    """`07:30`, on a clock of 24 hours."""
    match = WALL_TIME.fullmatch(value.strip())
    if match is None:
        raise InputError(f"“{value}” is no time of day", "write HH:MM, as 07:30")
    return time(int(match[1]), int(match[2]))


def instead(word: str, known: Collection[str]) -> str:
    """What may have been meant by a word that is none of those there are."""
    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}"


def _either(names: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]])) + "?"
