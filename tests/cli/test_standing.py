"""Pauses, fewer mails, coming back: the operator does what a subscriber asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from digest.clock import SystemClock
from digest.due import days, next_due
from digest.model import Cause, NoDigest, Subscriber, SubscriberState
from digest.store.deliveries import Owed
from digest.store.engine import Store, open_store
from digest.wishes import fewer_days
from tests.cli.conftest import Cli

ADA = "ada@example.org"
LATER = date(9999, 6, 3)


@pytest.fixture
def ada(cli: Cli) -> Cli:
    cli("subscriber", "add", ADA, "--tz", "Pacific/Kiritimati", "--at", "10:00")
    return cli


@contextmanager
def stored(cli: Cli) -> Iterator[tuple[Store, Subscriber]]:
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store:
        found = store.subscribers.get(ADA)
        assert found
        yield store, found


def subscriber(cli: Cli) -> Subscriber:
    with stored(cli) as (_, found):
        return found


# --- until a date ------------------------------------------------------------------------------------------------


def test_a_pause_has_an_end(ada: Cli) -> None:
    assert ada("subscriber", "pause", ADA, "--until", "9999-06-03").out == f"{ADA} is paused until 9999-06-03\n"
    shown = ada("subscriber", "show", ADA, "--json").json
    assert (shown["state"], shown["paused_until"]) == ("paused", "9999-06-03")
    assert "paused until 9999-06-03" in ada("subscriber", "list").out
    assert "is paused until 9999-06-03 already" in ada("subscriber", "pause", ADA, "--until", "9999-06-03").out


def test_another_end_takes_the_place_of_the_first(ada: Cli) -> None:
    ada("subscriber", "pause", ADA, "--until", "9999-06-03")
    ada("subscriber", "pause", ADA, "--until", "9999-07-04")
    assert subscriber(ada).paused_until == date(9999, 7, 4)
    assert ada("subscriber", "pause", ADA).out == f"{ADA} is paused\n"
    assert subscriber(ada).paused_until is None


def test_the_end_lies_after_today_where_they_live(ada: Cli) -> None:
    """In Kiritimati, 14 hours ahead of UTC, so that tomorrow in UTC may be today."""
    there = (SystemClock().now() + timedelta(hours=14)).date()
    assert "is not ahead" in ada.fails("subscriber", "pause", ADA, "--until", f"{there}")
    assert "is not ahead" in ada.fails("subscriber", "pause", ADA, "--until", "2026-01-01")
    assert subscriber(ada).state is SubscriberState.ACTIVE
    ada("subscriber", "pause", ADA, "--until", f"{there + timedelta(days=2)}")
    assert subscriber(ada).state is SubscriberState.PAUSED


def test_an_end_is_a_date(ada: Cli) -> None:
    assert "is no date" in ada.fails("subscriber", "pause", ADA, "--until", "soon", code=2)


def test_a_pause_takes_back_the_question_whether_they_read(ada: Cli) -> None:
    with stored(ada) as (store, found):
        store.subscribers.update(replace(found, keep_by=LATER))
    ada("subscriber", "pause", ADA)
    assert subscriber(ada).keep_by is None


def test_nobody_who_paused_is_exported(ada: Cli) -> None:
    ada("subscriber", "pause", ADA, "--until", "9999-06-03")
    done = ada("subscriber", "export")
    assert ADA not in done.out
    assert "left out 1 subscriber" in done.err


# --- back again --------------------------------------------------------------------------------------------------


def test_resuming_ends_the_pause_and_counts_as_heard(ada: Cli) -> None:
    with stored(ada) as (store, found):
        store.subscribers.update(replace(found, keep_by=LATER, paused_until=LATER))
        store.subscribers.set_state(found.id, SubscriberState.PAUSED, "for the test", SystemClock().now())
    ada("subscriber", "resume", ADA)
    back = subscriber(ada)
    assert (back.state, back.paused_until, back.keep_by) == (SubscriberState.ACTIVE, None, None)
    assert back.heard_at is not None
    assert timedelta(0) <= SystemClock().now() - back.heard_at < timedelta(minutes=5)


def test_one_who_gets_mail_keeps_their_hour_and_is_heard(ada: Cli) -> None:
    due = SystemClock().now() - timedelta(seconds=1)
    with stored(ada) as (store, found):
        store.subscribers.schedule({found.id: due})
    assert "is active already" in ada("subscriber", "resume", ADA).out
    assert subscriber(ada).next_due_at == due
    assert subscriber(ada).heard_at


@pytest.mark.parametrize("command", [["resume"], ["edit", "--at", "23:59"], ["fewer"]])
def test_a_date_that_has_its_row_gets_no_second(ada: Cli, command: list[str]) -> None:
    now = SystemClock().now()
    with stored(ada) as (store, found):
        day, _ = next_due(time(23, 59), found.zone, "daily", now)  # its row is there before its hour
        row = Owed(found.id, day, now - timedelta(minutes=1), NoDigest("paused", Cause.PAUSED), now)
        store.deliveries.enqueue([row], now)
        if command == ["resume"]:
            store.subscribers.set_state(found.id, SubscriberState.PAUSED, "for the test", now)
    ada("subscriber", *command[:1], ADA, *command[1:])
    after = subscriber(ada)
    assert after.next_due_at is not None
    assert after.next_due_at > now
    assert day < local_date(after, after.next_due_at)


def local_date(one: Subscriber, moment: datetime) -> date:
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(one.zone)).date()


# --- fewer mails -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cadence", "fewer"),
    [
        ("daily", "weekdays"),
        ("weekdays", "mon,wed,fri"),
        ("mon,tue,wed,thu,fri", "mon,wed,fri"),
        ("mon,wed,fri", "weekly"),
        ("mon,tue,wed,thu,fri,sat", "mon,wed,fri"),
        ("tue,thu,sat,sun", "tue,sat"),
        ("tue,thu", "tue"),
        ("sun,mon", "weekly"),
        ("weekly", None),
        ("sun", None),
    ],
)
def test_fewer_days_are_of_those_they_have(cadence: str, fewer: str | None) -> None:
    assert fewer_days(cadence) == fewer
    if fewer:
        assert days(fewer) < days(cadence)


def test_fewer_and_fewer_until_there_are_no_fewer(ada: Cli) -> None:
    for cadence in ("weekdays", "mon,wed,fri", "weekly"):
        assert f"changed {ADA}: {cadence} at 10:00" in ada("subscriber", "fewer", ADA).out
        assert subscriber(ada).cadence == cadence
    assert "which is the fewest already" in ada("subscriber", "fewer", ADA).out
    assert subscriber(ada).cadence == "weekly"


def test_fewer_mails_are_due_later(ada: Cli) -> None:
    with stored(ada) as (store, found):
        store.subscribers.update(replace(found, cadence="mon,wed,fri", next_due_at=SystemClock().now()))
    ada("subscriber", "fewer", ADA)
    after = subscriber(ada)
    assert after.next_due_at is not None
    assert local_date(after, after.next_due_at).weekday() == 0


def test_fewer_for_nobody(cli: Cli) -> None:
    assert "there is no subscriber" in cli.fails("subscriber", "fewer", ADA)


# --- addresses that are refused ----------------------------------------------------------------------------------


def suppress(cli: Cli, *addresses: str) -> None:
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store:
        for address in addresses:
            store.suppressions.add(address, "the mailbox does not exist", "550 5.1.1", SystemClock().now())


def test_a_suppressed_address_is_not_added_unless_it_works_again(cli: Cli) -> None:
    suppress(cli, ADA)
    said = cli.fails("subscriber", "add", "ADA@example.org")
    assert said == "digest: ADA@example.org is suppressed; say --confirmed if the address works again"
    assert cli("subscriber", "list", "--json").json == []
    cli("subscriber", "add", ADA, "--confirmed")
    with stored(cli) as (store, found):
        assert found.state is SubscriberState.ACTIVE
        assert not store.suppressions.contains(ADA)


def test_an_import_says_how_many_are_suppressed_and_lifts_nothing(cli: Cli) -> None:
    suppress(cli, ADA)
    file = cli.folder / "readers.csv"
    file.write_text("email\nADA@example.org\nbo@example.org\n")
    done = cli("subscriber", "import", str(file), "--confirmed")
    assert done.out == "2 added, 0 already there, 0 bad lines\n"
    assert done.err == "digest: 1 address is suppressed and will get no mail; digest why ADDRESS says why\n"
    with stored(cli) as (store, _):
        assert store.suppressions.contains(ADA)
