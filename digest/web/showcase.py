"""What the newest edition has to offer: the preview of a subscription, and what fits a topic.

In:    the store, the rules of selection, a clock.
Out:   digests and picks with their reasons, as the mail would have them; a selector is made once for an edition.
Never: writes, mail; more than one edition in memory; the threads of all other pages waiting here.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from zoneinfo import ZoneInfo

from digest.clock import Clock
from digest.editorial.selection import Rules, Selector, Wanted
from digest.editorial.taste import LASTING
from digest.model import Digest, NoDigest, Pick, Subscriber, Topic
from digest.store.engine import Store

MOST = 60  # papers of a topic
PLACES = 12  # for those who wait while a selector is made: the pages have 40 threads for everything


class BusyError(Exception):
    """So many wait that whoever comes now had better come again."""


class Showcase:
    """Cuts the newest edition that has papers: on a Sunday a visitor is shown what came on Friday."""

    def __init__(self, store: Store, rules: Rules, clock: Clock) -> None:
        self._store, self._rules, self._clock = store, rules, clock
        self._turn = threading.Lock()  # a selector of 2,000 papers takes seconds to make, and remembers what it reads
        self._places = threading.BoundedSemaphore(PLACES)
        self._selector: Selector | None = None
        self._day: date | None = None
        self._counting = threading.Lock()
        self._counted: tuple[date | None, Counter[str]] = None, Counter()

    def newest(self) -> date | None:
        """The date of the edition that is shown."""
        return self._store.editions.newest_date(self._clock.now(), filled=True)

    def fields(self) -> Counter[str]:
        """The categories of its papers, and how many of them each has."""
        with self._counting:  # whoever asks for these does not wait for a selector
            if (day := self.newest()) != self._counted[0]:
                edition = self._store.editions.get(day) if day else None
                entries = edition.entries if edition else ()
                self._counted = day, Counter(name for one in entries for name in set(one.paper.categories))
            return self._counted[1]

    def cut(self, subscriber: Subscriber) -> Digest | NoDigest:
        """What they would be sent of it, with the taste we know of, had they been sent nothing before."""
        now = self._clock.now()
        said = self._store.feedback.of([subscriber.id], now - LASTING).get(subscriber.id, ()) if subscriber.id else ()
        wanted = Wanted(subscriber, now.astimezone(ZoneInfo(subscriber.zone)).date(), frozenset(), said)
        with self._admitted():
            selector = self._current()
            if selector is None:
                return NoDigest("no edition has been published yet")
            return selector.select([wanted])[0]

    def picks(self, topic: Topic) -> list[Pick]:
        """What of it fits the topic, the best first; at most MOST. Raises BusyError."""
        digest = self.cut(Subscriber(address="", zone="UTC", at=time(), topics=(topic,), papers=MOST))
        return list(digest.picks) if isinstance(digest, Digest) else []

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        """One after the other, and only so many at the door."""
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            with self._turn:
                yield
        finally:
            self._places.release()

    def _current(self) -> Selector | None:
        day = self.newest()
        if day != self._day or self._selector is None:
            self._selector = self._day = None  # the old one goes before there is a new one
            edition = self._store.editions.get(day) if day else None
            self._selector = Selector(edition, self._rules) if edition else None
            self._day = day
        return self._selector
