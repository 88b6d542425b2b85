"""What a driver raises when the database cannot be used, as one line and its mend.

In:    the error of a statement, a commit or a connection, as SQLAlchemy hands it to `handle_error`.
Out:   a StoreUnavailable instead; nothing for what our own statement is to blame for, which stays as it is.
Never: a value, an address or a password in the text.
"""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import URL, ExceptionContext
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from digest.errors import StoreUnavailable

SECRETS = ("password", "sslpassword")  # where libpq takes them from the query of a URL
DAMAGED = "run: digest db check; if it finds damage: digest db restore"
ROOM = 1 << 16  # octets
NO_ENTRY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
# What SQLite answers to a wrong statement or a broken rule; every other code means that the file cannot be used.
OUR_DOING = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
    sqlite3.SQLITE_TOOBIG,
}
# SQLSTATE: what it means, and the mend (postgresql.org, appendix A).
POSTGRESQL = {
    "25006": ("takes no changes: it is read-only", "name the primary server in database.url"),
    "42501": ("refuses this user", "make the user the owner of the database"),
    "40001": ("undid this for the sake of another program", "try again"),
    "40P01": ("undid this for the sake of another program", "try again"),
    "53100": ("has no room left on its disk", "make room there"),
    "53300": ("takes no more connections", "raise its max_connections"),
    "55P03": ("is locked by another program", "end what holds the lock and try again"),
    "57014": ("takes too long", "look at its log and its load"),
    "XX001": ("is damaged", "restore a backup"),
    "XX002": ("has a damaged index", "run: REINDEX DATABASE"),
}


def explained(context: ExceptionContext) -> StoreUnavailable | None:
    """To be listened with to an engine's `handle_error`."""
    error = context.original_exception
    if context.is_pre_ping or context.engine is None:
        return None  # an idle connection has died: the pool makes a new one
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(str(context.engine.url.database), error)
    state = str(getattr(error, "sqlstate", None))
    if isinstance(context.sqlalchemy_exception, OperationalError | InternalError | InterfaceError) or state == "42501":
        return _of_postgresql(context.engine.url, state, error)
    return None


def _of_sqlite(path: str, error: sqlite3.Error) -> StoreUnavailable | None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest tells where it happened
    if code in OUR_DOING:
        return None
    if code in NO_ENTRY:
        mend = "let the user that runs digest write the file and its folder"
        return StoreUnavailable(f"{path} cannot be opened for writing", mend)
    if code == sqlite3.SQLITE_IOERR and _is_full(path):
        code = sqlite3.SQLITE_FULL
    what, mend = {
        sqlite3.SQLITE_BUSY: ("is locked by another program", "stop that program and try again"),
        sqlite3.SQLITE_FULL: ("cannot grow: its disk is full", "make room there"),
        sqlite3.SQLITE_IOERR: (f"cannot be read or written: {error}", f"look after its disk, then {DAMAGED}"),
        sqlite3.SQLITE_CORRUPT: ("is damaged", DAMAGED),
        sqlite3.SQLITE_NOTADB: ("is not a database file", "move it away or name another file in database.url"),
    }.get(code, (f"cannot be used: {error}", "try again"))
    return StoreUnavailable(f"{path} {what}", mend)


def _is_full(path: str) -> bool:
    """SQLite calls it an I/O error where the file of its shared memory cannot grow."""
    try:
        disk = os.statvfs(Path(path).parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < ROOM


def shown(url: URL) -> str:
    """The URL for people: without the password, wherever in it that is."""
    return url.difference_update_query(SECRETS).render_as_string(hide_password=True)


def _of_postgresql(url: URL, state: str, error: BaseException) -> StoreUnavailable:
    place = f"PostgreSQL at {shown(url)}"
    if state in POSTGRESQL:
        what, mend = POSTGRESQL[state]
        return StoreUnavailable(f"{place} {what}", mend)
    reason = str(error).strip().partition("\n")[0]
    for secret in filter(None, (url.password, *(url.query.get(name) for name in SECRETS))):
        reason = reason.replace(str(secret), "***")
    return StoreUnavailable(f"cannot use {place}: {reason}", "start it, or correct database.url")
