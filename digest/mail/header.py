"""What may stand in a header: cleaned text, plain addresses, folded lines.

In:    text and addresses that nobody vouches for.
Out:   ASCII that is safe in a header field, folded and encoded.
Never: a line break that does not fold, an encoded word that was not meant.
"""

import re
from urllib.parse import quote

from email_validator import EmailNotValidError, validate_email

from digest.errors import MessageError

_LINE = 78  # RFC 5322 section 2.1.1: should
_ENCODED_WORD = 75  # RFC 2047 section 2
_NAME = 100  # characters of a display name that anybody will read

# C0, C1, and what turns text around or passes for a line end.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322 section 3.2.3
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


def text(raw: str) -> str:
    """One line without control or direction characters, in which nothing reads as an encoded word."""
    line = " ".join(_UNSAFE.sub("", " ".join(raw.split())).split())
    return line.replace("=?", "= ?")


def name(raw: str) -> str:
    """A display name, without the @ that mail programs take for a second address."""
    return text(re.sub(r'["\\]', "", raw).replace("@", " at "))[:_NAME].rstrip()


def address(raw: str) -> str:
    """The address as an envelope and a header can carry it, its domain in punycode (RFC 5891).

    Raises MessageError for letters beyond ASCII before the @ (they need SMTPUTF8, RFC 6531) and what is no address.
    """
    plain = raw if raw.isascii() else _punycode(raw)
    if not ADDRESS.fullmatch(plain) or "=?" in plain or len(plain) > 254 or plain.index("@") > 64:
        raise MessageError("an address is not one that a message can carry", "use an address like ada@example.org")
    return plain


def _punycode(raw: str) -> str:
    try:
        plain = validate_email(raw, check_deliverability=False, test_environment=True).ascii_email
    except EmailNotValidError as problem:
        raise MessageError("an address is not valid", str(problem)) from problem
    if not plain:
        raise MessageError("an address has letters beyond ASCII before its @", "use an address in ASCII letters")
    return plain


def mailto(recipient: str, subject: str) -> str:
    """A mailto URL (RFC 6068 section 2)."""
    local, _, domain = recipient.rpartition("@")
    return f"mailto:{quote(local, safe='!$*+')}@{domain}?subject={quote(subject, safe='')}"


def mailbox(key: str, shown: str, plain: str) -> str:
    """The value of a From or To field."""
    return phrase(key, shown, f"<{plain}>") if shown else plain


def phrase(key: str, words: str, rest: str) -> str:
    """Words, quoted or encoded, then `rest` in angle brackets; folded between the two where one line is too short."""
    if not words:
        return rest
    shown = f'"{words}"' if words.isascii() and len(words) <= 60 else _encoded(words, _LINE - len(key) - 2)
    last_line = f"{key}: {shown}".rsplit("\r\n", 1)[-1]
    return f"{shown} {rest}" if len(last_line) + 1 + len(rest) <= _LINE else f"{shown}\r\n {rest}"


def unstructured(key: str, line: str) -> str:
    """ASCII folded at its spaces; anything else, and words too long to fold, as encoded words."""
    if not line.isascii() or any(len(word) > _LINE - 18 for word in line.split(" ")):
        return _encoded(line, _LINE - len(key) - 2)
    lines = [f"{key}:"]
    for word in line.split(" "):
        if len(lines[-1]) + 1 + len(word) > _LINE:
            lines.append("")
        lines[-1] += " " + word
    return "\r\n".join(lines)[len(key) + 2 :]


def _encoded(text: str, first_room: int) -> str:
    """RFC 2047 Q encoded words, cut between characters, as narrow as a phrase allows (section 5, rule 3)."""
    words, room = [""], min(first_room, _ENCODED_WORD) - len("=?utf-8?q??=")
    for character in text:
        encoded = _q(character)
        if len(words[-1]) + len(encoded) > room:
            words.append("")
            room = _ENCODED_WORD - len("=?utf-8?q??=")
        words[-1] += encoded
    return "\r\n ".join(f"=?utf-8?q?{word}?=" for word in words)


def _q(character: str) -> str:
    if character == " ":
        return "_"
    if character.isascii() and character.isalnum():
        return character
    return "".join(f"={octet:02X}" for octet in character.encode())
