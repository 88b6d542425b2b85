"""The pages of one reader, and a reader who has had three days of mail."""

from datetime import datetime, timedelta

from digest.clock import FixedClock
from digest.model import Cause, DeliveryState, Digest, Match, NoDigest, Pick, Reply, Stage, Subscriber
from digest.store.deliveries import Owed
from digest.store.engine import Store
from digest.tokens import Purpose
from digest.web.context import Options
from digest.web.server import create_app
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser
from tests.web.library import TODAY, YESTERDAY, paper, publish

DAY = timedelta(days=1)
TAKEN = Reply(Stage.DOT, 250, "2.0.0", "Ok: queued as 4711")


def link(subscriber: Subscriber, what: str = "", purpose: Purpose = Purpose.PREFERENCES) -> str:
    token = TOKENS.issue(purpose, subscriber.id, subscriber.token_version)
    return f"/{purpose}/{token}{what and f'/{what}'}"


def at(store: Store, moment: datetime, knocks: list[int] | None = None, **options: bool) -> Browser:
    """The pages at another moment, or of a site with other options."""
    knock = (lambda: knocks.append(1)) if knocks is not None else lambda: None
    app = create_app(store, TOKENS, TEMPLATES, SITE, FixedClock(moment), options=Options(**options), knock=knock)
    return Browser(app)


def send(store: Store, reader: Subscriber, now: datetime) -> None:
    """Yesterday two papers, which were sent; today nothing."""
    edition = publish(store, YESTERDAY, [paper(1, "A <map> of $\\alpha$"), paper(2)])
    match = Match(topic=None)
    picks = tuple(Pick(ranked=entry, match=match, score=1.0) for entry in edition.entries)
    digest = Digest(
        subscriber=reader,
        local_date=YESTERDAY,
        edition=YESTERDAY,
        edition_at=edition.cutoff_at,
        picks=picks,
        considered=2,
        matched=0,
    )
    store.deliveries.enqueue([Owed(reader.id, YESTERDAY, now - DAY, digest, now)], now - DAY)
    quiet = NoDigest("no paper of 84 matched a topic", Cause.BELOW_THRESHOLD)
    store.deliveries.enqueue([Owed(reader.id, TODAY, now, quiet, now + DAY)], now)
    [held] = store.deliveries.claim("a sender", 1, now)
    assert store.deliveries.permit(held)
    assert store.deliveries.settle(held, TAKEN, DeliveryState.SENT, now=now)
