"""What the operator sees at a glance, and what a script learns from the exit code."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import insert, update

from digest.app import open_app
from digest.cli.overview import DAYS, Overview, look
from digest.cli.status import bars, screen
from digest.clock import SystemClock
from digest.config import load
from digest.jobs.problems import Facts
from digest.model import (
    Cause,
    DayCount,
    DeliveryState,
    Heartbeat,
    Pause,
    Queue,
    SourceState,
    Subscriber,
    SubscriberState,
)
from digest.store.editions import EditionSummary
from digest.store.engine import Store, open_store
from digest.store.tables import DeliveryRow
from tests.cli.conftest import Cli

NOW = datetime(2026, 5, 27, 12, 0, tzinfo=UTC)
TODAY, SECOND, HOUR, DAY = NOW.date(), timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
READ = SourceState(name="arxiv", succeeded_at=NOW - HOUR, papers=180)
FACTS = Facts(now=NOW, day=TODAY - 2 * DAY, sources=((READ, HOUR),))
BEAT = Heartbeat(at=NOW - 4 * SECOND, started_at=NOW - 3 * DAY, ticks={"enqueue": NOW - 12 * SECOND}, lag=0.004)
WELL = Overview(
    site="Morning papers",
    database="sqlite:////var/lib/digest/digest.db",
    home="",
    beat=BEAT,
    queue=Queue(0, None),
    counts=(
        DayCount(TODAY - DAY, DeliveryState.SENT, Cause.NONE, 80),
        DayCount(TODAY - DAY, DeliveryState.FAILED, Cause.NONE, 7),
        DayCount(TODAY, DeliveryState.SENT, Cause.NONE, 1200),
        DayCount(TODAY, DeliveryState.QUEUED, Cause.NONE, 2),
        DayCount(TODAY, DeliveryState.SKIPPED, Cause.PAUSED, 3),
        DayCount(TODAY, DeliveryState.SKIPPED, Cause.BELOW_THRESHOLD, 9),
    ),
    subscribers={SubscriberState.ACTIVE: 1300, SubscriberState.PAUSED: 3},
    next_due_at=NOW + 3 * HOUR,
    edition=EditionSummary(date=TODAY, cutoff_at=NOW - 8 * HOUR, entries=84, notes=()),
    facts=FACTS,
)


def shown(found: Overview, width: int = 80) -> str:
    console = Console(width=width, file=StringIO())
    console.print(screen(found))
    return console.file.getvalue()  # type: ignore[attr-defined]


# --- what is wrong ---------------------------------------------------------------------------------------------------


def test_all_is_well() -> None:
    assert WELL.problems == []
    assert "all is well" in shown(WELL)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"beat": None}, "no scheduler has run yet"),
        ({"queue": Queue(2, NOW - 2 * HOUR)}, "a message has been due since 2026-05-27 10:00 UTC"),
        ({"home": "this database was copied"}, "this database was copied"),
        (
            {"beat": replace(BEAT, sending="the server cannot be reached")},
            "sending stopped: the server cannot be reached",
        ),
        (
            {"facts": replace(FACTS, pause=Pause(NOW + HOUR, "too much"))},
            "sending is paused until 27 May 2026, 13:00 UTC: too much",
        ),
        (
            {"facts": replace(FACTS, ended={DeliveryState.UNCERTAIN: 2})},
            "2 digests may or may not have arrived; see: digest delivery list --state uncertain",
        ),
    ],
)
def test_what_is_wrong_is_said_first(changed: dict[str, object], problem: str) -> None:
    found = replace(WELL, **changed)  # type: ignore[arg-type]
    assert found.problems == [problem]
    assert "all is well" not in shown(found)
    assert shown(found).splitlines()[1].startswith("wrong ")


def test_a_queue_that_does_not_drain_is_said_once() -> None:
    stuck = replace(FACTS, overdue={DeliveryState.QUEUED: 7}, oldest=NOW - 3 * HOUR)
    found = replace(WELL, queue=Queue(7, NOW - 3 * HOUR), facts=stuck)
    assert found.health.status == "behind"
    [problem] = found.problems
    assert problem.startswith("7 digests should have left more than 2 hours ago")


# --- the screen ------------------------------------------------------------------------------------------------------


def test_the_screen() -> None:
    lines = dict(line.split("  ", 1) for line in shown(WELL).splitlines())
    told = {name.strip(): text.strip() for name, text in lines.items()}
    assert told["scheduler"] == "started 3 days ago, last seen 4 s ago, 0.00 s late"
    assert told["ticks"] == "enqueue 12 s ago"
    assert told["queue"] == "empty"
    assert told["today"] == "1,200 sent · 2 waiting · 12 skipped"
    assert told["no mail"] == "9 below threshold · 3 paused"
    assert told["sent"] == "▁▁▁▁▁▁▁▁▁▁▁▁▁█  up to 1,200 a day in 14 days"
    assert told["subscribers"] == "1,300 active · 3 paused"
    assert told["next due"] == "2026-05-27 15:00 UTC, in 3 h"
    assert told["edition"] == "2026-05-27, 84 papers"
    assert told["sources"] == "arxiv: read 60 min ago, 180 papers"


def test_a_first_day_has_a_screen_too() -> None:
    fresh = replace(
        WELL,
        beat=None,
        counts=(),
        subscribers={},
        next_due_at=None,
        edition=None,
        facts=replace(FACTS, sources=((SourceState(name="arxiv"), HOUR),)),
    )
    text = shown(fresh)
    for word in ("has not run yet", "0 sent", "nobody", "none yet", "arxiv: never read"):
        assert word in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_wider_than_the_terminal_or_lost(width: int) -> None:
    long = replace(READ, failures=4, problem="the service " + "answered 503 and " * 12 + "left")
    text = shown(replace(WELL, facts=replace(FACTS, sources=((long, HOUR),))), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("503") == 12
    assert "4 in a row" in " ".join(text.split())


def test_a_moment_that_is_yet_to_come_after_the_clock_was_put_back() -> None:
    assert WELL.beat
    found = replace(WELL, beat=replace(WELL.beat, at=NOW + 10 * SECOND))
    assert "last seen just now" in shown(found)


def test_a_server_s_words_do_nothing_to_the_terminal() -> None:
    gone = replace(READ, problem="\x1b[2J gone")
    assert "\x1b" not in shown(replace(WELL, facts=replace(FACTS, sources=((gone, HOUR),))))


@pytest.mark.parametrize(
    ("counts", "shape"), [([0, 0], "▁▁"), ([5, 5], "██"), ([0, 7, 14], "▁▅█"), ([0, 1, 100], "▁▁█")]
)
def test_bars_stand_on_zero(counts: list[int], shape: str) -> None:
    assert bars(counts) == shape


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def store(cli: Cli) -> Iterator[Store]:
    """A daemon that has just said that it is well."""
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store:
        now = SystemClock().now()
        store.heartbeats.put(Heartbeat(at=now, started_at=now - HOUR))
        store.sources.put(SourceState(name="invented", succeeded_at=now, papers=3))
        yield store


def test_in_a_pipe_it_is_said_once_and_ends_well(cli: Cli, store: Store) -> None:
    done = cli("status")
    assert "all is well" in done.out
    assert re.search(r"invented: read \d+ s ago, 3 papers", done.out)


def test_a_script_learns_that_something_is_wrong(cli: Cli, store: Store) -> None:
    now = SystemClock().now()
    store.heartbeats.put(Heartbeat(at=now - HOUR, started_at=now - HOUR))
    assert "no sign of the scheduler since" in cli("status", code=1).out
    assert cli("status", "--json", code=1).json["status"] == "down"


def owe(store: Store, state: DeliveryState) -> None:
    """A row of today for ada."""
    now = SystemClock().now()
    ada = store.subscribers.add(Subscriber(address="ada@example.org", zone="UTC", at=time(7, 30)), now)
    row = {"subscriber_id": ada.id, "kind": "digest", "local_date": now.date(), "address": ada.address, "reason": ""}
    row |= dict.fromkeys(("attempts", "strikes", "fence", "papers", "considered", "matched"), 0)
    row |= {"state": state.value, "cause": "", "due_at": now, "owner": "", "updated_at": now}
    with store.database.write() as conn:
        conn.execute(insert(DeliveryRow), row)


def test_what_failed_just_now_is_said(cli: Cli, store: Store) -> None:
    owe(store, DeliveryState.UNCERTAIN)
    assert "1 digest may or may not have arrived" in cli("status", code=1).out


def test_json(cli: Cli, store: Store) -> None:
    owe(store, DeliveryState.SENT)
    done = cli("status", "--json")
    told = done.json
    assert (told["status"], told["problems"], told["queue"]["depth"]) == ("ok", [], 0)
    assert told["today"]["sent"] == told["subscribers"]["active"] == 1
    assert len(told["sent"]) == DAYS
    assert sum(told["sent"].values()) == 1
    assert [source["name"] for source in told["sources"]] == ["invented"]
    assert "ada" not in done.out


def test_no_password_is_shown(postgresql_url: str, cli: Cli) -> None:
    file = cli.folder / "config.toml"
    url = postgresql_url.replace("postgres@", "postgres:hunter2@").replace("postgres:@", "postgres:hunter2@")
    assert "hunter2" in url
    file.write_text(f'[database]\nurl = "{url}"\n{file.read_text()}')
    assert "postgresql" in cli("status", code=1).out
    for arguments in (["status"], ["status", "--json"]):
        assert "hunter2" not in cli(*arguments, code=1).out


def test_on_a_terminal_it_goes_on_until_somebody_ends_it(cli: Cli, store: Store) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "digest", "status", "--config", str(cli.folder / "config.toml")]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, env={**os.environ, "COLUMNS": "80"}) as process:
        os.close(theirs)
        text = b""
        while text.count(b"all is well") < 2:
            text += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    os.close(ours)


def test_a_second_look_sees_the_same_of_days_that_are_over_and_what_is_new_of_today(cli: Cli, store: Store) -> None:
    owe(store, DeliveryState.SENT)
    config = load(cli.folder / "config.toml")
    with open_app(config, SystemClock()) as app:
        first = look(app)
        long_ago = DayCount(first.today - 5 * DAY, DeliveryState.SENT, Cause.NONE, 70)
        with store.database.write() as conn:
            conn.execute(update(DeliveryRow).values(state="failed"))
        yesterday = replace(long_ago, day=first.today - DAY)  # there may be more of it, or less
        again = look(app, replace(first, counts=(long_ago, yesterday, *first.counts)))
    assert again.sent()[first.today - 5 * DAY] == 70
    assert sum(again.sent().values()) == 70
    assert first.of_today.sent + again.of_today.failed == 2


def test_a_database_that_is_away_is_one_line(cli: Cli, store: Store) -> None:
    store.close()
    Path(cli.folder / "digest.db").write_bytes(b"no database at all " * 100)
    assert "is not a database file" in cli.fails("status")
