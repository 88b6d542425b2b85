"""Column types mean the same on both databases."""

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from digest.model import SourceState
from digest.store.engine import Store
from digest.store.types import database_seconds
from tests.store.cast import NOON


def test_a_moment_of_any_zone_comes_back_as_the_same_moment_in_utc(store: Store) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-7, minutes=-30)))
    store.sources.put(SourceState(name="arxiv", fetched_at=there))
    found = store.sources.get("arxiv").fetched_at
    assert found == NOON
    assert found is not None
    assert found.utcoffset() == timedelta(0)


def test_a_naive_moment_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="naive"):
        store.sources.put(SourceState(name="arxiv", fetched_at=datetime(2026, 5, 28)))  # noqa: DTZ001


def test_database_seconds_count_from_1970(store: Store) -> None:
    with store.database.read() as conn:
        seconds = conn.scalar(select(database_seconds()))
    assert isinstance(seconds, int)
    assert seconds > 1_700_000_000
