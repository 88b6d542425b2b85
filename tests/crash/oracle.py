"""The far end of the network as the truth: what the mail server took, by its own log.

In:    the sessions of the senders.
Out:   one line a message, on disk before the 250; what that proves about losses, copies and wrong recipients.
Never: a look at the program's tables, a message kept whole.
"""

import email
import email.policy
import email.utils
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.smtp import Mail, SmtpServer


@dataclass(frozen=True, slots=True)
class Taken:
    """One message the server took: for whom by the envelope, and by its own header."""

    session: int
    recipient: str
    to: str
    message_id: str
    content: str  # its SHA-256


class FarEnd:
    """A server that writes down what it takes; a context manager. `server` may be told to misbehave."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "taken"
        self.server = SmtpServer(take=self._take)
        self.count = 0

    def __enter__(self) -> Self:
        self._file = self.log.open("ab")
        self.server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.__exit__(kind, error, trace)
        self._file.close()

    @property
    def port(self) -> int:
        return self.server.port

    def _take(self, mail: Mail) -> None:
        self._file.write(json.dumps(asdict(_taken(mail))).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.count += 1

    def taken(self) -> list[Taken]:
        """In the order in which they were taken."""
        return [Taken(**json.loads(line)) for line in self.log.read_bytes().splitlines()]

    def unanswered(self) -> list[Taken]:
        """What was read to the dot and not said to be taken: who sent it cannot know."""
        return [_taken(mail) for mail in self.server.turned_away]


def _taken(mail: Mail) -> Taken:
    head = email.message_from_bytes(mail.message.partition(b"\r\n\r\n")[0], policy=email.policy.compat32)
    [to] = head.get_all("To", [""])
    content = hashlib.sha256(mail.message).hexdigest()
    return Taken(mail.session, mail.recipient, email.utils.parseaddr(to)[1], head["Message-ID"], content)


@dataclass(frozen=True, slots=True)
class Found:
    """What a log proves. `extra` maps each run to how many of its messages came again, in it or in a later one."""

    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    differing: tuple[str, ...]
    extra: dict[int, int]
    twice: tuple[str, ...]  # had two copies from one run

    @property
    def copies(self) -> int:
        """How many messages too many."""
        return sum(self.extra.values())


def judge(taken: Iterable[Taken], expected: Iterable[str], starts: list[int]) -> Found:
    """`expected` are those who are owed one message; `starts` the last session before each run of the sender."""
    by_recipient: dict[str, list[Taken]] = defaultdict(list)
    wrong = []
    for each in taken:
        by_recipient[each.recipient].append(each)
        if each.to != each.recipient:
            wrong.append(f"a message to {each.to} went to {each.recipient}")
    owed = set(expected)
    strangers = [f"{address} was owed nothing" for address in by_recipient.keys() - owed]
    differing = [
        address
        for address, copies in by_recipient.items()
        if len({(one.message_id, one.content) for one in copies}) > 1
    ]
    runs = {address: sorted(_run(one, starts) for one in copies) for address, copies in by_recipient.items()}
    return Found(
        tuple(sorted(owed - by_recipient.keys())),
        (*wrong, *strangers),
        tuple(differing),
        _extra(runs.values()),
        tuple(address for address, some in runs.items() if len(set(some)) < len(some)),
    )


def _run(taken: Taken, starts: list[int]) -> int:
    return sum(start < taken.session for start in starts) - 1


def _extra(messages: Iterable[list[int]]) -> dict[int, int]:
    """Each copy but the last is the fault of the run that sent it and did not write that down."""
    extra: dict[int, int] = defaultdict(int)
    for runs in messages:
        for run in runs[:-1]:
            extra[run] += 1
    return dict(extra)
