"""What tests of sending share: a run that sends what is queued to a real server."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import text

from digest.clock import FixedClock
from digest.jobs.deliver import DeliverReport, Policy, deliver
from digest.jobs.pace import Pace
from digest.mail.compose import Composer
from digest.mail.render import Renderer
from digest.mail.transport import SmtpTransport
from digest.model import Delivery, Digest, Envelope, Site
from digest.resources import templates_dir
from digest.store.engine import Store
from digest.templating import Templates
from digest.tokens import Tokens
from tests.jobs.conftest import MORNING
from tests.smtp import SmtpServer

SITE = Site(
    name="Morning papers",
    base_url="https://papers.example.org",
    sender_name="Morning papers",
    sender_address="papers@example.org",
)
HOUR = timedelta(hours=1)


COMPOSER = Composer(SITE, Renderer(SITE, Templates(templates_dir())), Tokens(b"thirty-two characters of secret!"))


async def compose(digest: Digest) -> tuple[Envelope, bytes]:
    return COMPOSER.compose(digest)


async def send(
    store: Store,
    server: SmtpServer,
    *,
    after: timedelta = timedelta(),
    on_uncertain: str = "resend",
    pace: Pace | None = None,
    stopping: Callable[[], bool] = lambda: False,
    ending: Callable[[], bool] | None = None,
) -> DeliverReport:
    policy = Policy(connections=2, on_uncertain=on_uncertain)
    clock, pace = FixedClock(MORNING + after), pace or Pace(connections=2)
    async with SmtpTransport(server.host, server.port, "none", connections=2) as transport:
        with store.seat() as seat:
            stop = {"stopping": stopping, "ending": ending}
            return await deliver(store, compose, transport, clock, policy, pace, seat, **stop)


def of(store: Store, name: str) -> Delivery:
    delivery = store.deliveries.find(f"{name}@example.org")
    assert delivery
    return delivery


def write(store: Store, statement: str) -> None:
    """What only a fault could do to the rows."""
    with store.database.write() as conn:
        conn.execute(text(statement))
