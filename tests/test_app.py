"""The wiring: an App from a configuration, on either database."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.app import open_app
from digest.clock import FixedClock
from digest.config import load
from digest.errors import StoreError
from digest.inputs import address, mailbox, wall_time, zone
from digest.sunset import Sunset
from digest.tokens import Purpose

CONFIG = """
[site]
name = "Morning papers"
base_url = "http://127.0.0.1:8080/"
sender = "{sender}"
[database]
url = "{url}"
[digest]
papers = 3
[schedule]
edition_hour_utc = 5
max_lateness_hours = 6
[smtp]
host = "localhost"
port = 2525
connections = 2
on_uncertain = "hold"
[sunset]
after_days = 200
grace_days = 20
[web]
listen = "[::1]:8081"
[[sources]]
name = "hf"
kind = "huggingface"
[[sources]]
name = "old"
kind = "feed"
url = "https://papers.example.org/feed"
enabled = false
"""
CLOCK = FixedClock(datetime(2026, 5, 27, 8, tzinfo=UTC))


def write(folder: Path, url: str = "sqlite:///digest.db", sender: str = "Papers <papers@example.org>") -> Path:
    path = folder / "config.toml"
    path.write_text(CONFIG.format(url=url, sender=sender))
    return path


def test_every_key_reaches_its_part(tmp_path: Path) -> None:
    with open_app(load(write(tmp_path)), CLOCK) as app:
        assert (app.site.name, app.site.base_url) == ("Morning papers", "http://127.0.0.1:8080")
        assert (app.site.sender_name, app.site.sender_address) == ("Papers", "papers@example.org")
        assert [source.name for source in app.sources] == ["hf"]
        assert app.rules.papers == 3
        assert (app.terms.edition_hour, app.terms.max_lateness.total_seconds()) == (5, 6 * 3600)
        assert app.terms.sunset == Sunset(after_days=200, grace_days=20)
        assert (app.policy.connections, app.policy.on_uncertain) == (2, "hold")
        assert app.listen == ("::1", 8081)
        assert app.relay == "localhost:2525"
        assert app.clock is CLOCK
        assert app.store.subscribers.list() == []


def test_a_sender_without_a_name_has_the_site_s(tmp_path: Path) -> None:
    with open_app(load(write(tmp_path, sender="papers@example.org")), CLOCK) as app:
        assert (app.site.sender_name, app.site.sender_address) == ("Morning papers", "papers@example.org")


def test_links_survive_a_restart(tmp_path: Path) -> None:
    path = write(tmp_path)
    with open_app(load(path), CLOCK) as app:
        token = app.tokens.issue(Purpose.UNSUBSCRIBE, 7, 1)
    with open_app(load(path), CLOCK) as app:
        assert app.tokens.read(token, Purpose.UNSUBSCRIBE) == (7, 1)


def test_either_database(tmp_path: Path, database_url: str) -> None:
    with open_app(load(write(tmp_path, database_url)), CLOCK) as app:
        assert app.store.subscribers.list() == []


def test_a_database_that_does_not_answer_is_one_line_without_its_password(tmp_path: Path) -> None:
    config = load(write(tmp_path, "postgresql+psycopg://ada:hunter2@127.0.0.1:1/papers"))
    with pytest.raises(StoreError) as caught:
        open_app(config, CLOCK)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


# --- what people type ---------------------------------------------------------------------------------------------


def test_what_people_type() -> None:
    assert address(" Ada@EXAMPLE.org ") == "Ada@example.org"
    assert address("ada@bücher.example.org") == "ada@xn--bcher-kva.example.org"
    assert mailbox('"Vane, Ada" <ada@example.org>') == ("Vane, Ada", "ada@example.org")
    assert zone("Europe/Berlin") == "Europe/Berlin"
    assert f"{wall_time('7:05')}" == "07:05:00"


@pytest.mark.parametrize(
    "typed",
    [
        *("", "ada", "ada@", "@example.org", "ada@localhost", "ada@[127.0.0.1]", "a b@example.org", "ada@example..org"),
        *("ädä@example.org", "ada@example.org\nbcc: bo@example.org", '"ada bo"@example.org', "ada@example.invalid"),
    ],
)
def test_no_address(typed: str) -> None:
    with pytest.raises(Exception, match="is no e-mail address"):
        address(typed)


@pytest.mark.parametrize("typed", ["", "Papers", "Papers <papers>", "Papers\r\nBcc: bo@example.org <a@example.org>"])
def test_no_mailbox(typed: str) -> None:
    with pytest.raises(Exception, match=r"is no (mailbox|e-mail address)"):
        mailbox(typed)


@pytest.mark.parametrize("typed", ["", "europe/berlin", "../../etc/passwd", "localtime", "UTC+2", "Europe"])
def test_no_zone(typed: str) -> None:
    with pytest.raises(Exception, match="there is no zone"):
        zone(typed)


@pytest.mark.parametrize("typed", ["", "7", "24:00", "07:60", "7.30", "07:30:00", "٠٧:٣٠"])
def test_no_time(typed: str) -> None:
    with pytest.raises(Exception, match="is no time of day"):
        wall_time(typed)
