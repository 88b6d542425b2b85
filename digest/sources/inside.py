"""Tells addresses of our own network from public ones.

In:    a host name or an address.
Out:   the addresses it resolves to; whether one is private, loopback, link-local or otherwise not public.
Never: a connection.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address

Resolve = Callable[[str], Awaitable[list[str]]]


async def resolve_host(host: str) -> list[str]:
    """The addresses of a host, IPv4 first: it is the one that works everywhere. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return sorted({str(entry[4][0]) for entry in found}, key=lambda address: (":" in address, address))


def is_inside(address: str) -> bool:
    """True for what is not globally reachable (IANA special-purpose registries, RFC 6890) and for multicast."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return not ip.is_global or ip.is_multicast
