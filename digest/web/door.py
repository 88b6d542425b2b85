"""What stands between a public form and the store.

In:    the fields of a form, the network it comes from.
Out:   leave to ask; or why not, as a sentence or a page; whether it was a machine that filled it in.
Never: a puzzle from elsewhere, a look at whose address it is.
"""

from datetime import timedelta
from math import ceil

from fastapi import Request
from fastapi.responses import HTMLResponse

from digest.errors import InputError
from digest.inputs import address
from digest.language import Language
from digest.web.context import Web, network
from digest.web.forms import Fields
from digest.web.limits import Limit
from digest.web.stamp import Age, age, is_proof, stamp

HOUR = timedelta(hours=1)
FROM_ONE_NETWORK = 30  # an hour: a lecture room may sit behind one address
FORMS = 1200  # an hour, from one network, whatever comes of them: previews as somebody types, too
ROOM = 10  # what a site keeps waiting, in hours of letters
LONGEST = 254  # characters of an address (RFC 5321 section 4.5.3.1.3)


class Door:
    """One for the site: what comes in by one form counts for the other."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._by_network = Limit(web.clock, FROM_ONE_NETWORK, HOUR)
        self._by_anybody = Limit(web.clock, max(1, web.options.signups_per_hour) * ROOM, HOUR)
        self._forms = Limit(web.clock, FORMS, HOUR)

    def stamp(self, fields: Fields | None = None) -> str:
        """For a form that is shown: the one it came with where that is still good, so that nobody waits twice."""
        came = fields.one("stamp") if fields else ""
        keep = came and age(self._web.tokens, came, self._web.now) is not Age.OLD
        return came if keep else stamp(self._web.tokens, self._web.now)

    @staticmethod
    def is_trap(fields: Fields) -> bool:
        """Whether the field was filled in that nobody sees."""
        return bool(fields.one("note"))

    def objection(self, fields: Fields, speaking: Language) -> str:
        """Why the form has to be sent again, or `""`."""
        came = age(self._web.tokens, fields.one("stamp"), self._web.now)
        if came is Age.YOUNG:
            return speaking.gettext("That was very quick. Please press the button once more.")
        if came is Age.OLD:
            return speaking.gettext("This page was open for long. Please press the button once more.")
        bits = self._web.options.proof_of_work
        if not is_proof(fields.one("proof"), fields.one("stamp"), fields.one("address"), bits):
            return speaking.gettext(
                "Your browser did not do the sum that keeps machines out. Please switch JavaScript on, and try again."
            )
        return ""

    def full(self, request: Request, speaking: Language) -> HTMLResponse | None:
        """A short page where too much was asked for already, else None: then it counts."""
        wait = self._by_network.wait(network(request)) or self._by_anybody.wait()
        return refused(self._web, speaking, wait) if wait else None

    def shut(self, request: Request, speaking: Language) -> HTMLResponse | None:
        """A short page where this network sends so many forms that reading them would be too much, else None."""
        wait = self._forms.wait(network(request))
        return refused(self._web, speaking, wait) if wait else None


def refused(web: Web, speaking: Language, wait: timedelta) -> HTMLResponse:
    """Cheaper than the form again: whoever comes that often may be no person."""
    page = web.pages.page("too_many", speaking, 429)
    page.headers["Retry-After"] = str(ceil(wait.total_seconds()))
    return page


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
