"""One process sends from a database, and none from a copy of it."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copy, copytree, rmtree
from sqlite3 import connect

import pytest
from sqlalchemy import create_engine, make_url, text

from digest.errors import StoreError
from digest.store import identity, lockfile
from digest.store.engine import Store, open_store
from digest.store.seat import NotAdopted, SeatTaken
from tests.store.cast import NOON, reader

HOLD = """
import sys
from digest.store.engine import open_store
with open_store(sys.argv[1]) as store, store.seat():
    print("seated", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_sender(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the seat."""
    command = [sys.executable, "-c", HOLD, url]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        assert process.stdout.readline() == "seated\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def send(url: str) -> None:
    """As a run of the sender does."""
    with open_store(url) as store, store.seat() as seat:
        seat.renew()
        seat.renew()


def refuses(url: str) -> bool:
    with open_store(url) as store:
        adopted = store.is_adopted()
    try:
        send(url)
    except NotAdopted:
        assert not adopted
        return True
    assert adopted
    return False


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that has been sent from."""
    folder = tmp_path / "home"
    folder.mkdir()
    send(url_of(folder / "digest.db"))
    return folder / "digest.db"


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


# One sender


def test_a_new_database_may_be_sent_from_at_once(database_url: str) -> None:
    assert not refuses(database_url)


def test_one_process_has_the_seat_and_the_next_is_told_which(database_url: str) -> None:
    open_store(database_url).close()
    with another_sender(database_url) as other, open_store(database_url) as store:
        with pytest.raises(SeatTaken, match=f"another digest \\(process {other.pid}\\b.*; stop it, or leave"):
            store.seat().__enter__()
        with pytest.raises(SeatTaken):
            store.adopt()
        assert store.is_adopted()
    send(database_url)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_seat_is_free_when_its_process_has_died(tmp_path: Path, end: signal.Signals) -> None:
    url = url_of(tmp_path / "digest.db")
    open_store(url).close()
    with another_sender(url) as other:
        other.send_signal(end)
        other.wait()
        send(url)


def test_postgresql_frees_the_seat_of_a_killed_process(postgresql_url: str) -> None:
    with another_sender(postgresql_url) as other:
        other.kill()
        other.wait()
        with open_store(postgresql_url) as store:
            while True:  # the server takes a moment to see the connection end
                try:
                    with store.seat():
                        break
                except SeatTaken:
                    continue


def test_one_process_cannot_have_it_twice(store: Store) -> None:
    with store.seat(), pytest.raises(SeatTaken):
        store.seat().__enter__()
    with store.seat():
        pass


def test_a_program_that_the_sender_starts_does_not_keep_the_seat(tmp_path: Path) -> None:
    with open_store(url_of(tmp_path / "digest.db")) as store:
        with store.seat():
            child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
        with store.seat():
            assert child.poll() is None
        child.communicate(b"\n")


def test_only_sqlite_knows_that_nobody_else_is_at_work(store: Store) -> None:
    with store.seat() as seat:
        assert seat.alone == store.database.is_sqlite


def test_two_names_of_one_file_are_one_seat(path: Path) -> None:
    other = path.with_name("other.db")
    other.symlink_to(path)
    with open_store(url_of(path)) as store, open_store(url_of(other)) as same, store.seat(), pytest.raises(SeatTaken):
        same.seat().__enter__()


def test_whoever_removes_the_lock_file_ends_the_sending(path: Path) -> None:
    with open_store(url_of(path)) as store, store.seat() as seat:
        lockfile.beside(path).unlink()
        with pytest.raises(NotAdopted):
            seat.renew()


def test_a_lock_file_that_cannot_be_opened_is_told_in_one_line(path: Path) -> None:
    lockfile.beside(path).unlink()
    lockfile.beside(path).mkdir()
    with (
        open_store(url_of(path)) as store,
        pytest.raises(StoreError, match="cannot be used: Is a directory"),
    ):
        store.seat().__enter__()


def test_a_database_that_is_gone_is_told_in_one_line(path: Path) -> None:
    with open_store(url_of(path)) as store, store.seat() as seat:
        path.rename(path.with_name("elsewhere.db"))
        with pytest.raises(StoreError, match="is gone; put it back"):
            seat.renew()


# Copies of a SQLite database


def cp(path: Path, tmp_path: Path) -> Path:
    return Path(copy(path, tmp_path / "copy.db"))


def cp_with_its_lock_file(path: Path, tmp_path: Path) -> Path:
    for each in path.parent.iterdir():
        copy(each, tmp_path / each.name.replace("digest.db", "copy.db"))
    return tmp_path / "copy.db"


def a_folder_put_back_over_the_same_files(path: Path, tmp_path: Path) -> Path:
    """As cp -a does: all of it is as it was then, with the numbers of the files it was written over."""
    copytree(path.parent, tmp_path / "copy")
    send(url_of(path))
    before = path.stat().st_ino, lockfile.beside(path).stat().st_ino
    copytree(tmp_path / "copy", path.parent, dirs_exist_ok=True)
    assert (path.stat().st_ino, lockfile.beside(path).stat().st_ino) == before
    return path


def a_folder_made_anew(path: Path, tmp_path: Path) -> Path:
    """As tar does: a file system gives the numbers of removed files to the next ones."""
    copytree(path.parent, tmp_path / "copy")
    send(url_of(path))
    rmtree(path.parent)
    copytree(tmp_path / "copy", path.parent)
    return path


def cp_r(path: Path, tmp_path: Path) -> Path:
    return Path(copytree(path.parent, tmp_path / "copy")) / path.name


def cp_r_while_it_is_open(path: Path, tmp_path: Path) -> Path:
    with open_store(url_of(path)) as store:
        store.subscribers.add(reader(), NOON)
        copied = Path(copytree(path.parent, tmp_path / "copy")) / path.name
    assert copied.with_name("digest.db-wal").exists()
    return copied


def moved_without_its_lock_file(path: Path, tmp_path: Path) -> Path:
    return path.rename(tmp_path / "moved.db")


def restored_over_the_same_file(path: Path, tmp_path: Path) -> Path:
    copy(path, tmp_path / "backup.db")
    send(url_of(path))
    inode = path.stat().st_ino
    copy(tmp_path / "backup.db", path)
    assert path.stat().st_ino == inode
    return path


def restored_by_sqlite(path: Path, tmp_path: Path) -> Path:
    copy(path, tmp_path / "backup.db")
    send(url_of(path))
    with connect(path) as live, connect(tmp_path / "backup.db") as backup:
        backup.backup(live)
    live.close()
    backup.close()
    return path


def restored_under_a_number_that_was_used_before(path: Path, tmp_path: Path) -> Path:
    """A file system gives the number of a removed file to the next one."""
    for _ in range(3):
        send(url_of(path))
    copy(path, tmp_path / "backup.db")
    lockfile.beside(path).unlink()
    with open_store(url_of(path)) as store:
        store.adopt()  # as a new database of the same number would be
    copy(tmp_path / "backup.db", path)
    return path


def without_its_lock_file(path: Path, tmp_path: Path) -> Path:
    lockfile.beside(path).unlink()
    return path


def with_a_mark_that_nobody_can_read(path: Path, tmp_path: Path) -> Path:
    path.with_name("digest.db.mark.one-more").touch()
    return path


def without_a_mark(path: Path, tmp_path: Path) -> Path:
    for mark in path.parent.glob("digest.db.mark.*"):
        mark.unlink()
    return path


def on_another_machine(path: Path, tmp_path: Path) -> Path:
    """As if the whole disk had been cloned."""
    with connect(path) as raw:
        raw.execute("UPDATE meta SET value = replace(value, 'machine ', 'machine f') WHERE key = 'home'")
    raw.close()
    return path


def from_before_homes_were_recorded(path: Path, tmp_path: Path) -> Path:
    with connect(path) as raw:
        raw.execute("DELETE FROM meta WHERE key IN ('home', 'mark')")
    raw.close()
    return path


@pytest.mark.parametrize(
    "copied",
    [
        cp, cp_with_its_lock_file, a_folder_put_back_over_the_same_files, a_folder_made_anew, cp_r,
        cp_r_while_it_is_open, moved_without_its_lock_file, restored_over_the_same_file, restored_by_sqlite,
        restored_under_a_number_that_was_used_before, without_its_lock_file, with_a_mark_that_nobody_can_read,
        without_a_mark, on_another_machine, from_before_homes_were_recorded,
    ],
)  # fmt: skip
def test_a_copy_sends_nothing_until_it_is_adopted(
    path: Path, tmp_path: Path, copied: Callable[[Path, Path], Path]
) -> None:
    url = url_of(copied(path, tmp_path))
    assert refuses(url)
    assert refuses(url)
    with open_store(url) as store:
        store.adopt()
    assert not refuses(url)


def test_the_original_goes_on_beside_its_copy(path: Path, tmp_path: Path) -> None:
    with open_store(url_of(cp(path, tmp_path))) as store:
        store.adopt()
    assert not refuses(url_of(path))


def test_a_database_that_was_moved_with_its_lock_file_goes_on(path: Path, tmp_path: Path) -> None:
    moved = path.parent.rename(tmp_path / "moved") / path.name
    assert not refuses(url_of(moved))
    for each in moved.parent.iterdir():
        each.rename(tmp_path / each.name.replace("digest.db", "renamed.db"))
    assert not refuses(url_of(tmp_path / "renamed.db"))


def test_a_copy_that_came_home_is_a_copy(path: Path, tmp_path: Path) -> None:
    away = cp(path, tmp_path)
    with open_store(url_of(away)) as store:
        store.adopt()
    for _ in range(3):
        send(url_of(away))
    copy(away, path)
    assert refuses(url_of(path))


def test_a_running_sender_learns_that_its_database_was_replaced(path: Path, tmp_path: Path) -> None:
    copy(path, tmp_path / "backup.db")
    with open_store(url_of(path)) as store, store.seat() as seat:
        seat.renew()
        with connect(path) as live, connect(tmp_path / "backup.db") as backup:
            backup.backup(live)
        live.close()
        backup.close()
        with pytest.raises(NotAdopted):
            seat.renew()


# Crashes


class _Crash(BaseException):
    """As if the process had been killed here."""


def crash(*_: object) -> None:
    raise _Crash


@pytest.mark.parametrize(
    ("place", "step"), [(identity, "replace_mark"), (lockfile.LockFile, "keep"), (lockfile, "sync_folder")]
)
def test_a_crash_while_it_renews_asks_for_no_adoption_and_hides_no_restore(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: object, step: str
) -> None:
    copy(path, tmp_path / "before.db")
    send(url_of(path))
    with open_store(url_of(path)) as store, store.seat() as seat, monkeypatch.context() as patch:
        patch.setattr(place, step, crash)
        with pytest.raises(_Crash):
            seat.renew()
    copy(path, tmp_path / "then.db")
    assert not refuses(url_of(path))
    for older in ("before.db", "then.db"):
        copy(tmp_path / older, path)
        assert refuses(url_of(path))


@pytest.mark.parametrize(
    ("place", "step"), [(identity, "move_out"), (identity, "move_in"), (lockfile.LockFile, "keep")]
)
def test_a_crash_while_it_is_adopted_leaves_a_copy(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: object, step: str
) -> None:
    url = url_of(cp(path, tmp_path))
    with open_store(url) as store, monkeypatch.context() as patch:
        patch.setattr(place, step, crash)
        with pytest.raises(_Crash):
            store.adopt()
    assert refuses(url)


def test_a_crash_within_an_adoption_leaves_even_an_adopted_one_not_adopted(store: Store) -> None:
    with pytest.raises(_Crash), store.adopting():
        crash()
    assert not store.is_adopted()
    store.adopt()
    assert store.is_adopted()


def test_an_empty_database_in_place_of_one_that_was_sent_from_is_not_at_home(path: Path) -> None:
    """As a crash leaves it in the middle of a restore, before the backup has its name."""
    path.unlink()
    assert refuses(url_of(path))
    with open_store(url_of(path)) as store:
        store.adopt()
    assert not refuses(url_of(path))


def test_an_empty_database_beside_one_that_a_restore_put_aside_is_not_at_home(tmp_path: Path) -> None:
    (tmp_path / "other.db.before-restore").touch()
    assert not refuses(url_of(tmp_path / "digest.db"))
    (tmp_path / "new.db.before-restore2").touch()
    assert refuses(url_of(tmp_path / "new.db"))


@pytest.mark.parametrize(("place", "step"), [(lockfile.LockFile, "keep"), (identity, "_forget")])
def test_a_crash_while_a_database_is_made_leaves_nothing_to_adopt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: object, step: str
) -> None:
    url = url_of(tmp_path / "digest.db")
    with monkeypatch.context() as patch:
        patch.setattr(place, step, crash)
        with pytest.raises(_Crash):
            open_store(url)
    assert not refuses(url)


# Copies of a PostgreSQL database


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()


@pytest.fixture
def clone(postgresql_url: str) -> Iterator[str]:
    """The URL of CREATE DATABASE … TEMPLATE."""
    original = make_url(postgresql_url)
    server = original.set(database="postgres").render_as_string(hide_password=False)
    name = f"{original.database}_clone"
    run(server, f"CREATE DATABASE {name} TEMPLATE {original.database} STRATEGY file_copy")
    yield original.set(database=name).render_as_string(hide_password=False)
    run(server, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_cloned_postgresql_database_sends_nothing_until_it_is_adopted(postgresql_url: str, clone: str) -> None:
    assert refuses(clone)
    assert not refuses(postgresql_url)
    with open_store(clone) as store:
        store.adopt()
    assert not refuses(clone)


def test_a_server_that_was_copied_whole_is_another_one(postgresql_url: str, tmp_path: Path) -> None:
    """All its numbers are the same, but it answers elsewhere: here that is another name of the socket's folder."""
    send(postgresql_url)
    original = make_url(postgresql_url)
    (tmp_path / "s").symlink_to(str(original.query["host"]))
    elsewhere = original.update_query_dict({"host": str(tmp_path / "s")}).render_as_string(hide_password=False)
    assert refuses(elsewhere)
    assert not refuses(postgresql_url)
    with open_store(elsewhere) as store:
        store.adopt()
    assert not refuses(elsewhere)
    assert refuses(postgresql_url)


def test_a_table_that_was_made_anew_was_restored(postgresql_url: str) -> None:
    """As pg_restore --clean does."""
    run(postgresql_url, "ALTER TABLE delivery RENAME TO was", "CREATE TABLE delivery (LIKE was INCLUDING ALL)")
    assert refuses(postgresql_url)


def test_who_may_not_ask_for_the_server_is_told_by_the_rest(postgresql_url: str, clone: str) -> None:
    """A managed server keeps its identifier to itself."""
    role = "plain_" + str(make_url(postgresql_url).database)
    run(clone, f"CREATE ROLE {role} LOGIN", f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")  # fmt: skip
    url = make_url(clone).set(username=role).render_as_string(hide_password=False)
    try:
        assert refuses(url)
        with open_store(url) as store:
            store.adopt()
        assert not refuses(url)
    finally:
        run(clone, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def backends(url: str, action: str) -> None:
    run(url, f"SELECT {action}(pid) FROM pg_stat_activity WHERE application_name LIKE 'process %'"
             " AND datname = current_database()")  # fmt: skip


def test_a_lost_connection_is_made_again_with_the_lock(postgresql_url: str) -> None:
    with open_store(postgresql_url) as store, store.seat() as seat:
        backends(postgresql_url, "pg_terminate_backend")
        seat.renew()
        with pytest.raises(SeatTaken):
            store.seat().__enter__()
    send(postgresql_url)


def test_a_seat_that_somebody_took_meanwhile_is_not_taken_back(postgresql_url: str) -> None:
    with open_store(postgresql_url) as store, store.seat() as seat:
        backends(postgresql_url, "pg_terminate_backend")
        with another_sender(postgresql_url) as other:
            for _ in range(2):
                with pytest.raises(SeatTaken, match=f"process {other.pid} on "):
                    seat.renew()
        backends(postgresql_url, "pg_terminate_backend")
        seat.renew()
