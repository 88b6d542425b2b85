"""One edition a day, frozen."""

from dataclasses import replace
from datetime import date, timedelta

from digest.clock import FixedClock
from digest.jobs.publish import edition_day, publish
from digest.model import SourceState
from digest.store.engine import Store
from tests.jobs.conftest import FOLDING, MORNING, list_papers, paper


def test_the_edition_of_the_day_turns_over_at_its_hour() -> None:
    assert edition_day(MORNING.replace(hour=4), 4) == date(2026, 5, 28)
    assert edition_day(MORNING.replace(hour=3, minute=59), 4) == date(2026, 5, 27)


def test_an_edition_is_made_once_and_does_not_change(store: Store) -> None:
    list_papers(store, *FOLDING, at=MORNING - timedelta(hours=1))
    first = publish(store, FixedClock(MORNING), 4, ())
    assert first.created
    list_papers(store, paper(9, "Too late for today"), at=MORNING + timedelta(hours=1))
    second = publish(store, FixedClock(MORNING + timedelta(hours=2)), 4, ())
    assert not second.created
    assert second.edition == first.edition
    tomorrow = publish(store, FixedClock(MORNING + timedelta(days=1)), 4, ())
    assert tomorrow.edition
    assert (tomorrow.edition.entries, tomorrow.created) == (1, True)
    stored = store.editions.get(tomorrow.edition.date)
    assert stored
    assert [ranked.paper.title for ranked in stored.entries] == ["Too late for today"]


def test_a_new_version_does_not_change_a_published_paper(store: Store) -> None:
    list_papers(store, FOLDING[0], at=MORNING - timedelta(hours=1))
    publish(store, FixedClock(MORNING), 4, ())
    list_papers(store, replace(FOLDING[0], version=2, title="Another title"), at=MORNING + timedelta(hours=1))
    edition = store.editions.get(MORNING.date())
    assert edition
    assert edition.entries[0].paper.title == FOLDING[0].title


def test_an_empty_day_is_published_with_its_reason(store: Store) -> None:
    report = publish(store, FixedClock(MORNING), 4, ())
    assert report.created
    assert report.notes


def read(**more: object) -> SourceState:
    hour = timedelta(hours=1)
    values = {"name": "arxiv", "fetched_at": MORNING - hour, "succeeded_at": MORNING, "next_fetch_at": MORNING + hour}
    return SourceState(**(values | more))  # type: ignore[arg-type]


def test_an_empty_edition_waits_for_what_fills_up_at_its_hour(store: Store) -> None:
    opened = MORNING.replace(hour=4)
    minute = timedelta(minutes=1)
    store.sources.put(read(fetched_at=opened - 10 * minute, next_fetch_at=opened + 50 * minute))
    assert publish(store, FixedClock(opened + minute), 4, ["arxiv"]).notes == ("it waits for arxiv",)
    list_papers(store, paper(9, "A list that came with the hour"), at=opened + 50 * minute)
    store.sources.put(read(fetched_at=opened + 50 * minute, next_fetch_at=opened + 110 * minute))
    found = publish(store, FixedClock(opened + 51 * minute), 4, ["arxiv"]).edition
    assert found
    assert found.entries == 1


def test_an_empty_edition_does_not_wait_for_what_is_read_seldom(store: Store) -> None:
    opened = MORNING.replace(hour=4)
    store.sources.put(read(fetched_at=opened - timedelta(hours=5), next_fetch_at=opened + timedelta(hours=3)))
    assert publish(store, FixedClock(opened), 4, ["arxiv"]).created


def test_an_empty_edition_waits_for_a_source_that_is_due(store: Store) -> None:
    report = publish(store, FixedClock(MORNING), 4, ["arxiv"])
    assert (report.edition, report.notes) == (None, ("it waits for arxiv",))
    store.sources.put(read(next_fetch_at=MORNING))
    assert publish(store, FixedClock(MORNING), 4, ["arxiv"]).edition is None
    store.sources.put(read())
    assert publish(store, FixedClock(MORNING), 4, ["arxiv"]).created


def test_an_empty_edition_waits_while_a_source_is_failing_but_not_for_ever(store: Store) -> None:
    store.sources.put(read(failures=2, problem="it answered 503"))
    assert publish(store, FixedClock(MORNING), 4, ["arxiv"]).edition is None
    store.sources.put(read(failures=3, problem="it answered 503"))
    report = publish(store, FixedClock(MORNING), 4, ["arxiv"])
    assert report.created
    assert "arxiv could not be read: it answered 503" in report.notes


def test_papers_are_published_though_a_source_is_failing(store: Store) -> None:
    store.sources.put(read(failures=1, problem="it answered 503"))
    list_papers(store, FOLDING[0], at=MORNING - timedelta(hours=1))
    report = publish(store, FixedClock(MORNING), 4, ["arxiv"])
    assert report.created
    assert report.notes == ("arxiv could not be read: it answered 503",)


def test_a_source_that_is_read_no_more_is_not_mentioned(store: Store) -> None:
    store.sources.put(read(failures=9, problem="it is gone"))
    list_papers(store, FOLDING[0], at=MORNING - timedelta(hours=1))
    assert publish(store, FixedClock(MORNING), 4, ["huggingface"]).notes == ()
