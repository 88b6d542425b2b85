"""What became of the last days is a table that fits a screen, and JSON with the same numbers."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.clock import SystemClock
from digest.model import Cause, DayCount, DeliveryState, NoDigest, Subscriber, SubscriberState
from digest.store.deliveries import Missed, Owed
from digest.store.engine import Store, open_store
from tests.cli.conftest import Cli
from tests.store.cast import reader

DAY = timedelta(days=1)
NOW = SystemClock().now()
TODAY = NOW.date()


@pytest.fixture
def store(cli: Cli) -> Store:
    return open_store(f"sqlite:///{cli.folder / 'digest.db'}")


def people(store: Store, count: int) -> list[Subscriber]:
    return [store.subscribers.add(reader(f"reader{n}@example.org"), NOW) for n in range(count)]


def decide(store: Store, readers: list[Subscriber], day: date, result: NoDigest | Missed) -> None:
    at = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    store.deliveries.enqueue([Owed(one.id, day, at, result, at + DAY) for one in readers], at)


def test_a_young_installation_has_nothing_to_show(cli: Cli) -> None:
    told = cli("stats").out
    assert f"nobody was due since {TODAY - 6 * DAY}" in told
    assert re.search(r"subscribers +none", told)
    assert cli("stats", "--json").json == {
        "since": (TODAY - 6 * DAY).isoformat(),
        "days": [],
        "total": {
            "sent": 0, "skipped": {}, "missed": {}, "failed": 0, "poisoned": 0, "uncertain": 0, "suppressed": 0,
            "waiting": 0,
        },
        "subscribers": {"pending": 0, "active": 0, "paused": 0, "unsubscribed": 0, "suppressed": 0},
        "sources": [{"name": "invented", "succeeded_at": None, "papers": 0, "problem": ""}],
    }  # fmt: skip


def test_each_day_has_its_numbers_and_reasons(cli: Cli, store: Store) -> None:
    readers = people(store, 5)
    store.subscribers.set_state(readers[4].id, SubscriberState.PAUSED, "holidays", NOW)
    decide(store, readers[:3], TODAY - 2 * DAY, NoDigest("no paper of 84 matched a topic", Cause.BELOW_THRESHOLD))
    decide(store, readers[3:4], TODAY - 2 * DAY, Missed("nothing ran at that hour", Cause.NOT_RUNNING))
    decide(store, readers[4:], TODAY - 2 * DAY, NoDigest("paused", Cause.PAUSED))
    decide(store, readers[:2], TODAY, NoDigest("it is Sunday", Cause.WEEKEND))
    decide(store, readers[:2], TODAY - 9 * DAY, NoDigest("it is Sunday", Cause.WEEKEND))
    lines = cli("stats").out.splitlines()
    assert lines[0].split() == ["date", "sent", "skipped", "missed", "why", "not"]
    [two_ago] = [line.split() for line in lines if line.startswith(str(TODAY - 2 * DAY))]
    assert two_ago[2:5] == ["0", "4", "1"]
    assert " ".join(two_ago[5:]) == "3 below threshold, 1 paused, 1 not running"
    [yesterday] = [line.split() for line in lines if line.startswith(str(TODAY - DAY))]
    assert yesterday[2:] == ["0"] * 3
    [total] = [line.split() for line in lines if line.startswith("all")]
    assert total[1:] == ["0", "6", "1"]
    assert re.search(r"subscribers +4 active, 1 paused", "\n".join(lines))

    found = cli("stats", "--json").json
    assert [each["date"] for each in found["days"]] == [(TODAY - n * DAY).isoformat() for n in (2, 1, 0)]
    assert found["days"][0]["skipped"] == {"below-threshold": 3, "paused": 1}
    assert found["days"][0]["missed"] == {"not-running": 1}
    assert found["total"]["skipped"] == {"below-threshold": 3, "paused": 1, "weekend": 2}
    assert len(cli("stats", "--since", "30d", "--json").json["days"]) == 10
    assert len(cli("stats", "--since", str(TODAY), "--json").json["days"]) == 1


def test_no_address_is_shown(cli: Cli, store: Store) -> None:
    decide(store, people(store, 2), TODAY, NoDigest("it is Sunday", Cause.WEEKEND))
    assert "@" not in cli("stats").out + cli("stats", "--json").out


@pytest.mark.parametrize("wrong", ["soon", "0d", "-3d", "7", "99999d", "2026-13-01"])
def test_what_is_no_time_span_is_refused_in_one_line(cli: Cli, wrong: str) -> None:
    assert "write it as 7d or 2026-05-27" in cli.fails("stats", f"--since={wrong}", code=2)


def test_ends_that_share_a_column_are_named_beside_it() -> None:
    from digest.cli.stats import _numbers, _why
    from digest.tally import tally

    ends = {
        DeliveryState.SENT: 1200, DeliveryState.FAILED: 1, DeliveryState.POISONED: 2, DeliveryState.UNCERTAIN: 3,
        DeliveryState.SUPPRESSED: 4, DeliveryState.DEFERRED: 5, DeliveryState.QUEUED: 6,
    }  # fmt: skip
    counts = tally(DayCount(TODAY, state, Cause.NONE, count) for state, count in ends.items())
    assert _numbers(counts) == (1200, 4, 0, 6, 11)
    assert _why(counts) == "3 uncertain, 2 not composed, 4 withdrawn"
