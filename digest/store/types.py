"""Column types and one SQL expression that mean the same on SQLite and PostgreSQL.

In:    aware datetimes, frozen dataclasses of the vocabulary.
Out:   aware UTC datetimes and equal dataclasses.
Never: a naive datetime, a pickle, a database's local time.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, DateTime, Dialect, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment. SQLite has no zones, so there the text is UTC without one, and still sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


class AsJson(TypeDecorator[Any]):
    """A value of `shape` (a dataclass of the vocabulary, a tuple of strings …) as JSON text that reads back equal."""

    impl = Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _adapter(self.shape).dump_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else _adapter(self.shape).validate_json(value)


class database_seconds(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """Whole seconds since 1970 by the database's clock: leases must not depend on a sender's clock."""

    type = BigInteger()
    inherit_cache = True


@compiles(database_seconds, "sqlite")
def _sqlite_seconds(_element: database_seconds, _compiler: SQLCompiler, **_: Any) -> str:
    return "CAST(strftime('%s', 'now') AS INTEGER)"


@compiles(database_seconds, "postgresql")
def _postgresql_seconds(_element: database_seconds, _compiler: SQLCompiler, **_: Any) -> str:
    return "CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT)"
