"""Every page there is, by name, on a site where three people have read for three days.

In:    a lab.
Out:   paths.
Never: a page that only a POST shows: the journeys come past those.
"""

from dataclasses import dataclass
from urllib.parse import quote

from digest.model import Digest, Pick, Subscriber, Verdict
from digest.tokens import Purpose
from tests.browser.lab import DAYS, Lab, with_cast

TODAY = DAYS[-1]
LONG_AGO = DAYS[0].toordinal() - 100


@dataclass(frozen=True, slots=True)
class Settled:
    """A lab with its three readers, the first of whom all personal pages are of."""

    lab: Lab
    reader: Subscriber

    @property
    def picks(self) -> tuple[Pick, ...]:
        """Of the newest digest that the reader was sent."""
        had = self.lab.app.store.deliveries.list(address=self.reader.address)
        content = self.lab.app.store.deliveries.content(max(had, key=lambda each: each.local_date).id)
        assert isinstance(content, Digest)
        return content.picks

    @property
    def paper(self) -> str:
        """The first of these, as it stands in an address."""
        return quote(self.picks[0].ranked.paper.id, safe=":/")

    def dated(self, purpose: Purpose, subscriber_id: int) -> str:
        """A letter's link, of long ago."""
        return f"/{purpose}/{self.lab.app.tokens.issue(purpose, subscriber_id, LONG_AGO)}"

    def own(self, purpose: Purpose) -> str:
        return self.lab.path(purpose, self.reader)


def settle(lab: Lab) -> Settled:
    readers = with_cast(lab)
    lab.until(TODAY)
    here = Settled(lab, lab.subscriber(readers[0].address))
    for pick, verdict in zip(here.picks, Verdict, strict=False):
        lab.app.store.feedback.put(here.reader.id, pick.ranked.paper.id, verdict, lab.clock.now())
    return here


PAGES = {
    "front": lambda here: "/",
    "mail me my link": lambda here: "/link",
    "archive": lambda here: "/archive",
    "edition": lambda here: f"/{TODAY}",
    "first edition": lambda here: f"/{DAYS[0]}",
    "paper": lambda here: f"/paper/{here.paper}",
    "search": lambda here: "/search",
    "search with results": lambda here: "/search?q=robot",
    "search without any": lambda here: "/search?q=%3Cb%3Enothing%20like%20it",
    "topics": lambda here: "/topics",
    "topic": lambda here: "/topic/language%20models",
    "topic of a category": lambda here: "/topic/cs.RO",
    "topic of an archive": lambda here: "/topic/cs.*",
    "confirmed before": lambda here: here.dated(Purpose.CONFIRM, here.reader.id),
    "confirm too late": lambda here: here.dated(Purpose.CONFIRM, 999),
    "move too late": lambda here: here.dated(Purpose.MOVE, here.reader.id),
    "preferences": lambda here: here.own(Purpose.PREFERENCES),
    "profile": lambda here: here.own(Purpose.PREFERENCES) + "/profile",
    "history": lambda here: here.own(Purpose.PREFERENCES) + "/history",
    "export": lambda here: here.own(Purpose.PREFERENCES) + "/export",
    "address": lambda here: here.own(Purpose.PREFERENCES) + "/address",
    "pause": lambda here: here.own(Purpose.PREFERENCES) + "/pause",
    "erase": lambda here: here.own(Purpose.PREFERENCES) + "/erase",
    "own digests": lambda here: here.own(Purpose.VIEW),
    "own digest": lambda here: f"{here.own(Purpose.VIEW)}/{TODAY}",
    "more like this": lambda here: f"{here.own(Purpose.FEEDBACK)}/more/{here.paper}",
    "less like this": lambda here: f"{here.own(Purpose.FEEDBACK)}/less/{here.paper}",
    "unsubscribe": lambda here: here.own(Purpose.UNSUBSCRIBE),
    "still reading": lambda here: here.own(Purpose.KEEP),
    "a broken link": lambda here: "/u/broken",
    "nothing there": lambda here: "/there/is/nothing",
}
STATUS = {"a broken link": 404, "nothing there": 404, "confirm too late": 404, "move too late": 410}  # of others 200


def spoken(path: str, code: str) -> str:
    """The same page in another language."""
    return f"{path}{'&' if '?' in path else '?'}lang={code}"
