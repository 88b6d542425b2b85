"""Connections that rest between two messages, and how many may be at work.

In:    connections whose state is known; the most that may be at work.
Out:   one that may be used again, newest first; a goodbye to one that is old, worn, long at rest or too many.
Never: a wait for a goodbye, a connection that is used twice at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Generic, Protocol, TypeVar

_AGE = 300.0  # seconds after which a connection is replaced: relays count, and balance their load, by connection
_REST = 30.0  # seconds at rest after which we leave: RFC 5321 section 4.5.3.2.7 lets a server wait for five minutes


class Poolable(Protocol):
    """A connection."""

    born: float  # by the clock of the loop
    transactions: int

    async def is_ready(self, rested: float) -> bool:
        """Whether it can still be used, after so many seconds at rest."""
        ...

    async def quit(self) -> None:
        """Says goodbye and closes."""
        ...

    def abort(self) -> None:
        """Closes."""
        ...


C = TypeVar("C", bound=Poolable)


class Pool(Generic[C]):
    """`limit` connections at most, at work and at rest together, each for `messages` messages at most."""

    def __init__(self, limit: int, messages: int) -> None:
        self._limit, self._messages = limit, messages
        self._leaving: set[asyncio.Task[None]] = set()
        self._idle: dict[C, asyncio.TimerHandle] = {}  # the newest comes last
        self.begin()

    def begin(self) -> None:
        """To be called in the loop that runs from now on."""
        self._busy, self._room = 0, asyncio.Event()

    async def end(self) -> None:
        """Says goodbye to all that are at rest, and waits for it."""
        for connection in tuple(self._idle):
            self._leave(connection)
        await asyncio.gather(*self._leaving)

    def limit(self, connections: int) -> None:
        """What is under way over the limit comes to its end."""
        self._limit = max(1, connections)
        self._room.set()
        self._leave_surplus()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits until there is room for one more at work."""
        while self._busy >= self._limit:
            self._room.clear()
            await self._room.wait()
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._room.set()
            self._leave_surplus()

    async def take(self) -> C | None:
        """One that can still be used, as far as can be known."""
        while self._idle:
            connection, until = next(reversed(self._idle.items()))
            now = asyncio.get_running_loop().time()
            if now - connection.born > _AGE or connection.transactions >= self._messages:
                self._leave(connection)
                continue
            self._wake(connection)
            ready = False
            try:
                ready = await connection.is_ready(now - until.when() + _REST)
            finally:
                if not ready:
                    connection.abort()
            if ready:
                return connection
        return None

    def put(self, connection: C) -> None:
        """To rest, until it is used again or has rested for too long."""
        self._idle[connection] = asyncio.get_running_loop().call_later(_REST, self._leave, connection)

    def _leave_surplus(self) -> None:
        while self._idle and self._busy + len(self._idle) > self._limit:
            self._leave(next(iter(self._idle)))

    def _leave(self, connection: C) -> None:
        self._wake(connection)
        leaving = asyncio.create_task(connection.quit())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    def _wake(self, connection: C) -> None:
        self._idle.pop(connection).cancel()
