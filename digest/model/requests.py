"""What is asked for on the web, and the letters that answer it.

In:    subscribers.
Out:   frozen values.
Never: a change before the owner of the address has confirmed it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from digest.model.people import Subscriber


class LetterKind(StrEnum):
    """The fixed texts there are. The value is the delivery's kind, and names the templates below `email/`."""

    CONFIRM = "confirm"  # please confirm that you signed up
    LINK = "link"  # here is the link to your preferences
    MOVE = "move"  # please confirm that this is your new address


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody, maybe not its owner, asked for something in the name of an address.

    CONFIRM carries the `wishes` of a sign-up, of which nothing is done before its owner confirms it; MOVE the
    `subscriber_id` of whom it is to become the address. `text` is the version of the consent text that was shown,
    `network` the keyed one it came from. `mailed_at` is when its last letter was queued.
    """

    kind: LetterKind
    address: str
    asked_at: datetime
    subscriber_id: int = 0  # 0: not known yet
    wishes: Subscriber | None = None
    text: str = ""
    network: str = ""
    mailed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message with a fixed text that answers a request. Frozen when it is queued.

    `subscriber.address` is where it goes. Its link is made of the subscriber's id and `local_date`.
    """

    kind: LetterKind
    subscriber: Subscriber
    local_date: date
    at: datetime  # when it was queued; the message's Date
