"""Migrations and table classes describe the same schema, and revisions are told apart."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from digest.errors import StoreError
from digest.resources import PACKAGE, migrations_dir
from digest.store import tables
from digest.store.engine import Store, check, open_store, upgrade
from tests.store.cast import DAY, NOON, RISING, TODAY, digest, owed, publish, reader

SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0006", "0005", None, None
def upgrade() -> None:
    op.add_column("source", sa.Column("colour", sa.String(), nullable=True))
"""


WORDS = re.compile("(ix_)?paper_words")  # the full-text index, which no class describes


def test_the_migrations_build_what_the_classes_say(store: Store) -> None:
    with store.database.read() as conn:
        opts = {"compare_type": True, "include_name": lambda name, *_: not WORDS.match(name or "")}
        context = MigrationContext.configure(conn, opts=opts)
        assert compare_metadata(context, tables.SQLModel.metadata) == []


def test_uniqueness_and_indexes_are_in_the_database(store: Store) -> None:
    with store.database.read() as conn:
        found = inspect(conn)
        for table in SQLModel.metadata.sorted_tables:
            indexed = {index["name"] for index in found.get_indexes(table.name) if not index["unique"]}
            assert indexed - {"ix_paper_words"} == {index.name for index in table.indexes}, table.name
        [owed] = found.get_unique_constraints("delivery")
    assert owed["column_names"] == ["subscriber_id", "kind", "local_date"]


@pytest.fixture
def later_program(tmp_path: Path) -> Path:
    """This program as it may be one revision from now."""
    root = tmp_path / "later"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, root / "digest", ignore=ignored)
    shutil.copytree(migrations_dir(), root / "digest" / "migrations", ignore=ignored)
    (root / "digest" / "migrations" / "versions" / "0006_second.py").write_text(SECOND)
    return root


def run(program: Path, code: str, url: str) -> str:
    command = [sys.executable, "-c", f"import sys; from digest.store.engine import *; {code}", url]
    environment = {**os.environ, "PYTHONPATH": str(program), "PYTHONWARNINGS": "error"}
    done = subprocess.run(command, env=environment, cwd=program, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def test_an_older_database_waits_for_the_operator_and_a_newer_one_is_refused(
    database_url: str, later_program: Path
) -> None:
    open_store(database_url).close()
    assert "run: digest db upgrade" in run(later_program, "open_store(sys.argv[1])", database_url)
    assert run(later_program, "print(upgrade(sys.argv[1]), check(sys.argv[1]))", database_url) == "0006 []"
    for refuse in (open_store, upgrade):
        with pytest.raises(StoreError, match="revision 0006, which this program does not know"):
            refuse(database_url)


def test_an_upgrade_takes_as_long_as_it_takes(postgresql_url: str, later_program: Path) -> None:
    """An index over many papers is minutes of work: no statement of a page or of a sender may take as long."""
    database = later_program / "digest" / "store" / "database.py"
    database.write_text(database.read_text().replace("DEADLINE = 60.0", "DEADLINE = 1.0"))
    second = later_program / "digest" / "migrations" / "versions" / "0006_second.py"
    second.write_text(SECOND + '    op.execute("SELECT pg_sleep(1.7)")\n')
    assert run(later_program, "print(upgrade(sys.argv[1]))", postgresql_url) == "0006"


def test_what_was_frozen_before_phrases_rose_is_there_after_the_upgrade(database_url: str) -> None:
    with open_store(database_url) as store:
        ada, edition = store.subscribers.add(reader(), NOON), publish(store)
        store.deliveries.enqueue([owed(edition, ada)], NOON)
        with store.database.write() as conn:
            for table in ("edition", "delivery"):
                conn.execute(text(f"ALTER TABLE {table} DROP COLUMN rising"))
            conn.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    assert (upgrade(database_url), check(database_url)) == ("0005", [])
    with open_store(database_url) as store:
        [delivery] = store.deliveries.list()
        assert store.deliveries.digest(delivery.id) == replace(digest(edition, ada), rising=())
        assert store.editions.get(TODAY) == replace(edition, rising=())
        publish(store, TODAY + DAY, first=20, at=NOON + DAY)
        assert store.editions.rising(TODAY + DAY) == RISING
