"""Which revision a database has, and the way to the newest.

In:    a connection; the migrations that ship with the program.
Out:   the schema at the newest revision, or a StoreError that says which side is older.
Never: an `alembic.ini`, or a change to a database of another program.
"""

import secrets
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select
from sqlmodel import col

from digest.errors import StoreError
from digest.resources import migrations_dir
from digest.store import identity
from digest.store.database import Database, one_at_a_time
from digest.store.tables import MetaRow

PRODUCT = "digest"
SCHEMA_LOCK = 0x64696701


def bring_up(database: Database, *, upgrade: bool) -> str:
    """Creates the schema of an empty database, moves an older one on if `upgrade`, and returns the revision.

    An empty one is at home here from then on, unless it took the place of another.
    Raises StoreError for a database that is not ours, newer than the program, or older and not to be upgraded.
    """
    with database.write() as conn:
        one_at_a_time(conn, SCHEMA_LOCK)
        found = revision(conn)
        if found == newest():
            return found
        if found is not None and not upgrade:
            raise StoreError(
                f"the database is at revision {found}, the program needs {newest()}", "run: digest db upgrade"
            )
        command.upgrade(_config(conn), "head")
        if found is None:
            marks = {"product": PRODUCT, "instance": secrets.token_hex(16)}
            conn.execute(insert(MetaRow), [{"key": key, "value": value} for key, value in marks.items()])
            if not identity.has_gone(database):
                identity.move_in(database, conn)
        return newest()


def revision(conn: Connection) -> str | None:
    """The revision of our schema, None for an empty database."""
    tables = set(inspect(conn).get_table_names())
    if not tables:
        return None
    if not {"meta", "alembic_version"} <= tables or not _is_ours(conn):
        raise StoreError(
            "the database belongs to another program", "name a new file or an empty database in database.url"
        )
    found = MigrationContext.configure(conn).get_current_revision()
    if found not in _known():
        mend = "install the version of digest that made it, or a newer one"
        raise StoreError(f"the database is at revision {found}, which this program does not know", mend)
    return found


def _is_ours(conn: Connection) -> bool:
    names = {column["name"] for column in inspect(conn).get_columns("meta")}
    if not {"key", "value"} <= names:
        return False
    return conn.scalar(select(col(MetaRow.value)).where(col(MetaRow.key) == "product")) == PRODUCT


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


@cache
def _known() -> tuple[str, ...]:
    """Every revision that ships with the program, newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def newest() -> str:
    return _known()[0]
