"""A real Postfix takes our mail, a real OpenDKIM believes its signatures, and a real mail program shows it."""

import email
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from tests.journeys.conftest import READERS, Program, Replay, install
from tests.journeys.postfix import HERE, Mailhost, mailhost
from tests.journeys.terminal import terminal
from tests.mail.dkim import key_table, keys, verdicts

pytestmark = [
    pytest.mark.captures,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not HERE, reason="root, Postfix and OpenDKIM are needed: apt-get install postfix opendkim"),
]

DAY = "2026-05-27"
SIGNED = """
[dkim]
rsa_key_file = "rsa.pem"
ed25519_key_file = "ed25519.pem"
"""


@dataclass(frozen=True, slots=True)
class Lived:
    """A day that has passed, and the server that took its mail."""

    digest: Program
    server: Mailhost
    mails: list[bytes]


@pytest.fixture(scope="module")
def lived(replay: Replay) -> Iterator[Lived]:
    with tempfile.TemporaryDirectory(prefix="postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # Postfix and OpenDKIM run as users of their own
        with mailhost(folder, key_table(folder)) as server:
            digest = install(folder / "digest", replay, server.port)
            set_up(digest.folder)
            digest("run", "--as-of", DAY)
            yield Lived(digest, server, server.mails(len(READERS)))


def set_up(folder: Path) -> None:
    for key, name in zip(keys(), ("rsa.pem", "ed25519.pem"), strict=True):
        (folder / name).write_bytes(key.pem)
        (folder / name).chmod(0o600)
    config = folder / "config.toml"
    text = config.read_text().replace("[smtp]", '[smtp]\nbounce_domain = "example.org"')
    config.write_text(text + SIGNED)


def muttrc(server: Mailhost) -> Path:
    """As Debian sets mutt up, but for what it would ask first."""
    file = server.folder / "muttrc"
    file.write_text(f'set folder="{server.folder}"\nalternative_order text/plain text/html\n')
    return file


def parsed(lived: Lived) -> list[Message]:
    return [email.message_from_bytes(each) for each in lived.mails]


def test_every_reader_has_one_mail(lived: Lived) -> None:
    assert sorted(str(each["X-Original-To"]) for each in parsed(lived)) == sorted(reader for reader, *_ in READERS)


def test_both_signatures_are_believed(lived: Lived) -> None:
    for mail in parsed(lived):
        results = str(mail["Authentication-Results"])
        passed = re.findall(r"dkim=(\w+)[^;]*?header\.d=(\S+)[^;]*?header\.a=([\w-]+)", results)
        assert passed == [("pass", "example.org", "rsa-sha256"), ("pass", "example.org", "ed25519-sha256")], results


def test_they_hold_after_the_way_through_the_server(lived: Lived) -> None:
    for mail in lived.mails:
        assert verdicts(mail) == [True, True]


def test_each_mail_has_an_address_of_its_own_to_come_back_to(lived: Lived) -> None:
    paths = {str(each["Return-Path"]) for each in parsed(lived)}
    assert len(paths) == len(READERS)
    assert all(re.fullmatch(r"<bounce\+[a-z2-7]{40}@example\.org>", path) for path in paths)


@pytest.mark.skipif(not all(map(shutil.which, ("mutt", "tmux"))), reason="apt-get install mutt tmux")
def test_a_mail_program_of_the_terminal_shows_it(lived: Lived) -> None:
    with terminal(lived.server.folder, 100, 50) as screen:
        screen.keys(f"mutt -F {muttrc(lived.server)} -f {lived.server.maildir}", "Enter")
        index = screen.shows("Morning papers")
        assert len(re.findall(r"^ +\d+ N .*Morning papers", index, re.MULTILINE)) == len(READERS)
        screen.keys("Enter")
        first = screen.shows("Unsubscribe")
        assert "Subject: " in first
        assert "https://papers.example.org/u/" in first
        screen.keys("Space")
        shown = first + screen.shows("For you")
    assert not re.search(r"=\?utf-8|=[0-9A-F]{2}=|&(amp|quot|#39);|\\\w+\{|\ufffd", shown)
