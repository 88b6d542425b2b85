"""How much there is of a mail.

In:    a mail.
Out:   findings on parts that a mail program would cut.
Never: transported octets: programs cut what they have decoded.
"""

from collections.abc import Iterator

from digest.mail.lint.finding import Finding
from digest.mail.lint.mail import Mail

LARGEST = 95_000  # bytes; Gmail clips at 102,400


def findings(mail: Mail) -> Iterator[Finding]:
    contents = {"html": mail.page.source if mail.page else "", "text": mail.text}
    for name, content in contents.items():
        size = len(content.encode())
        if size >= LARGEST:
            yield Finding("size.part", f"{size} bytes, not below {LARGEST}", name)
