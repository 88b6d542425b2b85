"""An envelope sender of its own for each message: whatever comes back to it names the message.

In:    a domain that takes bounces, the site's tokens, what identifies a delivery.
Out:   `bounce+TOKEN@DOMAIN`, the same one at every try; the plain sender where there is no such domain.
Never: the recipient's address, a letter whose case matters: servers on the way may change it.
"""

import base64
from dataclasses import dataclass
from datetime import date

from digest.tokens import Purpose, Tokens

LOCAL = "bounce"
_ID_BYTES, _DAY_BYTES = 5, 3


@dataclass(frozen=True, slots=True)
class ReturnPaths:
    """Who is told that a message did not arrive. `domain` may be empty."""

    plain: str
    domain: str
    tokens: Tokens

    def of(self, kind: str, subscriber_id: int, day: date) -> str:
        """The token: the first letter of the kind, the subscriber, the day and a seal, 25 octets in base32."""
        if not self.domain:
            return self.plain
        who, when = subscriber_id.to_bytes(_ID_BYTES, "big"), day.toordinal().to_bytes(_DAY_BYTES, "big")
        token = base64.b32encode(self.tokens.sealed(Purpose.BOUNCE, kind[:1].encode() + who + when)).decode().lower()
        return f"{LOCAL}+{token}@{self.domain}"
