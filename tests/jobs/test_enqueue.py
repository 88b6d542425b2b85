"""Who is due gets one row a date: a digest, or the reason why not."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import PASSED_OVER, EnqueueReport, Terms, enqueue
from digest.jobs.publish import GIVEN_UP, publish
from digest.model import Cause, DeliveryState, SourceState, Subscriber, SubscriberState
from digest.store.engine import Store
from digest.sunset import Sunset
from tests.jobs.conftest import FOLDING, MORNING, list_papers, paper, reader

TERMS = Terms(edition_hour=4, max_lateness=timedelta(hours=12))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def run(store: Store, moment: datetime) -> EnqueueReport:
    return enqueue(store, FixedClock(moment), Rules(), TERMS)


def day_of_papers(store: Store, moment: datetime = MORNING) -> None:
    list_papers(store, *FOLDING, at=moment - timedelta(hours=4))
    publish(store, FixedClock(moment), TERMS.edition_hour, ())


def test_a_digest_is_queued_once(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader(), MORNING)
    assert run(store, MORNING).queued == 1
    again = run(store, MORNING)
    assert (again.due, again.queued) == (0, 0)
    [delivery] = store.deliveries.list()
    assert (delivery.state, delivery.local_date) == (DeliveryState.QUEUED, date(2026, 5, 28))
    assert {pick.ranked.paper.title for pick in store.deliveries.digest(delivery.id).picks} == {
        each.title for each in FOLDING
    }


def test_somebody_whose_hour_is_ahead_waits_for_it(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader(at=time(18, 0)), MORNING)
    report = run(store, MORNING)
    assert (report.due, report.queued) == (0, 0)
    assert report.next_due_at == datetime(2026, 5, 28, 18, 0, tzinfo=UTC)
    assert run(store, MORNING.replace(hour=18)).queued == 1


def test_the_first_digest_is_never_too_late(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader(), MORNING)
    assert run(store, MORNING.replace(hour=23)).queued == 1


def test_a_later_digest_can_be_too_late_and_says_so(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader(), MORNING)
    run(store, MORNING)
    evening = MORNING.replace(hour=20) + DAY
    list_papers(store, paper(7, "Paper folding in the evening"), at=evening - timedelta(hours=1))
    publish(store, FixedClock(evening), TERMS.edition_hour, ())
    report = run(store, evening)
    assert (report.queued, report.missed.total()) == (0, 1)
    delivery = store.deliveries.find("ada@example.org", evening.date())
    assert delivery
    assert delivery.state is DeliveryState.MISSED
    assert delivery.reason == "it was 12 h late; 12 h is the limit"


def test_days_on_which_nothing_ran_are_written_down_and_only_today_goes_out(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader(), MORNING)
    run(store, MORNING)
    back = MORNING + 5 * DAY
    list_papers(store, paper(8, "Paper folding after the storm"), at=back - timedelta(hours=1))
    publish(store, FixedClock(back), TERMS.edition_hour, ())
    report = run(store, back)
    assert (report.queued, dict(report.missed)) == (1, {"nothing ran at that hour": 4})
    assert report.causes == {Cause.NOT_RUNNING: 4}
    dates = {delivery.local_date: delivery.state for delivery in store.deliveries.list()}
    assert dates == {
        MORNING.date(): DeliveryState.QUEUED,
        **{MORNING.date() + n * DAY: DeliveryState.MISSED for n in range(1, 5)},
        back.date(): DeliveryState.QUEUED,
    }
    [ada] = store.subscribers.list()
    assert ada.next_due_at == datetime(2026, 6, 3, 7, 30, tzinfo=UTC)


def test_days_on_which_nothing_ran_are_told_also_when_today_is_too_late(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader(), MORNING)
    run(store, MORNING)
    report = run(store, MORNING.replace(hour=22) + 3 * DAY)
    assert dict(report.missed) == {"nothing ran at that hour": 2, "it was 14 h late; 12 h is the limit": 1}
    assert [(delivery.local_date, delivery.cause) for delivery in store.deliveries.list(DeliveryState.MISSED)] == [
        (MORNING.date() + 3 * DAY, Cause.LATE),
        (MORNING.date() + 2 * DAY, Cause.NOT_RUNNING),
        (MORNING.date() + DAY, Cause.NOT_RUNNING),
    ]


def test_of_a_long_absence_a_month_is_written_down(store: Store) -> None:
    store.subscribers.add(reader(cadence="weekdays", next_due_at=MORNING), MORNING)
    publish(store, FixedClock(MORNING + 99 * DAY), TERMS.edition_hour, ())
    report = run(store, MORNING + 99 * DAY)
    assert (report.skipped.total(), dict(report.missed)) == (1, {"nothing ran at that hour": PASSED_OVER})
    missed = store.deliveries.list(DeliveryState.MISSED)
    assert missed[-1].local_date == MORNING.date()
    assert all(delivery.local_date.weekday() < 5 for delivery in missed)


def test_without_an_edition_they_wait_until_it_is_there(store: Store) -> None:
    store.subscribers.add(reader(), MORNING)
    assert run(store, MORNING).waiting == 1
    assert store.deliveries.list() == []
    day_of_papers(store)
    assert run(store, MORNING).queued == 1


@pytest.mark.parametrize(
    ("moment", "problem", "reason", "cause"),
    [
        (MORNING, "", "no paper is new, though every source was read", Cause.HOLIDAY),
        (MORNING + 2 * DAY, "", "no paper is new: it is the weekend", Cause.WEEKEND),
        (MORNING, "it answered 503", "no paper is new; arxiv could not be read: it answered 503", Cause.SOURCE_DOWN),
    ],
)
def test_an_empty_edition_sends_nothing_and_says_why(
    store: Store, moment: datetime, problem: str, reason: str, cause: Cause
) -> None:
    store.subscribers.add(reader(), MORNING)
    read = {"fetched_at": moment - HOUR, "next_fetch_at": moment + HOUR}
    store.sources.put(SourceState(name="arxiv", failures=GIVEN_UP if problem else 0, problem=problem, **read))
    publish(store, FixedClock(moment), TERMS.edition_hour, ("arxiv",))
    report = run(store, moment)
    assert (report.queued, dict(report.skipped), report.causes) == (0, {reason: 1}, {cause: 1})
    [delivery] = store.deliveries.list()
    assert (delivery.state, delivery.reason, delivery.cause) == (DeliveryState.SKIPPED, reason, cause)


def test_nothing_for_their_topics_is_a_reason(store: Store) -> None:
    list_papers(store, paper(9, "Kites over the harbour"), at=MORNING - timedelta(hours=4))
    publish(store, FixedClock(MORNING), TERMS.edition_hour, ())
    store.subscribers.add(reader(), MORNING)
    [reason] = run(store, MORNING).skipped
    assert "matched" in reason


def test_the_same_edition_is_not_cut_twice_for_one_subscriber(store: Store) -> None:
    """Somebody far east of the edition's hour is due twice before the next edition."""
    day_of_papers(store)
    store.subscribers.add(reader(zone="Asia/Tokyo"), MORNING)
    assert run(store, MORNING).queued == 1
    tomorrow_in_tokyo = datetime(2026, 5, 28, 22, 30, tzinfo=UTC)
    [reason] = run(store, tomorrow_in_tokyo).skipped
    assert "no edition newer" in reason


def test_a_paper_does_not_come_twice(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader(), MORNING)
    run(store, MORNING)
    tomorrow = MORNING + DAY
    list_papers(store, *FOLDING, paper(5, "Paper folding, the second day"), at=tomorrow - timedelta(hours=4))
    publish(store, FixedClock(tomorrow), TERMS.edition_hour, ())
    run(store, tomorrow)
    delivery = store.deliveries.find("ada@example.org", tomorrow.date())
    assert delivery
    [pick] = store.deliveries.digest(delivery.id).picks
    assert pick.ranked.paper.title == "Paper folding, the second day"


def test_a_weekly_reader_gets_the_week(store: Store) -> None:
    monday = datetime(2026, 5, 25, 9, 0, tzinfo=UTC)
    for back in (3, 2, 1, 0):
        moment = monday - back * DAY
        list_papers(store, paper(20 + back, f"Paper folding, day {back}"), at=moment - timedelta(hours=4))
        publish(store, FixedClock(moment), TERMS.edition_hour, ())
    store.subscribers.add(reader(cadence="weekly"), monday)
    store.subscribers.add(reader("bo@example.org"), monday)
    run(store, monday)
    papers = {delivery.address: delivery.papers for delivery in store.deliveries.list()}
    assert papers == {"ada@example.org": 4, "bo@example.org": 1}


@pytest.mark.parametrize(
    ("state", "more", "reason", "cause"),
    [
        (SubscriberState.PAUSED, {}, "paused", Cause.PAUSED),
        (
            SubscriberState.PAUSED,
            {"paused_until": date(2026, 5, 30)},
            "paused until 30 May 2026",
            Cause.PAUSED,
        ),
        (
            SubscriberState.PAUSED,
            {"keep_by": date(2026, 5, 20)},
            "paused: asked whether they still read this, they had not answered by 20 May 2026",
            Cause.PAUSED,
        ),
        (SubscriberState.SUPPRESSED, {}, "mail to the address was refused for good", Cause.SUPPRESSED),
    ],
)
def test_who_gets_no_mail_has_a_row_that_says_why(
    store: Store, state: SubscriberState, more: dict[str, object], reason: str, cause: Cause
) -> None:
    """Also with no edition there, and after hours in which a digest would be too late."""
    store.subscribers.add(reader(state=state, next_due_at=MORNING - 3 * DAY, **more), MORNING)
    for moment in (MORNING.replace(hour=23), MORNING + DAY - HOUR):
        report = run(store, moment)
        assert (report.queued, dict(report.skipped), report.missed.total()) == (0, {reason: 1}, 0)
    dates = [(delivery.local_date, delivery.cause) for delivery in store.deliveries.list()]
    assert dates == [(MORNING.date() + DAY, cause), (MORNING.date(), cause)]
    assert store.subscribers.next_due() is None


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED])
def test_who_never_asked_or_left_has_none(store: Store, state: SubscriberState) -> None:
    store.subscribers.add(reader(state=state, next_due_at=MORNING), MORNING)
    assert run(store, MORNING).due == 0
    assert store.deliveries.list() == []


def test_a_pause_ends_on_its_date(store: Store) -> None:
    day_of_papers(store)
    until = MORNING.date() + DAY
    store.subscribers.add(reader(state=SubscriberState.PAUSED, paused_until=until, next_due_at=MORNING), MORNING)
    assert run(store, MORNING).queued == 0
    folding(store, 40, MORNING + DAY)
    assert run(store, MORNING + DAY).queued == 1
    [ada] = store.subscribers.list()
    assert (ada.state, ada.paused_until) == (SubscriberState.ACTIVE, None)
    assert ada.next_due_at == datetime(2026, 5, 30, 7, 30, tzinfo=UTC)
    assert events(store)[-1] == ("active", "the pause is over")
    delivery = store.deliveries.find(ada.address)
    assert delivery
    assert store.deliveries.digest(delivery.id).subscriber.state is SubscriberState.ACTIVE


def test_a_pause_that_ended_while_nothing_ran_is_over(store: Store) -> None:
    until = MORNING.date() + DAY
    store.subscribers.add(reader(state=SubscriberState.PAUSED, paused_until=until, next_due_at=MORNING), MORNING)
    folding(store, 40, MORNING + 3 * DAY)
    report = run(store, MORNING + 3 * DAY)
    assert (report.queued, report.missed.total()) == (1, 0)
    [ada] = store.subscribers.list()
    assert ada.state is SubscriberState.ACTIVE


def test_one_who_leaves_while_they_are_looked_at_does_not_come_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    day_of_papers(store)
    ada = store.subscribers.add(reader(state=SubscriberState.PAUSED, paused_until=MORNING.date()), MORNING)
    due = store.subscribers.due

    def due_then_gone(*args: Any, **kwargs: Any) -> list[Subscriber]:
        found = due(*args, **kwargs)
        store.subscribers.set_state(ada.id, SubscriberState.UNSUBSCRIBED, "one click", MORNING)
        return found

    monkeypatch.setattr(store.subscribers, "due", due_then_gone)
    assert run(store, MORNING).queued == 1
    [found] = store.subscribers.list()
    assert found.state is SubscriberState.UNSUBSCRIBED
    assert events(store)[-1] == ("unsubscribed", "one click")


SUNSET = Terms(edition_hour=4, max_lateness=timedelta(hours=12), sunset=Sunset(after_days=180, grace_days=2))


def test_a_silent_one_is_asked_in_a_digest_and_then_paused(store: Store) -> None:
    store.subscribers.add(reader(), MORNING - 200 * DAY)
    store.subscribers.add(reader("bo@example.org", heard_at=MORNING - 100 * DAY), MORNING - 200 * DAY)
    asked: list[date | None] = []
    for n in range(4):
        moment = MORNING + n * DAY
        folding(store, 40 + n, moment)
        report = enqueue(store, FixedClock(moment), Rules(), SUNSET)
        assert report.queued == (2 if n < 3 else 1)
        asked += [one.keep_by for one in _recipients(store, moment.date(), "ada@example.org")]
    assert asked == [MORNING.date() + 2 * DAY] * 3
    ada, bo = store.subscribers.list()
    assert (ada.state, ada.keep_by) == (SubscriberState.PAUSED, MORNING.date() + 2 * DAY)
    assert (bo.state, bo.keep_by) == (SubscriberState.ACTIVE, None)
    reason = "paused: asked whether they still read this, they had not answered by 30 May 2026"
    assert dict(report.skipped) == {reason: 1}
    assert events(store)[-1] == ("paused", reason)


def test_nobody_is_asked_on_a_day_without_mail(store: Store) -> None:
    store.subscribers.add(reader(), MORNING - 200 * DAY)
    publish(store, FixedClock(MORNING), TERMS.edition_hour, ())
    assert enqueue(store, FixedClock(MORNING), Rules(), SUNSET).skipped.total() == 1
    [ada] = store.subscribers.list()
    assert ada.keep_by is None


def test_a_question_that_was_answered_is_no_longer_asked(store: Store) -> None:
    ada = store.subscribers.add(reader(), MORNING - 200 * DAY)
    folding(store, 40, MORNING)
    enqueue(store, FixedClock(MORNING), Rules(), SUNSET)
    store.subscribers.heard(ada.id, MORNING + HOUR)
    for n in range(1, 4):
        folding(store, 40 + n, MORNING + n * DAY)
        assert enqueue(store, FixedClock(MORNING + n * DAY), Rules(), SUNSET).queued == 1
        assert _recipients(store, MORNING.date() + n * DAY, ada.address)[0].keep_by is None


def _recipients(store: Store, day: date, address: str) -> list[Subscriber]:
    found = store.deliveries.find(address, day)
    return [store.deliveries.digest(found.id).subscriber] if found and found.papers else []


def events(store: Store) -> list[tuple[str, str]]:
    with store.database.read() as conn:
        return [(kind, reason) for kind, reason in conn.execute(text("SELECT kind, reason FROM event ORDER BY id"))]


def test_an_hour_that_was_appointed_is_kept_and_leads_back_to_their_own(store: Store) -> None:
    """48 h after their last digest, at an hour not their own: they moved from Kiritimati to Honolulu."""
    had = datetime(2026, 5, 26, 17, 30, tzinfo=UTC)  # 27 May, 07:30, in Kiritimati
    ada = store.subscribers.add(reader(zone="Pacific/Honolulu", at=time(23, 0), next_due_at=had + 2 * DAY), MORNING)
    late = had + 2 * DAY
    folding(store, 40, late)
    assert run(store, late - timedelta(seconds=1)).due == 0
    assert run(store, late).queued == 1
    [delivery] = store.deliveries.list()
    assert (delivery.local_date, delivery.due_at) == (date(2026, 5, 28), late)
    [ada] = store.subscribers.list()
    assert ada.next_due_at == datetime(2026, 5, 30, 9, 0, tzinfo=UTC)  # 29 May, 23:00, in Honolulu


def test_a_zone_this_machine_does_not_know_stops_nobody_else(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader("lost@example.org", zone="Atlantis/Centre"), MORNING)
    store.subscribers.add(reader(), MORNING)
    report = run(store, MORNING)
    assert (report.queued, report.due) == (1, 1)
    assert store.subscribers.list()[0].next_due_at == MORNING + HOUR
    assert run(store, MORNING + HOUR).due == 0


def test_one_work_under_two_names_comes_once(store: Store) -> None:
    """Both names stood in editions before they turned out to be one work."""
    monday = datetime(2026, 5, 25, 9, 0, tzinfo=UTC)
    as_preprint = paper(30, "Paper folding, preprinted")
    in_journal = paper(31, "Paper folding, in a journal", id="doi:10.9999/fold")
    for moment, one in ((monday, as_preprint), (monday + DAY, in_journal)):
        list_papers(store, one, at=moment - timedelta(hours=4))
        publish(store, FixedClock(moment), TERMS.edition_hour, ())
    list_papers(store, replace(in_journal, aliases=(as_preprint.id,)), at=monday + DAY)
    store.subscribers.add(reader(cadence="wed"), monday)
    wednesday = monday + 2 * DAY
    publish(store, FixedClock(wednesday), TERMS.edition_hour, ())
    run(store, wednesday)
    [delivery] = store.deliveries.list()
    assert delivery.papers == 1


YEARS = 3650 * DAY


def folding(store: Store, number: int, moment: datetime) -> None:
    """A paper for everybody, and the edition it stands in."""
    list_papers(store, paper(number, f"Paper folding, sheet {number}"), at=moment - timedelta(hours=1))
    publish(store, FixedClock(moment), TERMS.edition_hour, ())


def test_a_clock_that_was_years_ahead_keeps_nobody_waiting_for_years(store: Store) -> None:
    store.subscribers.add(reader(), MORNING)
    store.subscribers.add(reader("bo@example.org", cadence="thu"), MORNING)
    folding(store, 40, MORNING)
    assert run(store, MORNING).queued == 2
    folding(store, 41, MORNING + YEARS)
    run(store, MORNING + YEARS)
    folding(store, 42, MORNING + 2 * DAY)
    assert run(store, MORNING + 2 * DAY).queued == 1
    ada, bo = store.subscribers.list()
    assert ada.next_due_at == datetime(2026, 5, 31, 7, 30, tzinfo=UTC)
    assert bo.next_due_at == datetime(2026, 6, 4, 7, 30, tzinfo=UTC)
    folding(store, 43, MORNING + 7 * DAY)
    assert run(store, MORNING + 7 * DAY).queued == 2


def test_a_clock_that_comes_back_in_the_evening_makes_no_digest_late(store: Store) -> None:
    store.subscribers.add(reader(next_due_at=MORNING + YEARS), MORNING)
    folding(store, 40, MORNING)
    assert run(store, MORNING.replace(hour=23)).queued == 1


def test_what_they_were_shown_by_a_clock_that_was_ahead_is_not_shown_again(store: Store) -> None:
    store.subscribers.add(reader(), MORNING)
    folding(store, 40, MORNING)
    run(store, MORNING)
    list_papers(store, paper(41, "Paper folding, sheet 41"), at=MORNING + timedelta(hours=1))
    publish(store, FixedClock(MORNING + 10 * DAY), TERMS.edition_hour, ())
    assert run(store, MORNING + 10 * DAY).queued == 1
    folding(store, 42, MORNING + 2 * DAY)
    run(store, MORNING + 2 * DAY)
    delivery = store.deliveries.find("ada@example.org", (MORNING + 2 * DAY).date())
    assert delivery
    assert [pick.ranked.paper.id for pick in store.deliveries.digest(delivery.id).picks] == [paper(42, "").id]


def test_what_a_clock_that_was_ahead_wrote_keeps_no_digest_back(store: Store) -> None:
    """Days ahead it found nobody's hour kept and no edition; when it is right again, these dates are still to come."""
    store.subscribers.add(reader(), MORNING)
    store.subscribers.add(reader("bo@example.org", state=SubscriberState.PAUSED), MORNING)
    folding(store, 40, MORNING)
    run(store, MORNING)
    publish(store, FixedClock(MORNING + 3 * DAY), TERMS.edition_hour, ())
    assert run(store, MORNING + 3 * DAY).missed.total() == 2
    store.subscribers.schedule({one.id: MORNING + DAY for one in store.subscribers.list()})
    for n in range(1, 4):
        folding(store, 40 + n, MORNING + n * DAY)
        report = run(store, MORNING + n * DAY)
        assert report.queued == (0 if n == 3 else 1)
        assert report.skipped.total() + report.queued == 2
    days = [delivery.local_date for delivery in store.deliveries.list(address="ada@example.org")]
    assert days == sorted(set(days), reverse=True)


def test_a_clock_that_was_years_behind_brings_no_backlog(store: Store) -> None:
    store.subscribers.add(reader(), MORNING)
    folding(store, 40, MORNING)
    run(store, MORNING)
    folding(store, 41, MORNING - YEARS)
    run(store, MORNING - YEARS)
    run(store, MORNING)
    days = [delivery.local_date for delivery in store.deliveries.list(DeliveryState.QUEUED)]
    assert days == [MORNING.date(), (MORNING - YEARS).date()]
    folding(store, 42, MORNING + DAY)
    assert run(store, MORNING + DAY).queued == 1


def test_an_edition_compiled_by_a_clock_that_was_ahead_is_that_of_its_day(store: Store) -> None:
    """Else all who are due in the morning would wait for the evening's cut-off, and then be too late."""
    store.subscribers.add(reader(), MORNING)
    folding(store, 40, MORNING + timedelta(hours=14))
    assert run(store, MORNING).queued == 1


def test_it_stops_between_batches(store: Store) -> None:
    day_of_papers(store)
    store.subscribers.add(reader(), MORNING)
    report = enqueue(store, FixedClock(MORNING), Rules(), TERMS, stopping=lambda: True)
    assert report.due == 0
    assert run(store, MORNING).queued == 1
