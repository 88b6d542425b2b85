"""Every page there is, by name, on a site where three people have read for three days.

In:    a lab.
Out:   paths.
Never: a page that only a POST shows: the journeys come past those.
"""

from dataclasses import dataclass
from urllib.parse import quote

from digest.model import Subscriber
from digest.tokens import Purpose
from tests.browser.lab import DAYS, Lab, with_cast

TODAY = DAYS[-1]


@dataclass(frozen=True, slots=True)
class Settled:
    """A lab with its three readers, the first of whom all personal pages are of."""

    lab: Lab
    reader: Subscriber

    @property
    def paper(self) -> str:
        """Of the newest digest that the reader was sent, as it stands in an address."""
        had = self.lab.app.store.deliveries.list(self.reader.address)
        digest = self.lab.app.store.deliveries.digest(max(had, key=lambda each: each.local_date).id)
        return quote(digest.picks[0].ranked.paper.id, safe=":/")

    def own(self, purpose: Purpose) -> str:
        return self.lab.path(purpose, self.reader)


def settle(lab: Lab) -> Settled:
    readers = with_cast(lab)
    lab.until(TODAY)
    return Settled(lab, lab.subscriber(readers[0].address))


PAGES = {
    "unsubscribe": lambda here: here.own(Purpose.UNSUBSCRIBE),
    "still reading": lambda here: here.own(Purpose.KEEP),
    "a broken link": lambda here: "/u/broken",
    "nothing there": lambda here: "/there/is/nothing",
}
REFUSALS = ("a broken link", "nothing there")  # answered 404
