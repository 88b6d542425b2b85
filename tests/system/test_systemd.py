"""The unit in a real systemd, all its walls up: the first mail, reload, what hangs, what dies, what cannot start."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.cli.test_serve import free_port
from tests.mail.dkim import keys, verdicts
from tests.smtp import SmtpServer
from tests.system.conftest import PROGRAM, as_digest, override
from tests.system.machine import Machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CONFIG = "etc/digest/config.toml"


def wait_for(journal: Iterator[str], *words: str) -> str:
    """The next line with all of these words in it; the test's own time limit ends the wait."""
    return next(line for line in journal if all(word in line for word in words))


def count(machine: Machine, what: str) -> str:
    return machine.tells("digest", what)[what]


def test_the_first_mail_leaves_through_all_walls(installed: Machine, smtp_server: SmtpServer) -> None:
    installed("systemctl", "enable", "--now", "--quiet", "digest")
    with installed.journal("digest") as journal:
        while "sent=1" not in wait_for(journal, "delivered"):
            pass  # the first tick may have come before the reading
    [mail] = smtp_server.mails
    assert mail.recipient == "ada@example.org"

    status = installed("systemctl", "status", "digest", "--no-pager")
    assert "active (running)" in status
    assert "all is well" in status
    assert "1 paper sent" in as_digest(installed, "why", "ada@example.org")
    owners = installed("find", "/var/lib/digest", "-printf", "%u %m %f\n").splitlines()
    assert {line.split()[0] for line in owners} == {"digest"}
    assert "digest 750 digest" in owners  # what is in it is nobody else's
    exposure = re.search(
        r"exposure level for digest.service: ([\d.]+)", installed("systemd-analyze", "security", "digest")
    )
    assert exposure
    assert float(exposure[1]) <= 1.5

    began = time.monotonic()
    installed("systemctl", "stop", "digest")
    assert time.monotonic() - began < 30
    assert count(installed, "Result") == "success"


def test_the_walls_leave_the_daemon_its_own_figures(installed: Machine) -> None:
    port = free_port()
    with (installed.root / CONFIG).open("a") as config:
        config.write(f'metrics_listen = "127.0.0.1:{port}"\n')  # [web] is its last table
    installed("systemctl", "start", "digest")
    with installed.journal("digest") as journal:
        wait_for(journal, "started", "listen")
    figures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert "digest_database_up 1.0" in figures
    assert "process_resident_memory_bytes " in figures


def test_a_password_and_keys_in_the_credential_store_reach_the_mail_server(installed: Machine) -> None:
    with SmtpServer(users={"ada": "hunter2-hunter2"}) as server:
        config = installed.root / CONFIG
        login = f'port = {server.port}\nusername = "ada"'
        config.write_text(re.sub(r"port = \d+", login, config.read_text(), count=1))
        installed("install", "-d", "-m", "700", "/etc/credstore")
        installed("install", "-m", "600", "/dev/stdin", "/etc/credstore/digest.smtp_password", told="hunter2-hunter2\n")
        for key, name in zip(keys(), ("dkim_rsa", "dkim_ed25519"), strict=True):
            installed("install", "-m", "600", "/dev/stdin", f"/etc/credstore/digest.{name}", told=key.pem.decode())
        installed("systemctl", "start", "digest")
        with installed.journal("digest") as journal:
            while "sent=1" not in wait_for(journal, "delivered"):
                pass
        assert [mail.user for mail in server.mails] == ["ada"]
        assert verdicts(server.mails[0].message) == [True, True]
    assert "hunter2" not in installed("journalctl", "--no-pager", "--output=json")


def test_reload_takes_a_good_configuration_and_refuses_a_bad_one(installed: Machine) -> None:
    installed("systemctl", "start", "digest")
    process, config = count(installed, "MainPID"), installed.root / CONFIG
    good = config.read_text()
    with installed.journal("digest") as journal:
        wait_for(journal, "started", "listen")
        config.write_text(good.replace("Morning papers", "Evening papers"))
        installed("systemctl", "reload", "digest")
        wait_for(journal, "started", "listen")

        config.write_text(good + "colour = 'red'\n")
        installed("systemctl", "reload", "digest", code=1)
        assert "colour is no key we know" in wait_for(journal, "colour")
    assert installed.tells("digest", "ActiveState", "MainPID") == {"ActiveState": "active", "MainPID": process}


def test_what_hangs_is_started_again(installed: Machine, smtp_server: SmtpServer) -> None:
    override(installed, "WatchdogSec=6", "RestartSec=0")
    installed("systemctl", "start", "digest")
    with installed.journal("digest") as journal:
        while "sent=1" not in wait_for(journal, "delivered"):
            pass
        began, first = time.monotonic(), count(installed, "MainPID")
        installed("kill", "-STOP", first)
        wait_for(journal, "Watchdog timeout")
        wait_for(journal, "started", "listen")
        assert time.monotonic() - began < 40
    assert installed.tells("digest", "ActiveState", "NRestarts") == {"ActiveState": "active", "NRestarts": "1"}
    assert len(smtp_server.mails) == 1


@pytest.mark.parametrize("number", ["KILL", "TERM"])
def test_what_is_killed_is_started_again(installed: Machine, number: str) -> None:
    override(installed, "RestartSec=0")
    installed("systemctl", "start", "digest")
    with installed.journal("digest") as journal:
        wait_for(journal, "started", "listen")
        installed("kill", f"-{number}", count(installed, "MainPID"))
        wait_for(journal, "started", "listen")
    assert count(installed, "NRestarts") == "1"


def test_a_configuration_that_cannot_be_used_is_said_once(installed: Machine) -> None:
    with (installed.root / CONFIG).open("a") as config:
        config.write("colour = 'red'\n")
    installed("systemctl", "start", "digest", code=1)
    with installed.journal("digest") as journal:
        wait_for(journal, "digest: /etc/digest/config.toml has a problem:")
        wait_for(journal, "Failed to start")
    found = installed.tells("digest", "ActiveState", "ExecMainStatus", "NRestarts")
    assert found == {"ActiveState": "failed", "ExecMainStatus": "78", "NRestarts": "0"}


def test_installing_again_changes_nothing_and_uninstalling_keeps_the_data(installed: Machine) -> None:
    override(installed, "WatchdogSec=50")
    installed("systemctl", "enable", "--now", "--quiet", "digest")
    unit = installed.root / "etc/systemd/system/digest.service"
    before = unit.read_text(), (installed.root / CONFIG).read_text(), count(installed, "MainPID")
    assert "systemctl restart digest" in installed(PROGRAM, "service", "install")
    assert (unit.read_text(), (installed.root / CONFIG).read_text(), count(installed, "MainPID")) == before

    said = installed(PROGRAM, "service", "uninstall")
    assert "kept, as is the user: /etc/digest, /var/lib/digest, /etc/systemd/system/digest.service.d" in said
    assert installed.tells("digest", "LoadState", "ActiveState") == {
        "LoadState": "not-found",
        "ActiveState": "inactive",
    }
    assert not unit.exists()
    assert not list(installed.root.glob("etc/systemd/system/*.wants/digest.service"))
    assert "ada@example.org" in as_digest(installed, "subscriber", "list")
    assert installed(PROGRAM, "service", "uninstall").startswith("there is no ")
