"""What every page is made with, and who is asking.

In:    the parts of the application; a request.
Out:   a subscriber by their link, the language of an answer, the network a request comes from.
Never: a cookie, a change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from fastapi import Request

from digest.clock import Clock
from digest.editorial.selection import Rules
from digest.language import Language, best, language
from digest.model import Site, Subscriber, SubscriberState
from digest.store.engine import Store
from digest.tokens import Purpose, Tokens
from digest.web.pages import Pages
from digest.web.showcase import Showcase
from digest.wishes import Usual

GONE = frozenset({SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED})
LONGEST_HOST = 45  # characters of an IPv6 address, which is the longest
IPV6_NETWORK = 64  # bits: what one connection is given


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator lets the pages do; see `[web]` of the configuration."""

    trusted_proxies: tuple[str, ...] = ()
    signup: bool = True
    signups_per_hour: int = 200
    proof_of_work: int = 0
    api_token: str = ""


@dataclass(frozen=True, slots=True)
class Web:
    """`knock()` tells the scheduler of this process, if it has one, that something waits for it."""

    store: Store
    tokens: Tokens
    clock: Clock
    site: Site
    pages: Pages
    showcase: Showcase
    rules: Rules = field(default_factory=Rules)
    usual: Usual = field(default_factory=Usual)
    options: Options = field(default_factory=Options)
    knock: Callable[[], None] = lambda: None
    sources: tuple[str, ...] = ()  # the names of what is read

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def bearer(self, token: str, purpose: Purpose) -> Subscriber | None:
        """Whom a link was made for, unless it was revoked since."""
        claim = self.tokens.read(token, purpose)
        subscriber = self.store.subscribers.by_id(claim[0]) if claim else None
        return subscriber if subscriber and claim and subscriber.token_version == claim[1] else None

    def link(self, purpose: Purpose, subscriber: Subscriber) -> str:
        """The path of their page for that purpose: `/p/TOKEN`."""
        return f"/{purpose}/{self.tokens.issue(purpose, subscriber.id, subscriber.token_version)}"

    def speaking(self, request: Request, subscriber: Subscriber | None = None) -> Language:
        """Their own language; what `?lang=` asks for; what the browser does; the site's."""
        if subscriber and subscriber.language:
            return language(subscriber.language)
        asked = request.query_params.get("lang", "")[:20]
        otherwise = subscriber is not None or not (accepted := request.headers.get("accept-language", ""))
        preferred = self.site.locale if otherwise else best(accepted, self.site.locale)
        return language(best(asked, preferred) if asked else preferred)


def network(request: Request) -> str:
    """The address a request comes from; of IPv6 the network that one connection is given."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:LONGEST_HOST]  # of a proxy that hands on what it was sent
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or f"{IPv6Address(int(address) >> IPV6_NETWORK << IPV6_NETWORK)}/{IPV6_NETWORK}")
    return host


def masked(address: str) -> str:
    """Enough of an address for its owner to know it: `a•••@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
