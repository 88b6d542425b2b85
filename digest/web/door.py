"""What stands between a public form and the store.

In:    the fields of a form, the network it comes from.
Out:   leave to ask; or why not, as a sentence for whoever sent it; whether it was a machine that filled it in.
Never: a puzzle from elsewhere, a look at whose address it is.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from fastapi import Request
from fastapi.responses import HTMLResponse

from digest.errors import InputError
from digest.inputs import address
from digest.language import Language
from digest.web.context import Web, network
from digest.web.forms import Fields
from digest.web.limits import NO_WAIT, Limit
from digest.web.stamp import Age, age, is_proof, stamp

HOUR = timedelta(hours=1)
FROM_ONE_NETWORK = 30  # an hour: a lecture room may sit behind one address
PREVIEWS = 240  # an hour: one at each pause of somebody who types
ROOM = 10  # what a site keeps waiting, in hours of letters
LONGEST = 254  # characters of an address (RFC 5321 section 4.5.3.1.3)


@dataclass(frozen=True, slots=True)
class Refusal:
    """`wait`: after how long it may be let in as it is; zero where that would not help."""

    reason: str
    status: int
    wait: timedelta = NO_WAIT

    def on(self, page: HTMLResponse) -> HTMLResponse:
        if self.wait:
            page.headers["Retry-After"] = str(ceil(self.wait.total_seconds()))
        return page


class Door:
    """One for the site: what comes in by one form counts for the other."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._by_network = Limit(web.clock, FROM_ONE_NETWORK, HOUR)
        self._by_anybody = Limit(web.clock, max(1, web.options.signups_per_hour) * ROOM, HOUR)
        self._looks = Limit(web.clock, PREVIEWS, HOUR)

    def stamp(self, fields: Fields | None = None) -> str:
        """For a form that is shown: the one it came with where that is still good, so that nobody waits twice."""
        came = fields.one("stamp") if fields else ""
        keep = came and age(self._web.tokens, came, self._web.now) is not Age.OLD
        return came if keep else stamp(self._web.tokens, self._web.now)

    @staticmethod
    def is_trap(fields: Fields) -> bool:
        """Whether the field was filled in that nobody sees."""
        return bool(fields.one("note"))

    def refusal(self, request: Request, fields: Fields, speaking: Language) -> Refusal | None:
        """Why what was typed cannot be asked for now, or None: then it counts."""
        came = age(self._web.tokens, fields.one("stamp"), self._web.now)
        if came is Age.YOUNG:
            return Refusal(speaking.gettext("That was very quick. Please press the button once more."), 422)
        if came is Age.OLD:
            return Refusal(speaking.gettext("This page was open for long. Please press the button once more."), 422)
        bits = self._web.options.proof_of_work
        if not is_proof(fields.one("proof"), fields.one("stamp"), fields.one("address"), bits):
            return Refusal(
                speaking.gettext(
                    "Your browser did not do the sum that keeps machines out."
                    " Please switch JavaScript on, and try again."
                ),
                422,
            )
        wait = self._by_network.wait(network(request)) or self._by_anybody.wait()
        if wait:
            return Refusal(
                speaking.gettext("Too many people ask for this at the moment. Please try again later."), 429, wait
            )
        return None

    def too_many_looks(self, request: Request) -> timedelta:
        """How long this network has to wait for its next preview."""
        return self._looks.wait(network(request))


def keyed_network(web: Web, request: Request) -> str:
    """The network a request comes from: equal ones can be told, none can be read."""
    return web.tokens.digest_of("network", network(request))


def read_address(fields: Fields, speaking: Language) -> tuple[str, str]:
    """The address in its usual spelling, and `""`; or `""` and what is wrong."""
    typed = fields.one("address")
    if not typed:
        return "", speaking.gettext("Where should the mail go? Please write your address.")
    try:
        if len(typed) > LONGEST:
            raise InputError("the address is too long")
        return address(typed), ""
    except InputError:
        return "", speaking.gettext("No mail server would take this address. Please look at it again.")
