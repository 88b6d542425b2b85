"""What is older than it is to be kept goes, and only that, whatever the clock says."""

from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.prune import PruneReport, Retention, prunable, prune
from digest.jobs.publish import publish
from digest.model import Signal, SignalKind, SubscriberState
from digest.store.engine import Store
from tests.jobs.conftest import FOLDING, MORNING, list_papers, reader

DAY = timedelta(days=1)
YEARS = 3650 * DAY
RETENTION = Retention(deliveries_days=8, signals_days=5, events_days=6, unconfirmed_days=3)
TERMS = Terms(4, timedelta(hours=12))


def day(number: int) -> datetime:
    return MORNING + number * DAY


def live(store: Store, at: datetime) -> None:
    """What the daemon does at that moment, but for sending."""
    publish(store, FixedClock(at), TERMS.edition_hour, ())
    enqueue(store, FixedClock(at), Rules(min_score=0), TERMS)
    prune(store, FixedClock(at), RETENTION)


def dates(store: Store) -> list[int]:
    """The days that the ledger has rows of, oldest first, as numbers."""
    return [(row.day - MORNING.date()).days for row in store.statistics.days(MORNING.date())]


@pytest.fixture
def long_lived(store: Store) -> Store:
    """Twelve days of one reader; a new paper on three days in the middle."""
    store.subscribers.add(reader(), day(0))
    for number in range(12):
        if 7 <= number < 7 + len(FOLDING):
            list_papers(store, FOLDING[number - 7], at=day(number))
        publish(store, FixedClock(day(number)), TERMS.edition_hour, ())
        enqueue(store, FixedClock(day(number)), Rules(min_score=0), TERMS)
    with store.database.write() as conn:  # none of them is waiting
        conn.exec_driver_sql("UPDATE delivery SET state = 'sent' WHERE state = 'queued'")
    return store


def test_the_ledger_of_the_last_days_stays(long_lived: Store) -> None:
    with capture_logs() as logs:
        report = prune(long_lived, FixedClock(day(11)), RETENTION)
    assert dates(long_lived) == list(range(3, 12))
    assert (report.deliveries, report.events) == (3, 1)
    assert [line["event"] for line in logs] == ["pruned"]
    assert logs[0]["deliveries"] == 3


def test_nothing_is_said_when_nothing_went(long_lived: Store) -> None:
    prune(long_lived, FixedClock(day(11)), RETENTION)
    with capture_logs() as logs:
        assert prune(long_lived, FixedClock(day(11)), RETENTION) == PruneReport()
    assert logs == []


def test_what_would_go_is_counted_and_stays(long_lived: Store) -> None:
    assert prunable(long_lived, FixedClock(day(11)), RETENTION) == PruneReport(deliveries=3, events=1)
    assert dates(long_lived) == list(range(12))


@pytest.mark.parametrize("wrong", [YEARS, -YEARS])
def test_a_clock_that_is_wrong_by_years_eats_nothing_that_is_young(long_lived: Store, wrong: timedelta) -> None:
    for hour in range(30):
        prune(long_lived, FixedClock(day(11) + wrong + hour * timedelta(hours=1)), RETENTION)
    assert dates(long_lived)[-8:] == list(range(4, 12))


def test_the_daemon_lives_through_a_wrong_clock_and_remembers_what_was_sent(long_lived: Store) -> None:
    [ada] = long_lived.subscribers.list()
    sent = long_lived.deliveries.seen([ada.id])[ada.id]
    assert sent == {paper.id for paper in FOLDING}
    for at in (day(12), day(12) + YEARS, day(13), day(14) - YEARS, day(14)):
        live(long_lived, at)
    assert set(range(7, 15)) <= set(dates(long_lived))
    assert long_lived.deliveries.seen([ada.id])[ada.id] == sent


def test_a_young_store_forgets_nothing(store: Store) -> None:
    """Fewer editions than days: no clock is believed."""
    store.subscribers.add(reader(), day(0))
    for number in range(6):
        live(store, day(number))
    live(store, day(5) + YEARS)
    assert dates(store)[:6] == list(range(6))
    assert prunable(store, FixedClock(day(6) + YEARS), RETENTION).deliveries == 0


def test_signals_and_who_never_confirmed_go_at_their_own_time(long_lived: Store) -> None:
    paper = FOLDING[0].id
    votes = [Signal(paper, SignalKind.HF_UPVOTES, 1, day(number)) for number in (2, 4, 8)]
    long_lived.papers.save((), votes, source="hf", seen_at=day(8))
    for number in (3, 6, 9):
        pending = reader(f"pending{number}@example.org", state=SubscriberState.PENDING)
        long_lived.subscribers.add(pending, day(number))
    report = prune(long_lived, FixedClock(day(11)), RETENTION)
    assert (report.signals, report.unconfirmed) == (2, 2)
    assert [one.address for one in long_lived.subscribers.list()] == ["ada@example.org", "pending9@example.org"]


def test_it_goes_on_where_it_was_stopped(long_lived: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.jobs.prune.BATCH", 1)
    asked = iter([False, False, True, True, True, True, True])
    moves: list[tuple[int, int]] = []
    first = prune(
        long_lived, FixedClock(day(11)), RETENTION, progress=lambda *n: moves.append(n), stopping=lambda: next(asked)
    )
    assert (first.deliveries, first.total) == (2, 2)
    assert moves == [(1, 4), (2, 4)]
    assert prune(long_lived, FixedClock(day(11)), RETENTION).deliveries == 1
