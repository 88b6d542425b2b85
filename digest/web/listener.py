"""The web server's socket, and uvicorn behind it.

In:    an ASGI application, an address.
Out:   pages, until the context is left; the socket stays, so that whoever calls between two configurations waits.
Never: a signal handler: the signals are the daemon's.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from digest.errors import ListenError

GRACE_SECONDS = 4  # for requests under way


class Listener:
    """A context manager that closes the socket at its end."""

    def __init__(self) -> None:
        self._address = ("", 0)
        self._socket: socket.socket | None = None

    @asynccontextmanager
    async def serving(self, pages: ASGIApp, address: tuple[str, int], ended: Callable[[], None]) -> AsyncIterator[None]:
        """Serves `pages`; `ended` is called where the server ends by itself. Raises ListenError for a taken address."""
        listening = self._bound(address).dup()  # uvicorn closes what it is given
        # Whose X-Forwarded-For counts is for the pages to say; uvicorn would believe whoever comes from this machine.
        options = {"log_config": None, "server_header": False, "access_log": False, "proxy_headers": False}
        server = uvicorn.Server(uvicorn.Config(pages, timeout_graceful_shutdown=GRACE_SECONDS, **options))  # type: ignore[arg-type]
        server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
        task = asyncio.create_task(server.serve(sockets=[listening]))

        def end(_: object) -> None:
            ended()

        task.add_done_callback(end)
        try:
            yield
        finally:
            task.remove_done_callback(end)
            server.should_exit = True
            await task

    def _bound(self, address: tuple[str, int]) -> socket.socket:
        """The socket for `address`: the one there is, or another one in its place."""
        if self._socket is None or address != self._address:
            fresh = _listening(address)
            self.close()
            self._socket, self._address = fresh, address
        return self._socket

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _listening(address: tuple[str, int]) -> socket.socket:
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server(address, family=family)
    except OSError as error:
        reason = os.strerror(error.errno or 0)  # its own text names the address again
        raise ListenError(
            f"web.listen: cannot listen on {host}:{port}: {reason}", "end what has it, or name another"
        ) from error
