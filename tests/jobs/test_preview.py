"""What is shown is what would be sent, the question whether it is still read included."""

from datetime import date, timedelta

import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.preview import preview
from digest.jobs.publish import publish
from digest.mail.compose import Composer
from digest.model import NoDigest, Subscriber
from digest.store.engine import Store
from digest.sunset import Sunset
from digest.tokens import Tokens
from tests.jobs.conftest import FOLDING, MORNING, list_papers, reader
from tests.mail.digests import SITE, renderer

SUNSET = Sunset(after_days=180, grace_days=30)
COMPOSER = Composer(SITE, renderer(SITE), Tokens(b"the secret of this site"))
DAY = MORNING.date()


@pytest.fixture
def papers(store: Store) -> None:
    list_papers(store, *FOLDING, at=MORNING - timedelta(hours=4))
    publish(store, FixedClock(MORNING), 4, ())


def added(store: Store, days: int, keep_by: date | None = None) -> Subscriber:
    return store.subscribers.add(reader(keep_by=keep_by), MORNING - timedelta(days=days))


def shown(store: Store, subscriber: Subscriber) -> bytes | str:
    answer = preview(store, COMPOSER, Rules(), SUNSET, FixedClock(MORNING), subscriber)
    return answer.reason if isinstance(answer, NoDigest) else answer[2]


@pytest.mark.parametrize(("days", "asks"), [(179, False), (181, True)])
def test_the_message_is_the_one_that_is_queued_after_it(store: Store, papers: None, days: int, asks: bool) -> None:
    ada = added(store, days)
    before = shown(store, ada)
    enqueue(store, FixedClock(MORNING), Rules(), Terms(4, timedelta(hours=12), SUNSET))
    [row] = store.deliveries.list()
    _, message = COMPOSER.compose(store.deliveries.digest(row.id))
    assert before == message == shown(store, ada)
    assert (b"Still reading?" in message) is asks


def test_a_pause_that_would_begin_is_told(store: Store, papers: None) -> None:
    said = shown(store, added(store, 300, DAY - timedelta(days=1)))
    assert said == "paused: asked whether they still read this, they had not answered by 27 May 2026"


def test_looking_asks_nobody(store: Store, papers: None) -> None:
    ada = added(store, 300)
    shown(store, ada)
    assert store.subscribers.by_id(ada.id) == ada
