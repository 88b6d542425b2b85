"""The store opens, or says in one line why not."""

import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from digest.errors import StoreError
from digest.model import DeliveryState, Reply, Stage
from digest.store import damage
from digest.store.engine import Store, check, open_store, upgrade
from digest.store.migrate import newest
from tests.store.cast import HOUR, NOON, owed, publish, reader, rows


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "\n" not in str(caught.value)
    assert caught.value.mend
    return str(caught.value)


def test_an_empty_database_gets_its_schema_and_keeps_its_identity(database_url: str) -> None:
    def marks() -> dict[str, str]:
        with open_store(database_url) as store, store.database.read() as conn:
            return {row.key: row.value for row in conn.execute(text("SELECT key, value FROM meta"))}

    first = marks()
    assert first["product"] == "digest"
    assert len(first["instance"]) == 32
    assert marks() == first
    assert check(database_url) == []
    assert upgrade(database_url) == newest()


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store, store.database.read() as conn:
        found = [conn.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]
        assert found == ["wal", 2, 1]
        assert int(conn.scalar(text("PRAGMA busy_timeout")) or 0) >= 5000


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.database.write() as conn:
            conn.execute(text("INSERT INTO meta (key, value) VALUES ('a', 'b')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rows(store, "meta WHERE key = 'a'") == 0


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 1000)
    assert "is not a database file" in refusal(f"sqlite:///{path}")
    assert check(f"sqlite:///{path}")[0].startswith(f"{path} is not a database file")


def test_a_database_of_another_program_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE photo (id INTEGER)")
    other.close()
    before = path.read_bytes()
    assert "another program" in refusal(f"sqlite:///{path}")
    with pytest.raises(StoreError, match="another program"):
        upgrade(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_database_of_another_program_that_looks_like_ours(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        other.execute("CREATE TABLE alembic_version (version_num TEXT)")
        other.execute("INSERT INTO alembic_version VALUES ('0001')")
    other.close()
    assert "another program" in refusal(f"sqlite:///{path}")


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    assert "does not exist" in refusal(f"sqlite:///{tmp_path / 'no' / 'such' / 'digest.db'}")
    assert "is a folder" in refusal(f"sqlite:///{tmp_path}")
    assert "cannot be opened for writing" in refusal("sqlite:////proc/digest.db")


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://localhost/digest", "sqlite://", "sqlite:///:memory:", "postgresql://h/d"]
)
def test_urls_that_name_no_database_we_can_use(url: str) -> None:
    refusal(url)


def test_an_unreachable_postgresql_is_named_without_its_password() -> None:
    said = refusal("postgresql+psycopg://ada:hunter2@127.0.0.1:1/digest")
    assert "127.0.0.1" in said
    assert "hunter2" not in said


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'digest.db'}"
    open_store(url).close()
    with sqlite3.connect(tmp_path / "digest.db") as raw:
        raw.execute("INSERT INTO paper_alias (alias, paper_id) VALUES ('arxiv:1', 77)")
    raw.close()
    assert check(url) == ["paper_alias row 1 names a missing paper"]


TAKEN = Reply(Stage.DOT, 250, "2.0.0", "Ok: queued")


@pytest.fixture
def sent(store: Store) -> Store:
    """With a delivery that was sent, one that a sender holds, one that is to be tried again and one that waits."""
    readers = [store.subscribers.add(reader(f"{name}@example.org"), NOON) for name in ("ada", "bo", "cy", "di")]
    edition = publish(store)
    store.deliveries.enqueue([owed(edition, each) for each in readers], NOON)
    first, second, _third = store.deliveries.claim("me", 3, NOON)
    store.deliveries.settle(first, TAKEN, DeliveryState.SENT, now=NOON)
    later = Reply(Stage.RCPT, 451, "4.7.1", "greylisted")
    store.deliveries.settle(second, later, DeliveryState.DEFERRED, now=NOON, next_attempt_at=NOON + HOUR)
    assert store.deliveries.counts() == dict.fromkeys(
        (DeliveryState.SENT, DeliveryState.CLAIMED, DeliveryState.DEFERRED, DeliveryState.QUEUED), 1
    )
    assert damage.found(store.database) == []
    return store


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE delivery SET state = 'sent', owner = '', lease_until = NULL WHERE state = 'claimed'",
         "delivery 3 is sent, and no server took it"),
        ("UPDATE attempt SET code = 451 WHERE stage = 'dot'", "delivery 1 is sent, and no server took it"),
        ("UPDATE delivery SET attempts = 7 WHERE state IN ('sent', 'queued')",
         "delivery 1 is said to have more or fewer attempts than it has, and 1 more"),
        ("UPDATE delivery SET recipient = NULL WHERE state = 'queued'", "delivery 4 is open, and carries no digest"),
        ("DELETE FROM delivery_paper WHERE delivery_id = 4 AND position = 1",
         "delivery 4 is said to have more or fewer papers than it has"),
        ("UPDATE delivery SET edition_date = '2020-02-02' WHERE state = 'queued'",
         "delivery 4 is of an edition that is not there"),
        ("UPDATE delivery SET owner = '' WHERE state = 'claimed'",
         "delivery 3 is held without a holder, a fence and a lease"),
        ("UPDATE delivery SET fence = 0 WHERE state = 'claimed'",
         "delivery 3 is held without a holder, a fence and a lease"),
        ("UPDATE delivery SET lease_until = 9 WHERE state = 'queued'", "delivery 4 is held by somebody, and at rest"),
        ("UPDATE delivery SET next_attempt_at = NULL WHERE state = 'deferred'",
         "delivery 2 is to be tried again, and nobody knows when"),
        ("UPDATE delivery SET state = 'delivered' WHERE state = 'sent'", "delivery 1 is in a state that there is not"),
        ("UPDATE delivery SET recipient = '{' WHERE state = 'queued'",
         "delivery has rows that cannot be read: ValidationError"),
        ("UPDATE edition_entry SET snapshot = '{}'", "edition_entry has rows that cannot be read: ValidationError"),
    ],
)  # fmt: skip
def test_check_finds_what_the_ledger_can_never_say(sent: Store, change: str, said: str) -> None:
    with sent.database.write() as conn:
        first = conn.scalar(text("SELECT min(id) FROM delivery"))
        # PostgreSQL goes on counting from the test before.
        conn.execute(text(change.replace("delivery_id = 4", f"delivery_id = {first + 3}")))
    wanted = re.sub(r"(?<=^delivery )\d", lambda found: str(first - 1 + int(found[0])), said)
    assert damage.found(sent.database) == [wanted]


def test_check_finds_noise_in_the_pages(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with open_store(f"sqlite:///{path}") as store:
        store.subscribers.add_many([reader(f"reader{number}@example.org") for number in range(500)], NOON)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\x5a" * (len(content) - len(content) // 2)
    path.write_bytes(content)
    assert check(f"sqlite:///{path}")


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
        store.heartbeats.last()
        modes = {
            file.name: file.stat().st_mode & 0o077 for file in tmp_path.glob("digest.db*") if "lock" not in file.name
        }
    assert {name for name, mode in modes.items() if mode and "mark" not in name} == set()
    assert "digest.db-wal" in modes


def test_a_file_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "digest.db"
    file.touch(0o640)
    open_store(f"sqlite:///{file}").close()
    assert file.stat().st_mode & 0o777 == 0o640
