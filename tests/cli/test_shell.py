"""How the program behaves in a shell: help, exit codes, pipes, signals; and what cannot be used at all."""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.cli.options import UsageError, day_or_moment, moment
from digest.cli.output import printable
from digest.cli.root import run
from digest.store.engine import open_store
from tests.cli.conftest import Cli

PROGRAM = (sys.executable, "-m", "digest")


def start(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80", **more}
    return subprocess.run(
        [*PROGRAM, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


# --- help and usage -----------------------------------------------------------------------------------------------


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from digest.cli.root import run; run(['--help']); print([m for m in sys.modules if '.' not in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "subscriber" in done.stdout
    loaded = done.stdout.splitlines()[-1]
    heavy = ("pydantic", "sqlalchemy", "numpy", "httpx", "jinja2", "asyncio", "email_validator")
    assert [name for name in heavy if f"'{name}'" in loaded] == []


def test_help_is_fast(tmp_path: Path) -> None:
    before = os.times()
    assert start(tmp_path, "--help").returncode == 0
    after = os.times()  # the processor time of the child, which a busy machine does not stretch much
    assert (after.children_user - before.children_user) + (after.children_system - before.children_system) < 0.8


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["subscribr"], "digest: no such command 'subscribr'. Did you mean 'subscriber'?; see digest --help"),
        (["subscriber", "list", "--foo"], "digest: no such option: --foo; see digest subscriber list --help"),
        (["publish", "--as-of", "2026-05-27"], "digest: 2026-05-27 is a day, not a moment; write it as 2026-05-27T"),
        (["run", "--as-of", "yesterday"], "digest: “yesterday” is no moment; write it as"),
        (["why", "a@example.org", "--date", "27.5."], "digest: “27.5.” is no date; write it as 2026-05-27"),
        (["subscriber", "list", "--state", "happy"], "digest: invalid value for '--state'"),
    ],
)
def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], line: str) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert err.startswith(line)
    assert err.count("\n") == 1
    assert not out


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    out, err = capsys.readouterr()
    assert out.count("Usage: digest") == 1
    assert not err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("digest 0.")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-05-27T08:00:00Z", datetime(2026, 5, 27, 8, tzinfo=UTC)),
        ("2026-05-27T08:00", datetime(2026, 5, 27, 8, tzinfo=UTC)),
        ("2026-05-27 10:00+02:00", datetime(2026, 5, 27, 8, tzinfo=UTC)),
    ],
)
def test_moments(text: str, wanted: datetime) -> None:
    assert moment(text) == wanted
    assert day_or_moment(text) == wanted
    with pytest.raises(UsageError):
        moment(text[:10])
    assert day_or_moment(text[:10]) == wanted.date()


# --- where the configuration is -----------------------------------------------------------------------------------


def test_the_configuration_is_named_before_or_after_or_by_the_environment(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good, absent = str(cli.folder / "config.toml"), "/nowhere/config.toml"
    assert run(["config", "check", "--config", good]) == 0
    assert run(["--config", good, "config", "check"]) == 0
    assert run(["--config", absent, "config", "check", "--config", good]) == 0
    assert run(["--config", good, "config", "check", "--config", absent]) == 78
    monkeypatch.setenv("DIGEST_CONFIG", good)
    assert run(["config", "check"]) == 0
    assert run(["config", "check", "--config", absent]) == 78
    assert run(["--config", absent, "config", "check"]) == 78
    monkeypatch.delenv("DIGEST_CONFIG")
    monkeypatch.chdir(cli.folder)
    assert run(["config", "check"]) == 0
    capsys.readouterr()


def test_no_configuration_is_one_line(tmp_path: Path) -> None:
    done = start(tmp_path, "subscriber", "list")
    assert done.returncode == 78
    assert done.stderr == (
        "digest: no config.toml here; copy config.example.toml to config.toml, or name yours with --config PATH\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_bad_configuration_is_told_as_a_whole(cli: Cli) -> None:
    with (cli.folder / "config.toml").open("a") as file:
        file.write('colour = "red"\n[schedule]\ndefault_zone = "Europe/Berln"\n')
    for command in (["config", "check"], ["run"], ["subscriber", "list"]):
        lines = cli(*command, code=78).err.splitlines()
        assert lines[0].endswith("config.toml has 2 problems:")
        assert lines[1].startswith(
            "  schedule.default_zone: there is no zone “Europe/Berln”; did you mean Europe/Berlin"
        )
        assert lines[2].startswith("  sources[invented].colour is no key we know; there are name, kind")
        assert len(lines) == 3
    assert not (cli.folder / "digest.db").exists()


def test_what_is_configured_is_shown_without_secrets(cli: Cli) -> None:
    with (cli.folder / "config.toml").open("a") as file:
        file.write('[database]\nurl = "postgresql+psycopg://ada:hunter2@localhost/papers"\n')
    text = cli("config", "show").out
    found = cli("config", "show", "--json").json
    for shown in (text, str(found)):
        assert "hunter2" not in shown
        assert "0123456789abcdef" not in shown
        assert "localhost/papers" in shown
    assert found["schedule"]["default_time"] == "07:30"
    assert 'default_time = "07:30"' in text
    assert "[[sources]]" in text


def test_what_is_shown_is_a_configuration_again(cli: Cli) -> None:
    shown = cli("config", "show").out.replace('secret = "**********"', "")
    (cli.folder / "config.toml").write_text(shown)
    assert cli("config", "show").out.replace('secret = ""', "") == shown


# --- databases that cannot be used --------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_left_alone(cli: Cli) -> None:
    file = cli.folder / "digest.db"
    file.write_bytes(b"these are not the pages you are looking for\n" * 100)
    before = file.read_bytes()
    for command in (["subscriber", "list"], ["run"], ["db", "check"], ["db", "upgrade"]):
        assert "is not a database file; move it away" in cli.fails(*command)
    assert file.read_bytes() == before


def test_a_folder_is_no_database(cli: Cli) -> None:
    (cli.folder / "digest.db").mkdir()
    assert "is a folder, not a database file" in cli.fails("subscriber", "list")


def test_a_database_of_another_program(cli: Cli) -> None:
    import sqlite3

    with sqlite3.connect(cli.folder / "digest.db") as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    assert "belongs to another program" in cli.fails("subscriber", "list")


def test_a_folder_that_is_not_there(cli: Cli) -> None:
    with (cli.folder / "config.toml").open("a") as file:
        file.write('[database]\nurl = "sqlite:///data/digest.db"\n')
    assert "mkdir -p" in cli.fails("subscriber", "list")


def test_db_upgrade_and_check(cli: Cli) -> None:
    assert "the database is at revision " in cli("db", "upgrade").out
    assert cli("db", "check").out == "the database is good\n"
    assert cli("db", "check", "--json").json == {"good": True, "problems": [], "adopted": True}


# --- terminals, pipes, signals ------------------------------------------------------------------------------------


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("red\x1b[31m\r\nnext\u202e") == "red [31m  next "


def test_a_pipe_cuts_nothing_and_colours_nothing(cli: Cli) -> None:
    long = f"{'a' * 60}@{'very-long-domain-name.' * 4}example.org"
    cli("subscriber", "add", long)
    listed = cli("subscriber", "list").out
    assert long in listed
    assert "\x1b" not in listed


def in_terminal(cli: Cli, *arguments: str, width: int = 80) -> str:
    """What the program writes to a terminal of that width."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "LINES": "40", "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [*PROGRAM, *arguments], cwd=cli.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    read = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            read += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    assert process.wait() == 0, read.decode()
    return read.decode()


def test_a_terminal_gets_a_table_that_fits(cli: Cli) -> None:
    cli("subscriber", "add", "a-rather-long-address-of-somebody@department.university.example.org", "--topic", "kites")
    shown = in_terminal(cli, "subscriber", "list")
    assert max(map(len, shown.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines())) <= 80
    assert "\x1b[1m" in shown


@pytest.mark.slow
def test_long_work_shows_progress_on_a_terminal_only(cli: Cli, feed: str) -> None:
    cli.configure(feed=feed)
    assert "reading" in in_terminal(cli, "ingest")
    assert "reading" not in cli("ingest", "--force").out


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error(cli: Cli) -> None:
    rows = "".join(f"reader{number}@example.org\n" for number in range(2000))
    (cli.folder / "people.csv").write_text("email\n" + rows)
    cli("subscriber", "import", str(cli.folder / "people.csv"), "--confirmed")
    for command in ("list --json", "list", "export"):
        line = f"{sys.executable} -m digest subscriber {command} | head -n 1"
        done = subprocess.run(
            [shutil.which("bash") or "bash", "-c", line], cwd=cli.folder, capture_output=True, text=True, check=True
        )
        assert done.stdout.count("\n") == 1
        assert not done.stderr


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["config", "show"]])
def test_a_full_disk_is_one_line(cli: Cli, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *arguments], cwd=cli.folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "digest: the system refused: No space left on device\n")


def test_a_closed_output_is_no_error(cli: Cli) -> None:
    line = f"{sys.executable} -m digest config check >&-"
    done = subprocess.run(["sh", "-c", line], cwd=cli.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_an_interrupt_is_one_line(cli: Cli) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and says nothing
        cli.configure(feed=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        process = subprocess.Popen(
            [*PROGRAM, "ingest"], cwd=cli.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        connection, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        connection.close()
    assert process.returncode == 130
    assert err == "digest: interrupted; nothing is lost, run it again to go on\n"
    assert not out


@pytest.mark.slow
def test_serve_answers_and_stops(cli: Cli, feed: str) -> None:
    import socket
    import urllib.error
    import urllib.request

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    cli.configure(feed=feed)
    with (cli.folder / "config.toml").open("a") as file:
        file.write(f'[web]\nlisten = "127.0.0.1:{port}"\n')
    cli("subscriber", "add", "ada@example.org")
    process = subprocess.Popen([*PROGRAM, "serve", "--json"], cwd=cli.folder, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if '"ingested"' in line:
            break
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/u/not-a-token", timeout=10)
    assert refused.value.code == 404
    refused.value.close()
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=40)[1]
    assert process.returncode == 0, rest
    assert time.monotonic() - began < 30
    with open_store(f"sqlite:///{cli.folder}/digest.db") as store:
        assert store.sources.get("invented").papers == 3
