"""A machine that a real systemd has booted, with the service installed and somebody due."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, PAPERS, published, rss
from tests.cli.test_serve import free_port
from tests.smtp import SmtpServer
from tests.system.machine import HOME, Machine, booted

PROGRAM = f"{HOME}/bin/digest"
OWN = '\n[database]\nurl = "sqlite:////var/lib/digest/digest.db"\n\n[web]\nlisten = "127.0.0.1:{port}"\n'


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    if os.geteuid() or not shutil.which("systemd-nspawn"):
        pytest.skip("booting a machine needs root and systemd-nspawn: apt-get install systemd-container dbus")
    with booted(tmp_path) as made:
        yield made


@pytest.fixture
def installed(machine: Machine, smtp_server: SmtpServer) -> Iterator[Machine]:
    """Ada is due since midnight, and a feed has papers for her."""
    machine(PROGRAM, "service", "install")
    with published(rss(PAPERS, date="")) as feed:
        config = CONFIG.format(smtp=smtp_server.port, feed=feed) + OWN.format(port=free_port())
        (machine.root / "etc/digest/config.toml").write_text(config)
        as_digest(machine, "subscriber", "add", "ada@example.org", "--topic", "folding kites", "--at", "00:00")
        yield machine


def as_digest(machine: Machine, *arguments: str, code: int = 0) -> str:
    """What the operator types: sudo -u digest digest …"""
    become = "setpriv", "--reuid=digest", "--regid=digest", "--clear-groups"
    return machine(*become, PROGRAM, "--config", "/etc/digest/config.toml", *arguments, code=code)


def override(machine: Machine, *lines: str) -> None:
    """What `systemctl edit digest` writes."""
    folder = machine.root / "etc/systemd/system/digest.service.d"
    folder.mkdir(exist_ok=True)
    (folder / "override.conf").write_text("\n".join(["[Service]", *lines, ""]))
    machine("systemctl", "daemon-reload")
