"""The people and papers of the store's tests, all made up."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text

from digest.model import (
    Digest,
    Edition,
    Match,
    Paper,
    Pick,
    Ranked,
    Rising,
    Subscriber,
    Topic,
    TopicKind,
    Trend,
    TrendLabel,
)
from digest.store.deliveries import Owed
from digest.store.engine import Store

NOON = datetime(2026, 5, 28, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FOLDING = Topic(TopicKind.PHRASE, "paper folding")
RISING = (
    Rising(phrase="folded maps", papers=7, times=3.5, fields=("cs.LG", "cs.CG")),
    Rising(phrase="Möbius bands", papers=4, times=12.0),
)


def paper(number: int, **more: Any) -> Paper:
    values = {
        "id": f"arxiv:2605.{number:05}",
        "title": f"Folding paper {number} times",
        "abstract": f"We fold a sheet {number} times and count the creases.",
        "authors": ("Ada Inventada", "Bo Unreal"),
        "categories": ("cs.LG",),
        "published_at": NOON - 5 * HOUR,
        "links": {"abstract": f"https://arxiv.org/abs/2605.{number:05}"},
        "aliases": (f"work:{number:016x}",),
    }
    return Paper(**(values | more))


def reader(address: str = "Ada@Example.org", **more: Any) -> Subscriber:
    values = {"address": address, "zone": "Europe/Berlin", "at": time(7, 30), "topics": (FOLDING,)}
    return Subscriber(**(values | more))


def newcomer(address: str) -> Subscriber:
    """Of whom only the address is known."""
    return Subscriber(address=address, zone="UTC", at=time(7, 30))


def publish(store: Store, day: date = TODAY, *, papers: int = 3, first: int = 1, at: datetime = NOON) -> Edition:
    """Saves made-up papers and freezes them as the edition of the day."""
    store.papers.save([paper(first + n) for n in range(papers)], [], source="arxiv", seen_at=at - HOUR)
    known = [store.papers.get(paper(first + n).id) for n in range(papers)]
    entries = tuple(
        Ranked(paper=one, trend=trend(9.5 - rank), rank=rank, edition=day)
        for rank, one in enumerate((one for one in known if one), start=1)
    )
    edition = Edition(date=day, cutoff_at=at, entries=entries, notes=("one source was silent",), rising=RISING)
    assert store.editions.save(edition)
    return edition


def trend(score: float = 1.0) -> Trend:
    return Trend(score=score, label=TrendLabel.RISING, signal="hf_upvotes", value=48, gain=0.1 + 0.2, history=(1, 2.5))


def digest(edition: Edition, subscriber: Subscriber, picks: int = 2) -> Digest:
    match = Match(topic=FOLDING, score=1 / 3, words=("folding", "paper"), also=(Topic(TopicKind.CATEGORY, "cs.*"),))
    return Digest(
        subscriber=subscriber,
        local_date=edition.date,
        edition=edition.date,
        edition_at=edition.cutoff_at,
        picks=tuple(Pick(ranked=entry, match=match, score=0.7) for entry in edition.entries[:picks]),
        considered=len(edition.entries),
        matched=picks,
        rising=edition.rising[:1],
    )


def owed(edition: Edition, subscriber: Subscriber, picks: int = 2) -> Owed:
    return Owed(subscriber.id, edition.date, edition.cutoff_at, digest(edition, subscriber, picks), NOON + DAY)


def expire_leases(store: Store) -> None:
    """As if every sender had been gone for longer than its lease."""
    with store.database.write() as conn:
        conn.execute(text("UPDATE delivery SET lease_until = lease_until - 100000"))


def rows(store: Store, table: str) -> int:
    with store.database.read() as conn:
        return int(conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
