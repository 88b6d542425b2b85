"""`digest db`: what the operator does about a copy, an older state and a backup."""

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from shutil import copy
from sqlite3 import connect

import pytest

from digest.clock import SystemClock
from digest.model import DeliveryState, Subscriber
from digest.store.engine import Store, open_store
from tests.cli.conftest import Cli
from tests.smtp import SmtpServer
from tests.store.cast import owed, publish, reader

NEVER_AHEAD = time(0, 0)  # an hour that has always come


def database(cli: Cli) -> Path:
    return cli.folder / "digest.db"


def opened(cli: Cli) -> Store:
    return open_store(f"sqlite:///{database(cli)}")


def states(cli: Cli) -> dict[str, str]:
    with opened(cli) as store:
        return {each.address: each.state.value for each in store.deliveries.list()}


def queued(cli: Cli, *names: str) -> None:
    """A digest waits for each, of today; they are due again tomorrow."""
    now = SystemClock().now()
    with opened(cli) as store:
        edition = publish(store, now.date(), at=now)
        for name in names:
            one = store.subscribers.add(awake(f"{name}@example.org"), now)
            store.deliveries.enqueue([owed(edition, one)], now)
            store.subscribers.schedule({one.id: now + timedelta(hours=23)})


def awake(address: str, **more: object) -> Subscriber:
    return reader(address, zone="UTC", at=NEVER_AHEAD, **more)


def noon_zone(now: datetime) -> str:
    """Where it is between noon and one."""
    west = (now.hour - 12) % 24
    return f"Etc/GMT{'+' if west <= 12 else '-'}{west if west <= 12 else 24 - west}"


def restored(cli: Cli) -> None:
    """As by hand: the file is copied over the live one, and the sender has left a mark since."""
    copy(database(cli), cli.folder / "by-hand.db")
    with opened(cli) as store, store.seat() as seat:
        seat.renew()
    copy(cli.folder / "by-hand.db", database(cli))


def test_a_restored_database_sends_nothing_and_says_the_two_ways_on(cli: Cli, smtp_server: SmtpServer) -> None:
    cli.configure(smtp=smtp_server.port)
    queued(cli, "ada")
    restored(cli)
    assert cli.fails("deliver") == (
        "digest: this database was copied or restored, nothing is sent from it; digest db adopt if it moved here,"
        " digest db adopt --restored if it is an older state"
    )
    assert smtp_server.mails == []


def test_what_moved_here_goes_on_as_it_stands(cli: Cli, smtp_server: SmtpServer) -> None:
    cli.configure(smtp=smtp_server.port)
    queued(cli, "ada", "bo")
    restored(cli)
    assert cli("db", "adopt").out == (
        "the database is at home here; see that no other digest sends to the same subscribers\n"
    )
    cli("deliver")
    assert sorted(mail.recipient for mail in smtp_server.mails) == ["ada@example.org", "bo@example.org"]
    assert cli("db", "adopt").out == "the database is at home here already\n"


def test_nothing_that_an_older_state_may_have_sent_is_sent_again(cli: Cli, smtp_server: SmtpServer) -> None:
    cli.configure(smtp=smtp_server.port)
    queued(cli, "ada", "bo", "cy", "di")
    now = SystemClock().now()
    with opened(cli) as store:  # whatever state they were in
        first, second, third = store.deliveries.claim("a sender that was killed", 3, now)
        store.deliveries.permit(first)
        store.deliveries.drop(second, DeliveryState.POISONED, "it cannot be composed", now)
        store.deliveries.postpone(third, "its domain has had its share", now + timedelta(hours=1), now)
        store.subscribers.add(awake("due@example.org", next_due_at=now - timedelta(minutes=5)), now)
        store.subscribers.add(awake("new@example.org"), now)
        store.subscribers.add(reader("later@example.org", zone=noon_zone(now), at=time(18)), now)
    restored(cli)
    done = cli("db", "adopt", "--restored")
    assert done.out.startswith("missed, as they may have been sent before: 3 that waited, 2 that were due by now\n")
    cli("enqueue")
    cli("deliver")
    assert smtp_server.mails == []
    assert states(cli) == {
        "ada@example.org": "missed",
        "bo@example.org": "poisoned",
        "cy@example.org": "missed",
        "di@example.org": "missed",
        "due@example.org": "missed",
        "new@example.org": "missed",
    }
    assert json.loads(cli("db", "check", "--json").out) == {"good": True, "problems": [], "adopted": True}
    with opened(cli) as store:
        assert all(one.next_due_at and one.next_due_at > now for one in store.subscribers.list())


def test_an_adoption_that_was_cut_short_is_repeated(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(cli, "ada")
    with monkeypatch.context() as patch:
        patch.setattr("digest.jobs.enqueue.pass_over", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cli("db", "adopt", "--restored")
    assert states(cli) == {"ada@example.org": "missed"}
    assert "nothing is sent from it" in cli.fails("deliver")
    cli("db", "adopt", "--restored")
    cli("deliver")


def test_whose_hour_is_still_ahead_is_passed_over_for_yesterday(cli: Cli) -> None:
    now = SystemClock().now()
    with opened(cli) as store:
        due = now - timedelta(hours=23)
        store.subscribers.add(reader(zone=noon_zone(now), at=time(13, 30), next_due_at=due), now)
    cli("db", "adopt", "--restored")
    with opened(cli) as store:
        [row] = store.deliveries.list()
    assert row.state is DeliveryState.MISSED
    assert row.due_at is not None
    assert timedelta(hours=22) < now - row.due_at < timedelta(hours=24)


def test_an_adoption_waits_for_no_sender(cli: Cli) -> None:
    with opened(cli) as store, store.seat():
        assert "sends from this database" in cli.fails("db", "adopt", "--restored")
        assert "sends from this database" in cli.fails("deliver")
        (cli.folder / "backup.db").touch()
        assert "sends from this database" in cli.fails("db", "restore", str(cli.folder / "backup.db"))


def test_a_backup_there_and_back(cli: Cli, smtp_server: SmtpServer) -> None:
    cli.configure(smtp=smtp_server.port)
    queued(cli, "ada", "bo")
    backup = cli.folder / "backup.db"
    said = cli("db", "backup", str(backup)).out
    assert said.startswith(f"wrote {backup}: 0.")
    assert said.endswith(" MiB, 2 subscribers, 2 deliveries\n")
    assert "is there already" in cli.fails("db", "backup", str(backup))
    cli("deliver")
    assert len(smtp_server.mails) == 2
    said = cli("db", "restore", str(backup)).out
    assert f"what was there is in {database(cli)}.before-restore\n" in said
    assert said.endswith("nothing is sent from it before you say: digest db adopt --restored\n")
    assert "nothing is sent from it" in cli.fails("deliver")
    cli("db", "adopt", "--restored")
    cli("deliver")
    assert len(smtp_server.mails) == 2
    assert set(states(cli).values()) == {"missed"}
    cli("db", "backup", str(backup), "--force")


def test_the_secret_beside_the_database_is_named(cli: Cli) -> None:
    config = cli.folder / "config.toml"
    config.write_text("\n".join(line for line in config.read_text().splitlines() if not line.startswith("secret")))
    cli("enqueue")
    assert f"keep {cli.folder / 'secret'} with it" in cli("db", "backup", str(cli.folder / "backup.db")).out


def test_a_file_that_is_no_backup_is_refused_in_one_line(cli: Cli) -> None:
    queued(cli, "ada")
    letter = cli.folder / "letter.txt"
    letter.write_text("Dear reader, " * 1000)
    assert cli.fails("db", "restore", str(letter)).startswith(f"digest: {letter} is not a database file; name a file")
    assert "there is no file" in cli.fails("db", "restore", str(cli.folder / "none.db"))
    assert states(cli) == {"ada@example.org": "queued"}


def test_postgresql_has_its_own_backups(cli: Cli, postgresql_url: str) -> None:
    config = cli.folder / "config.toml"
    config.write_text(config.read_text() + f'\n[database]\nurl = "{postgresql_url}"\n')
    for command in ("backup", "restore"):
        assert "use pg_dump and pg_restore" in cli.fails("db", command, str(cli.folder / "backup.db"))
    assert cli("db", "check").out == "the database is good\n"


def test_check_says_when_nothing_is_sent(cli: Cli) -> None:
    queued(cli, "ada")
    cli("db", "backup", str(cli.folder / "backup.db"))
    cli("db", "restore", str(cli.folder / "backup.db"))
    assert cli("db", "check").out == (
        "the database is good; this database was restored, nothing is sent from it; digest db adopt --restored\n"
    )
    assert "restored from a backup; digest db adopt --restored" in cli.fails("db", "adopt")
    assert "this database was restored" in cli.fails("run")
    assert cli("db", "check", "--json").json == {"good": True, "problems": [], "adopted": False}


def test_an_upgrade_from_before_databases_had_a_home_says_to_adopt_it(cli: Cli) -> None:
    queued(cli, "ada")
    assert cli("db", "upgrade").out == "the database is at revision 0005\n"
    with connect(database(cli)) as raw:
        raw.executescript(
            "DROP TABLE feedback; DROP TABLE request; DROP TABLE consent; ALTER TABLE subscriber DROP COLUMN language;"
            "ALTER TABLE subscriber DROP COLUMN abstracts; ALTER TABLE subscriber DROP COLUMN text_only;"
            "DROP TRIGGER paper_words_new; DROP TRIGGER paper_words_old; DROP TRIGGER paper_words_changed;"
            "DROP INDEX ix_delivery_letter; DROP TABLE paper_words; DROP INDEX ix_event_at;"
            "ALTER TABLE edition DROP COLUMN rising; ALTER TABLE delivery DROP COLUMN rising;"
            "ALTER TABLE delivery DROP COLUMN cause; ALTER TABLE subscriber DROP COLUMN keep_by;"
            "ALTER TABLE subscriber DROP COLUMN heard_at;"
            "ALTER TABLE subscriber DROP COLUMN paused_until;"
            "DROP INDEX ix_attempt_at; ALTER TABLE delivery DROP COLUMN strikes;"
            "UPDATE alembic_version SET version_num = '0001'; DELETE FROM meta WHERE key IN ('home', 'mark')"
        )
    raw.close()
    for each in cli.folder.glob("digest.db.*"):
        each.unlink()
    assert cli("db", "upgrade").out == (
        "the database is at revision 0005; now run: digest db adopt, with --restored if it is an older state\n"
    )
    cli("db", "adopt")
    assert cli("db", "upgrade").out == "the database is at revision 0005\n"


def test_check_of_a_damaged_file_says_what_to_do_next(cli: Cli) -> None:
    queued(cli, "ada")
    content = bytearray(database(cli).read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    database(cli).write_bytes(content)
    said = cli.fails("db", "check")
    assert said.endswith("is damaged; run: digest db restore")


def test_check_finds_what_the_ledger_can_never_say(cli: Cli) -> None:
    queued(cli, "ada")
    with connect(database(cli)) as raw:
        raw.execute("UPDATE delivery SET state = 'sent'")
    raw.close()
    assert cli.fails("db", "check") == "digest: delivery 1 is sent, and no server took it"
    done = cli("db", "check", "--json", code=1)
    assert done.json == {"good": False, "problems": ["delivery 1 is sent, and no server took it"], "adopted": False}
