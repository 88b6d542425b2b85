"""The demo from start to end: real database, real HTTP, real SMTP, all on the loopback."""

import re
import socket
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import StringIO
from pathlib import Path

import pytest

from digest.clock import FixedClock
from digest.demo import run, sample
from digest.demo.cast import cast
from digest.demo.feeds import Feeds, serving
from digest.demo.place import prepare
from digest.demo.sample import DAYS, Sample
from digest.errors import InputError

ADDRESSES = [subscriber.address for subscriber in cast()]
PAPER_ID = re.compile(r"arxiv\.org/abs/(2603\.9\d{4})")
FILE = re.compile(r"[\w-]+\.(?:eml|html|toml)")


@dataclass(frozen=True)
class Outcome:
    directory: Path
    output: str

    def mails(self) -> dict[str, EmailMessage]:
        return {
            path.name: message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted(self.directory.glob("*.eml"))
        }


def refused() -> str:
    """An address on the loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def play(directory: Path, address: str, now: datetime | None = None) -> Outcome:
    output = StringIO()
    live = dict.fromkeys(("arxiv", "huggingface"), address)
    with redirect_stdout(output):
        run(directory, live=live, clock=FixedClock(now) if now else None)
    return Outcome(directory, output.getvalue())


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return play(tmp_path_factory.mktemp("offline") / "demo", refused())


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def papers(message: EmailMessage) -> list[str]:
    return list(dict.fromkeys(PAPER_ID.findall(text(message))))


def test_each_subscriber_gets_one_mail_a_day(demo: Outcome) -> None:
    got = sorted((message["To"].addresses[0].addr_spec, name[:10]) for name, message in demo.mails().items())
    assert got == sorted((address, day.isoformat()) for address in ADDRESSES for day in DAYS)


def test_nobody_gets_a_paper_twice(demo: Outcome) -> None:
    for address in ADDRESSES:
        sent = [papers(message) for message in demo.mails().values() if address in message["To"]]
        assert all(sent), address
        flat = [paper for one in sent for paper in one]
        assert len(flat) == len(set(flat)), address


def test_three_readers_get_different_digests(demo: Outcome) -> None:
    for day in DAYS:
        sent = [frozenset(papers(message)) for name, message in demo.mails().items() if name.startswith(str(day))]
        assert len(set(sent)) == len(ADDRESSES)


def test_what_is_muted_stays_away(demo: Outcome) -> None:
    assert not any("Blockchain" in text(message) for message in demo.mails().values() if ADDRESSES[0] in message["To"])


def test_of_two_that_are_nearly_the_same_one_is_sent(demo: Outcome) -> None:
    twins = {"2603.92004", "2603.92005"}
    sent = [twins & set(papers(message)) for message in demo.mails().values() if ADDRESSES[0] in message["To"]]
    assert sorted(map(len, sent)) == [0, 0, 1]


def test_every_mail_is_whole(demo: Outcome) -> None:
    for name, message in demo.mails().items():
        assert [part.defects for part in message.walk()] == [[]] * 3, name
        assert message["List-Unsubscribe"].startswith("<http://127.0.0.1:8080/u/"), name
        page = (demo.directory / name).with_suffix(".html").read_text(encoding="utf-8")
        assert all(f"/abs/{paper}" in page for paper in papers(message)), name


def test_once_more_sends_nothing(demo: Outcome) -> None:
    assert "once more: 0 messages" in " ".join(demo.output.split())


def test_whatever_is_named_is_there(demo: Outcome) -> None:
    named = set(FILE.findall(demo.output)) - {"example.toml"}
    assert {"index.html", "config.toml"} <= named
    assert len(named) >= 11
    assert [name for name in named if not (demo.directory / name).is_file()] == []
    index = (demo.directory / "index.html").read_text(encoding="utf-8")
    linked = re.findall(r'(?:href|src)="([^"]+)"', index)
    assert len(set(linked)) == 18
    assert [name for name in linked if not (demo.directory / name).is_file()] == []


def test_the_sample_is_said_to_be_one(demo: Outcome) -> None:
    assert "60 invented papers" in " ".join(demo.output.split())
    assert "papers are invented" in (demo.directory / "index.html").read_text(encoding="utf-8")


def test_again_the_same_bytes(demo: Outcome, tmp_path: Path) -> None:
    prepare(tmp_path).made("2026-03-02-ada.eml")
    (tmp_path / "2026-03-02-ada.eml").write_text("of an earlier demo", encoding="utf-8")
    again = play(tmp_path, refused())
    assert sorted(again.mails()) == sorted(demo.mails())
    for path in tmp_path.glob("*.eml"):
        assert path.read_bytes() == (demo.directory / path.name).read_bytes(), path.name


def test_somebody_elses_directory_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError):
        play(tmp_path, refused())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def on(day: date) -> Sample:
    """The sample's first day, as if it were `day`."""
    first = [replace(entry, day=day) for entry in sample.read().entries if entry.day == DAYS[0]]
    return Sample(tuple(first), ())


@pytest.fixture(params=[1, 8, 23])
def now(request: pytest.FixtureRequest) -> datetime:
    return datetime(2026, 5, 28, request.param, 20, tzinfo=UTC)


@pytest.fixture
def live(now: datetime) -> Iterator[str]:
    with serving(Feeds(on(now.date()), FixedClock(now))) as address:
        yield address


def test_where_the_sources_answer_it_is_today(live: str, now: datetime, tmp_path: Path) -> None:
    outcome = play(tmp_path, live, now)
    assert "live" in outcome.output
    assert "invented" not in outcome.output + (tmp_path / "index.html").read_text(encoding="utf-8")
    assert sorted(message["To"].addresses[0].addr_spec for message in outcome.mails().values()) == sorted(ADDRESSES)
    assert all(papers(message) for message in outcome.mails().values())
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert [name for name in re.findall(r'(?:href|src)="([^"]+)"', index) if not (tmp_path / name).is_file()] == []
