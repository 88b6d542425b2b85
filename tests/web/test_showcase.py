"""What a visitor is shown of the newest edition: what the mail would hold, from a selector that is made once."""

import threading
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from digest.clock import FixedClock
from digest.editorial.selection import Rules, Selector
from digest.model import Digest, Edition, NoDigest, Ranked, Subscriber, Topic, TopicKind, Trend, TrendLabel, Verdict
from digest.store.engine import Store
from digest.web.showcase import PLACES, BusyError, Showcase
from tests.web.library import TODAY, YESTERDAY, cutoff, paper, publish
from tests.web.own import at

TREND = Trend(score=0.5, label=TrendLabel.NEW, signal="fresh")
FERNS = Topic(TopicKind.PHRASE, "fern genomes")


@pytest.fixture
def window(store: Store, now: datetime) -> Showcase:
    publish(store, YESTERDAY, [paper(1, "Fern genomes of yesterday")])
    publish(store, TODAY, [paper(2, "Maps"), paper(3, "Fern genomes fold themselves"), paper(4, "Fern genomes, again")])
    return Showcase(store, Rules(), FixedClock(now))


def reader(*topics: Topic, **more: Any) -> Subscriber:
    values: dict[str, Any] = {"address": "", "zone": "UTC", "at": time(7), "topics": topics}
    return Subscriber(**(values | more))


def titles(answer: Digest | NoDigest) -> list[str]:
    assert isinstance(answer, Digest)
    return [pick.ranked.paper.title for pick in answer.picks]


def test_a_preview_is_cut_from_the_newest_edition(window: Showcase) -> None:
    answer = window.cut(reader(FERNS))
    assert sorted(titles(answer)) == ["Fern genomes fold themselves", "Fern genomes, again"]
    assert isinstance(answer, Digest)
    assert (answer.edition, answer.local_date, answer.considered) == (TODAY, TODAY, 3)


def test_a_preview_knows_what_they_said_of_papers(store: Store, window: Showcase, now: datetime) -> None:
    ada = store.subscribers.add(reader(FERNS, address="ada@example.org"), now)
    assert store.feedback.put(ada.id, paper(4, "").id, Verdict.LESS, now)
    before, after = window.cut(reader(FERNS)), window.cut(ada)
    assert isinstance(before, Digest)
    assert isinstance(after, Digest)
    score = {pick.ranked.paper.id: pick.score for pick in before.picks}
    assert all(pick.score < score[pick.ranked.paper.id] for pick in after.picks)


def test_it_is_dated_as_the_reader_dates(window: Showcase) -> None:
    answer = window.cut(reader(FERNS, zone="Pacific/Kiritimati"))
    assert isinstance(answer, Digest)
    assert answer.local_date == date(2026, 5, 29)


def test_nothing_that_fits_says_why(window: Showcase) -> None:
    answer = window.cut(reader(Topic(TopicKind.CATEGORY, "hep-th")))
    assert isinstance(answer, NoDigest)
    assert "matched your topics" in answer.reason


def test_without_an_edition_there_is_none(store: Store, now: datetime) -> None:
    window = Showcase(store, Rules(), FixedClock(now))
    assert window.cut(reader(FERNS)) == NoDigest("no edition has been published yet")
    assert window.picks(FERNS) == []
    assert window.newest() is None


def test_an_empty_edition_leaves_the_one_before_on_show(store: Store, now: datetime) -> None:
    publish(store, YESTERDAY, [paper(1)])
    publish(store, TODAY, [])
    window = Showcase(store, Rules(), FixedClock(now))
    assert window.newest() == YESTERDAY
    assert titles(window.cut(reader())) == ["On folding a map 1 times"]


def test_an_edition_of_the_future_is_not_on_show(store: Store) -> None:
    publish(store, TODAY, [paper(1)])
    window = Showcase(store, Rules(), FixedClock(cutoff(TODAY) - timedelta(seconds=1)))
    assert window.newest() is None


def test_picks_of_a_topic_come_with_their_reasons(window: Showcase) -> None:
    picks = window.picks(FERNS)
    assert {pick.ranked.paper.id for pick in picks} == {"arxiv:2605.00003", "arxiv:2605.00004"}
    assert all(pick.match.topic == FERNS and pick.match.words for pick in picks)


def test_its_fields_are_counted_without_a_selector(window: Showcase, made: list[date]) -> None:
    assert window.fields() == {"cs.LG": 3}
    assert made == []


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The editions that a selector was made for."""
    dates: list[date] = []

    class Counting(Selector):
        def __init__(self, edition: Edition, rules: Rules) -> None:
            dates.append(edition.date)
            super().__init__(edition, rules)

    monkeypatch.setattr("digest.web.showcase.Selector", Counting)
    return dates


def test_a_selector_is_made_once_for_an_edition_however_many_ask(window: Showcase, made: list[date]) -> None:
    asking = [threading.Thread(target=window.cut, args=(reader(FERNS),)) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert made == [TODAY]


def test_a_new_edition_takes_the_place_of_the_old_one(window: Showcase, store: Store, made: list[date]) -> None:
    window.cut(reader())
    late = cutoff(TODAY) + timedelta(hours=8)
    assert store.editions.save(Edition(date=TODAY + timedelta(days=1), cutoff_at=late, entries=(), notes=()))
    window.cut(reader())
    assert made == [TODAY]  # an empty one does not
    known = store.papers.get("arxiv:2605.00002")
    assert known
    entry = Ranked(paper=known, trend=TREND, rank=1, edition=TODAY + timedelta(days=2))
    assert store.editions.save(Edition(date=entry.edition, cutoff_at=late, entries=(entry,), notes=()))
    assert titles(window.cut(reader())) == ["Maps"]
    assert made == [TODAY, entry.edition]


def test_while_a_selector_is_made_only_so_many_wait_for_it(window: Showcase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of all other pages, the way out among them, are never all here."""
    ready = threading.Event()

    class Slow(Selector):
        def __init__(self, edition: Edition, rules: Rules) -> None:
            assert ready.wait(20)
            super().__init__(edition, rules)

    monkeypatch.setattr("digest.web.showcase.Selector", Slow)
    served, turned_away = list[Digest | NoDigest](), list[int]()

    def ask() -> None:
        try:
            served.append(window.cut(reader(FERNS)))
        except BusyError:
            turned_away.append(1)
            ready.set()

    asking = [threading.Thread(target=ask) for _ in range(PLACES + 1)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert (len(served), len(turned_away)) == (PLACES, 1)
    assert titles(window.cut(reader(FERNS)))  # and then there is room again


def test_who_does_not_get_in_is_told_when_to_come_again(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.web.showcase.PLACES", 0)
    publish(store, TODAY, [paper(1)])
    browser = at(store, now)
    answers = [browser.get("/topic/cs.LG"), browser.get("/topic/cs.LG/feed.atom"), browser.post("/preview")]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "10")}
    assert {browser.get(path).status_code for path in ("/", "/archive", "/search?q=map", "/topics")} == {200}
