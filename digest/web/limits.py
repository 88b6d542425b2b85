"""How often something may be asked for.

In:    a key, such as the network a request comes from; a clock.
Out:   leave, or how long to wait for it.
Never: more keys in memory than it was made for; a key on disk or in a log.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.clock import Clock

NO_WAIT = timedelta(0)
ANYBODY = ""  # the one key of a limit for all together


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime


class Limit:
    """A token bucket for each key: `most` at once, and again as many in each `per`.

    The keys that were seen longest ago are forgotten first, and start full again.
    """

    def __init__(self, clock: Clock, most: int, per: timedelta, keys: int = 20_000) -> None:
        self._clock, self._most, self._keys = clock, most, keys
        self._each = per / most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._turn = threading.Lock()

    def wait(self, key: str = ANYBODY) -> timedelta:
        """Takes one, and is NO_WAIT; or takes none, and is how long it is until there is one."""
        now = self._clock.now()
        with self._turn:
            bucket = self._filled(key, now)
            if bucket.left < 1:
                return self._each * (1 - bucket.left)
            bucket.left -= 1
        return NO_WAIT

    def __len__(self) -> int:
        return len(self._buckets)

    def _filled(self, key: str, now: datetime) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(self._most, now))
        self._buckets.move_to_end(key)
        passed = max(now - bucket.at, NO_WAIT)  # a clock that was set back gives nothing, and takes nothing
        bucket.left, bucket.at = min(self._most, bucket.left + passed / self._each), now
        while len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return bucket
