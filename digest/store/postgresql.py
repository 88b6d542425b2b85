"""PostgreSQL that must answer: every wait for the server ends, also where it is frozen and the kernel still answers.

In:    an engine, the seconds that one statement may take.
Out:   connections that close themselves when an answer stays away, and settings by which the server does its part.
Never: a wait without an end: neither for a connection, nor a ping, nor a statement, nor a commit.
"""

from collections.abc import Generator
from functools import partial
from time import monotonic
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Dialect, Engine, create_engine, event

SOON = 10.0  # seconds for a connection, and for the ping of one that was idle
GRACE = 0.5  # seconds that a server which lives has left to say so itself
T = TypeVar("T")
Waiting = Generator[Any, Any, T]


class Connection(psycopg.Connection[Any]):
    """psycopg waits in `wait` alone. The server's own statement_timeout is of no use when the server stands still."""

    patience = 0.0

    def wait(self, gen: Waiting[T], *args: Any, **kwargs: Any) -> T:
        # Outside a transaction there are only pings, and the seat's short questions.
        seconds = _soon(self.patience) if self.autocommit else self.patience
        return super().wait(self._until(monotonic() + seconds, gen), *args, **kwargs)

    def _until(self, deadline: float, gen: Waiting[T]) -> Waiting[T]:
        """What `gen` does; psycopg resumes it ten times a second while nothing comes."""
        try:
            wanted = next(gen)
            while monotonic() < deadline:
                wanted = gen.send((yield wanted))
            self.close()  # a late answer must not become that of the next statement
            raise psycopg.OperationalError("the server does not answer")
        except StopIteration as end:
            answer: T = end.value
            return answer


def make_engine(url: URL, deadline: float, **pool: Any) -> Engine:
    """An engine whose statements end within `deadline` seconds: by the server if it lives, else by us."""
    milliseconds = int(deadline * 1000)
    settings = {
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds // 2,
        "idle_in_transaction_session_timeout": milliseconds,  # a sender that is frozen keeps its locks no longer
    }
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    given = str(url.query.get("options", ""))
    options = {
        "options": f"{ours} {given}".strip(),  # the operator's own come last and win
        "connect_timeout": int(_soon(deadline)),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": milliseconds,
    }
    engine = create_engine(url, pool_pre_ping=True, connect_args=options, **pool)
    event.listen(engine, "do_connect", partial(_connect, deadline))
    return engine


def _soon(deadline: float) -> float:
    return min(SOON, deadline / 3)


def _connect(deadline: float, _dialect: Dialect, _record: object, args: Any, options: dict[str, Any]) -> Connection:
    connection = Connection.connect(*args, **options)
    connection.patience = deadline + GRACE
    return connection
