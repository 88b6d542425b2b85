"""What a backup holds comes back whole, or the database stays as it was."""

import os
import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from shutil import copy

import pytest

from digest.errors import StoreError
from digest.store.backup import Contents, back_up, restore
from digest.store.database import Database
from digest.store.engine import check, open_store
from digest.store.migrate import newest
from digest.store.seat import SeatTaken
from tests.store.cast import NOON, owed, publish, reader

BACK_UP = "import sys; from pathlib import Path; from digest.store.backup import *; {limit}; print({call})"


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A database with one subscriber and one delivery."""
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "digest.db"
    with open_store(url_of(path)) as store:
        ada = store.subscribers.add(reader(), NOON)
        store.deliveries.enqueue([owed(publish(store), ada)], NOON)
    return path


@pytest.fixture
def backup(live: Path, tmp_path: Path) -> Path:
    back_up(url_of(live), tmp_path / "backup.db")
    return tmp_path / "backup.db"


def add(path: Path, *names: str) -> None:
    with open_store(url_of(path)) as store:
        store.subscribers.add_many([reader(f"{name}@example.org") for name in names], NOON)


def people(path: Path) -> list[str]:
    with open_store(url_of(path)) as store:
        return [one.address for one in store.subscribers.list()]


def files(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


def refused(path: Path, source: Path) -> str:
    """Why `source` is not restored; nothing changes."""
    before = files(path), path.read_bytes() if path.exists() else None
    with pytest.raises(StoreError) as caught:
        restore(url_of(path), source)
    assert caught.value.mend
    assert "\n" not in str(caught.value)
    assert ".digest-" not in str(caught.value)
    assert (files(path) - {"digest.db.lock"}, path.read_bytes() if path.exists() else None) == (
        before[0] - {"digest.db.lock"},
        before[1],
    )
    return str(caught.value)


# Making one


def test_a_backup_is_one_whole_file_for_its_owner_that_is_at_home_nowhere(live: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "backup.db"
    target.parent.mkdir()
    made = back_up(url_of(live), target)
    assert made == Contents(target.stat().st_size, 1, 1)
    assert files(target) == {"backup.db"}
    assert target.stat().st_mode & 0o777 == 0o600
    with open_store(url_of(target)) as store:
        assert not store.is_adopted()
        assert [one.address for one in store.subscribers.list()] == ["Ada@Example.org"]
    assert check(url_of(target)) == []
    with open_store(url_of(live)) as store:
        assert store.is_adopted()


def test_a_backup_made_while_somebody_writes_holds_whole_transactions(live: Path, tmp_path: Path) -> None:
    enough = threading.Event()

    def write() -> None:
        with open_store(url_of(live)) as store:
            number = 0
            while not enough.is_set():
                pair = [reader(f"{side}{number}@example.org") for side in ("left", "right")]
                store.subscribers.add_many(pair, NOON)
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            target = tmp_path / f"{number}.db"
            assert back_up(url_of(live), target).subscribers % 2 == 1
            assert check(url_of(target)) == []
    finally:
        enough.set()
        writer.join()


def test_a_backup_holds_what_is_only_in_the_journal_yet(live: Path, tmp_path: Path) -> None:
    with open_store(url_of(live)) as store:
        store.subscribers.add(reader("bo@example.org"), NOON)
        assert live.with_name("digest.db-wal").stat().st_size
        assert back_up(url_of(live), tmp_path / "backup.db").subscribers == 2


def test_a_file_that_is_there_stays_unless_force_is_said(live: Path, backup: Path) -> None:
    before = backup.read_bytes()
    add(live, "bo")
    with pytest.raises(StoreError, match="is there already; name another file, or say --force"):
        back_up(url_of(live), backup)
    assert backup.read_bytes() == before
    assert back_up(url_of(live), backup, overwrite=True).subscribers == 2


@pytest.mark.parametrize("name", ["digest.db", "digest.db-wal", "digest.db-shm", "digest.db.lock", "../home/digest.db"])
def test_the_database_is_never_overwritten_with_its_own_backup(live: Path, name: str) -> None:
    with pytest.raises(StoreError, match="is the database itself"):
        back_up(url_of(live), live.parent / name, overwrite=True)
    assert people(live) == ["Ada@Example.org"]


def test_what_cannot_be_backed_up_is_told_in_one_line(live: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be written: No such file or directory; name one you may write"):
        back_up(url_of(live), tmp_path / "no" / "folder" / "backup.db")
    with pytest.raises(StoreError, match="there is no database"):
        back_up(url_of(tmp_path / "none.db"), tmp_path / "backup.db")
    with pytest.raises(StoreError, match="use pg_dump and pg_restore"):
        back_up("postgresql+psycopg://h/d", tmp_path / "backup.db")
    with pytest.raises(StoreError, match="use pg_dump and pg_restore"):
        restore("postgresql+psycopg://h/d", tmp_path / "backup.db")
    assert files(tmp_path / "any") == {"home"}


def test_a_damaged_database_gives_no_backup(live: Path, tmp_path: Path) -> None:
    damage(live)
    with pytest.raises(StoreError, match=r"cannot be (trusted|read): "):
        back_up(url_of(live), tmp_path / "backup.db")
    assert files(tmp_path / "any") == {"home"}


def damage(path: Path) -> None:
    """Half of its pages are noise, but not the first ones."""
    content = bytearray(path.read_bytes())
    start = len(content) // 2 // 4096 * 4096
    content[start:] = os.urandom(len(content) - start)
    path.write_bytes(content)


@pytest.mark.parametrize("call", ["back_up({live!r}, {target})", "restore({live!r}, {source})"])
def test_a_full_disk_leaves_nothing_behind(live: Path, backup: Path, tmp_path: Path, call: str) -> None:
    """The system lets no file of the process grow beyond a few pages."""
    before = files(live), people(live)
    called = call.format(
        live=url_of(live), target=f"Path({str(tmp_path / 'new.db')!r})", source=f"Path({str(backup)!r})"
    )
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))"
    command = [sys.executable, "-c", BACK_UP.format(limit=limit, call=called)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert re.search(r"StoreError: .* does not take a copy: .*; make room there", done.stderr)
    assert (files(live), people(live)) == before
    assert files(backup) == {"home", "backup.db"}


# Bringing one back


def test_a_backup_comes_back_to_be_adopted_and_what_was_there_is_kept(live: Path, backup: Path) -> None:
    add(live, "bo")
    inode = live.stat().st_ino
    done = restore(url_of(live), backup)
    assert (done.contents.subscribers, done.contents.deliveries, done.replaced) == (1, 1, False)
    assert live.stat().st_ino == inode
    assert people(live) == ["Ada@Example.org"]
    assert check(url_of(live)) == []
    with open_store(url_of(live)) as store:
        assert not store.is_adopted()
        store.adopt()
        assert store.is_adopted()
    assert done.kept == live.with_name("digest.db.before-restore")
    assert people(done.kept) == ["Ada@Example.org", "bo@example.org"]
    assert not {name for name in files(live) if name.startswith(".")}


def test_what_was_there_is_kept_each_time(live: Path, backup: Path) -> None:
    kept = [restore(url_of(live), backup).kept for _ in range(3)]
    assert [each and each.name for each in kept] == [f"digest.db.before-restore{number}" for number in ("", 2, 3)]


def test_who_has_the_database_open_sees_what_was_restored(live: Path, backup: Path) -> None:
    with open_store(url_of(live)) as pages:
        pages.subscribers.add(reader("bo@example.org"), NOON)
        assert len(pages.subscribers.list()) == 2
        restore(url_of(live), backup)
        assert [one.address for one in pages.subscribers.list()] == ["Ada@Example.org"]
        pages.subscribers.add(reader("cy@example.org"), NOON)
    assert people(live) == ["Ada@Example.org", "cy@example.org"]
    assert check(url_of(live)) == []


def test_nothing_is_restored_while_a_sender_lives(live: Path, backup: Path) -> None:
    with open_store(url_of(live)) as store, store.seat(), pytest.raises(SeatTaken):
        restore(url_of(live), backup)
    with open_store(url_of(live)) as store:
        assert store.is_adopted()


def test_a_plain_copy_is_a_backup_too_and_is_not_adopted_either(live: Path, tmp_path: Path) -> None:
    with open_store(url_of(live)) as store:
        store.subscribers.add(reader("bo@example.org"), NOON)
        copy(live, tmp_path / "copy.db")
        copy(f"{live}-wal", tmp_path / "copy.db-wal")
    restore(url_of(live), tmp_path / "copy.db")
    assert people(live) == ["Ada@Example.org", "bo@example.org"]
    with open_store(url_of(live)) as store:
        assert not store.is_adopted()


def test_a_backup_that_may_only_be_read(live: Path, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert restore(url_of(live), backup).contents.subscribers == 1


def test_what_is_only_in_a_journal_is_not_passed_over_by_who_may_only_read(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "is in use and may not be written; run this as the user that runs digest"
    with open_store(url_of(live)) as store:
        store.subscribers.add(reader("bo@example.org"), NOON)
        copy(live, tmp_path / "copy.db")
        copy(f"{live}-wal", tmp_path / "copy.db-wal")
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(StoreError, match=said):
            back_up(url_of(live), tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()
    assert said in refused(live, tmp_path / "copy.db")


@pytest.mark.parametrize("before", [None, b"", b"Dear reader, " * 1000])
def test_a_place_without_a_database_gets_one(live: Path, backup: Path, before: bytes | None) -> None:
    """Also where journals of the lost one are left, which SQLite would play into the new."""
    add(live, "bo")
    with open_store(url_of(live)) as store:
        store.subscribers.add(reader("cy@example.org"), NOON)
        journal = live.with_name("digest.db-wal").read_bytes()
    live.unlink()
    if before is not None:
        live.write_bytes(before)
    live.with_name("digest.db-wal").write_bytes(journal)
    done = restore(url_of(live), backup)
    assert people(live) == ["Ada@Example.org"]
    assert check(url_of(live)) == []
    assert bool(done.kept) == done.replaced == bool(before)
    if done.kept:
        assert done.kept.read_bytes() == before
        assert done.kept.with_name(f"{done.kept.name}-wal").read_bytes() == journal


def test_over_a_damaged_database(live: Path, backup: Path) -> None:
    damage(live)
    was = live.read_bytes()
    done = restore(url_of(live), backup)
    assert people(live) == ["Ada@Example.org"]
    assert check(url_of(live)) == []
    assert done.kept
    assert done.kept.read_bytes() == was


# What is no backup


def test_a_text_is_no_backup(live: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader, " * 1000)
    assert refused(live, tmp_path / "letter.txt").endswith("letter.txt is not a database file; name a file that "
                                                           "digest db backup wrote")  # fmt: skip


def test_an_empty_file_is_no_backup(live: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert "empty.db cannot be trusted: it is empty" in refused(live, tmp_path / "empty.db")


def test_no_file_a_folder_and_the_database_itself_are_no_backups(live: Path, tmp_path: Path) -> None:
    for source, why in ((tmp_path / "none.db", "no file"), (tmp_path, "no file"), (live, "is the database itself")):
        assert why in refused(live, source)


@pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.9, 0.95])
@pytest.mark.parametrize("whole_pages", [True, False])
def test_a_file_that_was_cut_short_is_no_backup(live: Path, backup: Path, part: float, whole_pages: bool) -> None:
    content = backup.read_bytes()
    end = max(int(len(content) * part), 1)
    backup.write_bytes(content[: max(end // 4096 * 4096, 4096) if whole_pages else end])
    assert "backup.db" in refused(live, backup)


def test_a_damaged_file_is_no_backup(live: Path, backup: Path) -> None:
    damage(backup)
    assert "backup.db cannot be " in refused(live, backup)


def test_rows_that_name_others_that_are_lost_are_no_backup(live: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as raw, raw:
        raw.execute("DELETE FROM subscriber")
    assert "it is damaged: topic row 1 names a missing subscriber" in refused(live, backup)


def test_the_database_of_another_program_is_no_backup(live: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "photos.db")) as other, other:
        other.execute("CREATE TABLE photo (id INTEGER)")
    assert "photos.db cannot be trusted: the database belongs to another program" in refused(
        live, tmp_path / "photos.db"
    )


def test_a_backup_of_a_newer_program_waits_for_that(live: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "is at revision 9999, which this program does not know; install" in refused(live, backup)


def test_a_backup_of_an_older_program_comes_back_to_be_upgraded(live: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
    assert newest() != "0001"
    restore(url_of(live), backup)
    with pytest.raises(StoreError, match="run: digest db upgrade"):
        open_store(url_of(live))


def test_a_file_that_somebody_else_has_locked_is_not_waited_for_without_an_end(
    live: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.store.backup.DEADLINE", 0.5)
    database = Database(url_of(live))
    try:
        with database.write():
            assert "is locked by another program" in refused(live, backup)
    finally:
        database.close()
