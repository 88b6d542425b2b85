"""What stands between the socket and the pages."""

import asyncio
import socket

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from digest.web.context import network
from digest.web.listener import Listener


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells who is asking."""
    if scope["type"] == "http":
        await PlainTextResponse(network(Request(scope)))(scope, receive, send)


async def asked(**headers: str) -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    with Listener() as listener:
        async with listener.serving(mirror, address, lambda: None), httpx.AsyncClient() as client:
            answer = await client.get(f"http://{address[0]}:{address[1]}/", headers=headers)
    return answer.text


@pytest.mark.parametrize("host", ["x" * 60_000, f"fe80::1%{'x' * 60_000}"])
def test_what_a_careless_proxy_hands_on_is_cut(host: str) -> None:
    """The limits remember twenty thousand of them."""
    assert len(network(Request({"type": "http", "client": (host, 0)}))) <= 45


def test_the_server_believes_nobody_but_whom_the_operator_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """`web.trusted_proxies` is read by the application; another opinion below it would always trust this machine."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert asyncio.run(asked(**{"x-forwarded-for": "203.0.113.9"})) == "127.0.0.1"
