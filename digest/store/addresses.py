"""What two spellings of an address have in common.

In:    an address as somebody wrote it.
Out:   the key it is compared, and kept unique, by.
Never: a change to the spelling that is mailed.
"""

import hashlib
import unicodedata
from collections.abc import Callable

Marks = Callable[[str], tuple[str, ...]]  # of an address key: what it is recognised by once it is erased


def address_key(address: str) -> str:
    """The whole address in lower case: RFC 5321 lets a local part care about case, but no provider does any more."""
    return unicodedata.normalize("NFC", address.strip()).lower()


def unkeyed(key: str) -> tuple[str, ...]:
    """The Marks of whoever opens a database without the site's secret."""
    return (hashlib.sha256(key.encode()).hexdigest(),)
