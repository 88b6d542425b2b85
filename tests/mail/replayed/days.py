"""Real past days, lived through by the program itself: read, published, chosen, composed.

In:    a server of those days, a folder for the database.
Out:   each message that a reader was owed, with its date and its digest, in the order they were due.
Never: a message that leaves; the present time.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from digest.app import App, open_app
from digest.cli.cycle import Cycle
from digest.clock import FixedClock
from digest.config import load
from digest.model import Digest
from tests.journeys.conftest import Replay
from tests.mail.replayed.readers import DAILY, WEEKLY

_TUESDAYS = [date(2026, 3, 3) + timedelta(weeks=n) for n in range(13)]
DAYS = tuple(
    tuesday + timedelta(days=n)
    for tuesday in _TUESDAYS
    for n in range(4)
    if (tuesday, n) != (date(2026, 5, 26), 0)  # nothing was listed on the day after a feast
)
TICKS = time(8), time(14, 30)  # after the hours of those in the east, and of those in the west
CATEGORIES = "cs.LG", "cs.CL", "cs.CV", "cs.RO", "stat.ML", "math.OC", "quant-ph", "eess.SP"
CONFIG = """
[site]
name = "Morning papers"
base_url = "https://papers.example.org"
sender = "Morning papers <papers@example.org>"
reply_to = "team@example.org"
postal_address = "Example Institute, 1 Harbour Street, 12345 Sampletown"
secret = "the-secret-of-the-replay-is-no-secret-at-all"
[database]
url = "sqlite:///{folder}/digest.db"
[smtp]
security = "none"
[[sources]]
name = "arxiv"
kind = "arxiv-rss"
url = "{replay}"
categories = {categories}
[[sources]]
name = "hf"
kind = "huggingface"
url = "{replay}"
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One mail."""

    digest: Digest
    message: bytes

    @property
    def name(self) -> str:
        """`2026-03-03-ada`."""
        return f"{self.digest.local_date}-{self.digest.subscriber.address.partition('@')[0]}"


@contextmanager
def opened(folder: Path, replay: str) -> Iterator[App]:
    """The program with its readers, on the eve of the first day."""
    file, eve = folder / "config.toml", datetime.combine(DAYS[0], time(), UTC)
    file.write_text(CONFIG.format(folder=folder, replay=replay, categories=[*CATEGORIES]), encoding="utf-8")
    with open_app(load(file), FixedClock(eve)) as app:
        for reader in (*DAILY, WEEKLY):
            if not app.store.subscribers.get(reader.address):
                app.store.subscribers.add(reader, eve)
        yield app


def live(app: App, replay: Replay, days: Sequence[date] = DAYS) -> None:
    """Every step of `digest run` but the sending."""
    for day in days:
        replay.at(day.isoformat())
        cycle, published = Cycle(app), datetime.combine(day, time(app.terms.edition_hour), UTC)
        cycle.ingest(published)
        cycle.publish(published)
        for tick in TICKS:
            cycle.enqueue(datetime.combine(day, tick, UTC))


def composed(app: App) -> list[Replayed]:
    """What is owed to each, as the bytes that would be sent."""
    owed = [each for each in app.store.deliveries.list(limit=1000) if each.papers]
    digests = [app.store.deliveries.digest(each.id) for each in reversed(owed)]
    return [Replayed(digest, app.composer.compose(digest)[1]) for digest in digests]
