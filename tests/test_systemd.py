"""What systemd is told, at a socket like its own."""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.systemd import Systemd


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield channel


def test_it_is_told_line_by_line(supervisor: socket.socket) -> None:
    systemd = Systemd()
    systemd.ready("all is well")
    assert supervisor.recv(1000) == b"READY=1\nSTATUS=all is well"
    systemd.alive("busy")
    assert supervisor.recv(1000) == b"WATCHDOG=1\nSTATUS=busy"
    systemd.reloading()
    assert re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=.+", supervisor.recv(1000))
    systemd.stuck("stuck: the tick mail")
    assert supervisor.recv(1000) == b"STATUS=stuck: the tick mail\nWATCHDOG=trigger"
    systemd.stopping()
    assert supervisor.recv(1000).startswith(b"STOPPING=1\n")


def test_an_abstract_socket_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0digest-{os.getpid()}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@digest-{os.getpid()}")
        Systemd().alive("well")
        channel.setblocking(False)
        assert channel.recv(1000).startswith(b"WATCHDOG=1")


def test_no_child_inherits_what_is_meant_for_us(supervisor: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert Systemd().watchdog == 60
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & set(os.environ)


def test_a_watchdog_for_another_process_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert Systemd().watchdog is None


def test_without_systemd_and_after_its_end_nothing_happens(
    tmp_path: Path, supervisor: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemd = Systemd()
    supervisor.close()
    systemd.alive("nobody hears this")
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    nobody = Systemd()
    nobody.ready("nor this")
    assert nobody.watchdog is None
