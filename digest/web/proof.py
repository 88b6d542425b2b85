"""Whether who has a link also knows the address that it belongs to.

In:    a visit, what was typed.
Out:   why it does not do, as a sentence.
Never: more than a few guesses: the first letter and the domain are shown.
"""

from datetime import timedelta

from digest.store.addresses import address_key
from digest.web.context import Web
from digest.web.limits import Limit
from digest.web.personal import Visit

GUESSES = 10  # an hour


class Proof:
    """One for the site. Links get forwarded, and what cannot be undone asks for more."""

    def __init__(self, web: Web) -> None:
        self._guesses = Limit(web.clock, GUESSES, timedelta(hours=1))

    def problem(self, visit: Visit, typed: str) -> str:
        """Why what was typed does not do, or `""`."""
        if self._guesses.wait(str(visit.subscriber.id)):
            return visit.speaking.gettext("These were too many tries. Please wait an hour.")
        if address_key(typed) == address_key(visit.subscriber.address):
            return ""
        return visit.speaking.gettext("This is not the address that the digest goes to.")
