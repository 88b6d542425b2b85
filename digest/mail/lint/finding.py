"""One thing that is wrong with a mail.

In:    the rule it breaks, what is wrong, where.
Out:   one line for people.
Never: a judgement how bad it is: a mail without findings is the bar.
"""

from dataclasses import dataclass

_LONGEST = 300  # characters of a line; what is wrong may quote the mail


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is `theme.name`; `where` is a field, a part, or a line of one."""

    rule: str
    what: str
    where: str

    def __str__(self) -> str:
        line = f"{self.rule}: {self.what} ({self.where})"
        return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line)[:_LONGEST]


def brief(text: str, longest: int = 60) -> str:
    """`text` on one line, quoted, cut where it is long."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= longest else line[: longest - 1] + '…'}”"
