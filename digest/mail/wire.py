"""What SMTP looks like on the wire.

In:    an answer's code and text as a server chose them; addresses and content as they are about to be sent.
Out:   a Reply on one plain line; content with its dots stuffed.
Never: I/O, an address that could end its command and begin another.
"""

import re

from digest.errors import MessageError
from digest.model import Envelope, Reply, Stage

_ENHANCED = re.compile(r"#?([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_PATH = re.compile(r"[!-;=?-~]+")  # what may stand between the angle brackets of MAIL and RCPT
_TEXT = 500  # characters of an answer worth keeping


def reply_of(stage: Stage, code: int, text: str) -> Reply:
    """What the server said, on one line. A code that RFC 5321 section 4.2.1 does not know counts as no answer."""
    enhanced = ""
    if match := _ENHANCED.match(text):  # RFC 2034 section 4: on every line; some write #5.1.0
        enhanced = match[1]
        text = "\n".join(line.removeprefix("#").removeprefix(enhanced) for line in text.split("\n"))
    shown = " ".join(_CONTROLS.sub(" ", text.encode("utf-8", "replace").decode()).split())[:_TEXT]
    if not 200 <= code < 600:
        return Reply(stage, text=shown or "an answer without a code")
    return Reply(stage, code, enhanced, shown)


def dot_stuffed(message: bytes) -> bytes:
    """RFC 5321 section 4.5.2. `message` has CRLF line ends; the last line gets its own where it lacks one."""
    ended = message if message.endswith(b"\r\n") else message + b"\r\n"
    return (b"." if ended.startswith(b".") else b"") + ended.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def refuse_unsafe_paths(envelope: Envelope) -> None:
    """Raises MessageError for an address that cannot stand in a command."""
    if not (_PATH.fullmatch(envelope.sender) and _PATH.fullmatch(envelope.recipient)):
        raise MessageError("an address cannot stand in an SMTP command", "use an address like ada@example.org")
