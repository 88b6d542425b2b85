"""What two spellings of an address have in common.

In:    an address as somebody wrote it.
Out:   the key it is compared, and kept unique, by.
Never: a change to the spelling that is mailed.
"""

import unicodedata


def address_key(address: str) -> str:
    """The whole address in lower case: RFC 5321 lets a local part care about case, but no provider does any more."""
    return unicodedata.normalize("NFC", address.strip()).lower()
