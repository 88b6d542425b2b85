"""The daemon lives through three real days under a clock that is set: each reader gets theirs at their own hour."""

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest

from digest.model import Delivery, DeliveryState
from digest.store.engine import Store, open_store
from tests.crash.alive import free_port
from tests.journeys.conftest import READERS, Program, Replay, install, replayed
from tests.journeys.test_three_days import papers
from tests.smtp import Mail, SmtpServer
from tests.wall_clock import WallClock, library

pytestmark = [
    pytest.mark.captures,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(library() is None, reason="libfaketime is missing: apt-get install faketime"),
]

ADA, BO, CHI, DEE, ELI = (reader[0] for reader in READERS)
ZONES = {reader[0]: reader[-1] for reader in READERS}
WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (date(2026, 5, day) for day in (27, 28, 29, 30))
BEFORE = datetime(2026, 5, 27, 15, 0, tzinfo=UTC)
READ, EDITION = time(2, 30), time(4, 1)
# When each is due, in UTC: it is half past seven in Berlin, at Greenwich, in New York, Los Angeles and Tokyo.
HOURS = ((BO, time(5, 30)), (ADA, time(7, 30)), (DEE, time(11, 30)), (ELI, time(14, 30)), (CHI, time(22, 30)))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SOON = 90  # seconds until what is due has been done: a tick comes twice a minute
ENDED = (DeliveryState.SENT, DeliveryState.SKIPPED)
FEWER = 3


@dataclass(slots=True)
class House:
    """The daemon, the people around it, and what they saw. `mails` says for each who got it when, by the clock."""

    digest: Program
    clock: WallClock
    replay: Replay
    server: SmtpServer
    store: Store
    process: "subprocess.Popen[bytes]"
    stops: dict[tuple[str, date], list[Mail]] = field(default_factory=dict)
    met: int = 0

    def until(self, moment: datetime) -> None:
        self.clock.moment = max(moment, self.clock.moment)

    def served(self, who: str, due: datetime) -> None:
        """It is a minute past their hour, and before long their row has come to its end."""
        self.until(due + MINUTE)
        day = due.astimezone(ZoneInfo(ZONES[who])).date()
        self._wait(lambda: self._row(who, day), f"{who} on {day}")
        self.stops[who, day] = self.new()

    def new(self) -> list[Mail]:
        """What has come since somebody asked last."""
        before, self.met = self.met, len(self.server.mails)
        return self.server.mails[before : self.met]

    def _row(self, who: str, day: date) -> bool:
        row = self.store.deliveries.find(who, day)
        return row is not None and row.state in ENDED

    def published(self, day: date) -> None:
        self.replay.at(day.isoformat())
        self.until(datetime.combine(day, READ, UTC))
        for source in ("arxiv", "hf"):
            self._wait(lambda source=source: self._has_read(source), f"{source} of {day}")
        self.until(datetime.combine(day, EDITION, UTC))
        self._wait(lambda: self.store.editions.get(day), f"the edition of {day}")

    def _has_read(self, source: str) -> bool:
        fetched = self.store.sources.get(source).fetched_at
        return fetched is not None and self.clock.moment - fetched < HOUR

    def told(self, event: str) -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in (self.digest.folder / "log").read_text().splitlines())
        return [line for line in lines if line["event"] == event]

    def reload(self, old: str, new: str, event: str) -> None:
        """Another configuration, and SIGHUP."""
        config, before = self.digest.folder / "config.toml", len(self.told(event))
        config.write_text(config.read_text().replace(old, new))
        self.process.send_signal(signal.SIGHUP)
        self._wait(lambda: len(self.told(event)) > before, event)

    def sleeps_until(self, moment: datetime) -> None:
        """The lid is closed, and opened again."""
        root = psutil.Process(self.process.pid)
        family = [root, *root.children(recursive=True)]
        for each in family:
            each.suspend()
        self.until(moment)
        for each in family:
            each.resume()

    def _wait(self, so: Any, what: str) -> None:
        ends = monotonic() + SOON
        while not so():
            assert monotonic() < ends, f"not within {SOON} s: {what}"
            assert self.process.poll() is None, "the daemon has ended"
            Event().wait(0.2)

    def rows(self) -> list[Delivery]:
        return self.store.deliveries.list(limit=1000)


def live(house: House) -> None:
    for who, _ in HOURS[:4]:  # it is past their hour where they are: the first digest comes at once
        house.served(who, BEFORE - MINUTE)
    house.served(CHI, datetime.combine(WEDNESDAY, HOURS[4][1], UTC))
    house.published(THURSDAY)
    for who, hour in HOURS:
        house.served(who, datetime.combine(THURSDAY, hour, UTC))
    house.published(FRIDAY)
    for who, hour in HOURS[:2]:
        house.served(who, datetime.combine(FRIDAY, hour, UTC))
    house.reload("[smtp]", "[smpt]", "the configuration is refused, the one before stays")
    house.reload("[smpt]", f"[digest]\npapers = {FEWER}\n[smtp]", "started")
    for who, hour in HOURS[2:]:
        house.served(who, datetime.combine(FRIDAY, hour, UTC))
    house.replay.at(SATURDAY.isoformat())
    house.sleeps_until(datetime.combine(SATURDAY, time(6), UTC))  # past the hour in Berlin
    house.served(BO, datetime.combine(SATURDAY, time(6), UTC))
    for who, hour in HOURS[1:4]:
        house.served(who, datetime.combine(SATURDAY, hour, UTC))
    house.process.send_signal(signal.SIGTERM)
    assert house.process.wait(30) == 0


@contextmanager
def serving(digest: Program) -> "Iterator[subprocess.Popen[bytes]]":
    with (digest.folder / "log").open("wb") as log:
        command = digest.command("serve", "--json")
        with subprocess.Popen(command, cwd=digest.folder, stdout=log, stderr=log) as process:
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, captures: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("daemon")
    clock = WallClock(folder, BEFORE)
    with replayed(captures) as replay, SmtpServer() as server:
        replay.at("2026-05-27")
        digest = install(folder / "lab", replay, server.port, under=clock.before)
        with (digest.folder / "config.toml").open("a") as config:
            config.write(f'[web]\nlisten = "127.0.0.1:{free_port()}"\n')
        clock.moment = BEFORE
        url = f"sqlite:///{digest.folder / 'digest.db'}"
        with open_store(url) as store, serving(digest) as process:
            house = House(digest, clock, replay, server, store, process)
            live(house)
            yield house


def test_each_hour_brings_its_own_reader_a_mail_and_nobody_else(lived: House) -> None:
    for (who, day), mails in lived.stops.items():
        if WEDNESDAY < day < SATURDAY:
            assert [mail.recipient for mail in mails] == [who], (who, day)


def test_every_reader_and_date_has_one_row_sent_once_or_with_a_reason(lived: House) -> None:
    rows = Counter((row.address, row.local_date) for row in lived.rows())
    assert set(rows.values()) == {1}
    assert rows.keys() == lived.stops.keys()
    sent = Counter(row.address for row in lived.rows() if row.state is DeliveryState.SENT)
    assert Counter(mail.recipient for mail in lived.server.mails) == sent
    silent = [row for row in lived.rows() if row.state is not DeliveryState.SENT]
    assert all(row.state is DeliveryState.SKIPPED and row.reason and row.cause for row in silent), silent
    assert {row.local_date for row in silent} <= {SATURDAY}


def test_no_reader_is_sent_a_paper_twice(lived: House) -> None:
    for who in ZONES:
        shown = Counter(paper for mail in lived.server.mails if mail.recipient == who for paper in papers(mail.message))
        assert shown
        assert set(shown.values()) == {1}


def test_the_new_configuration_counts_from_the_next_digest_on(lived: House) -> None:
    numbers = {stop: len(papers(mail.message)) for stop, mails in lived.stops.items() for mail in mails}
    assert numbers[BO, FRIDAY] > FEWER
    assert numbers[DEE, FRIDAY] <= FEWER
    assert numbers[ELI, FRIDAY] <= FEWER


def test_nothing_is_logged_as_an_error_but_the_configuration_that_was_refused(lived: House) -> None:
    lines = [json.loads(line) for line in (lived.digest.folder / "log").read_text().splitlines()]
    errors = [line["event"] for line in lines if line["level"] in ("error", "critical")]
    assert errors == ["the configuration is refused, the one before stays"]
