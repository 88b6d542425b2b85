"""What every test may use: loopback-only sockets, the captures folder, a fixed moment."""

import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.databases", "tests.smtp"]  # the fixtures store, database_url, postgresql_url; smtp_server

LOOPBACK = ("127.", "::1", "localhost")
CAPTURES = Path(os.environ.get("DIGEST_CAPTURES", Path(__file__).parents[2] / "shared" / "captures"))

# Wherever a test forgets to say, the day is this one.
NOON = datetime(2026, 5, 28, 12, 0, tzinfo=UTC)

# A machine with other work to do is no reason to fail.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files and generated documents")


def pytest_configure() -> None:
    """What a shell starts in its background is deaf to Ctrl-C, and so would be every program that a test starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"a test tried to reach {address}", pytrace=False)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _plain_logs() -> None:
    """Not to a stream that ended with an earlier test's command; and tracebacks in colours take a fifth of a second."""
    structlog.reset_defaults()
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure([structlog.processors.add_log_level, console])


@pytest.fixture(scope="session")
def captures() -> Path:
    """The optional real captures; tests that ask for it carry the mark `captures`."""
    if not CAPTURES.is_dir():
        pytest.skip("the optional real captures are not here")
    return CAPTURES


@pytest.fixture
def now() -> datetime:
    return NOON


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With DIGEST_NO_SKIPS set, a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("DIGEST_NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
