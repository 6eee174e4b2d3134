"""Where a request comes from: the nearest address that isn't a proxy of ours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp import hdrs, web

_V6_SITE: Final = 64


class Addresses:
    """Finds it. ``trusted``: the networks of the proxies that are believed when they say whom they serve."""

    def __init__(self, trusted: Sequence[str]) -> None:
        networks = [ip_network(each) for each in trusted]

        @lru_cache(maxsize=1024)
        def is_trusted(address: str) -> bool:
            found = _parsed(address)
            return found is not None and any(found in network for network in networks)

        self._is_trusted = is_trusted

    def of(self, request: web.Request) -> str:
        """The peer; behind a proxy that is trusted, the right-most hop of X-Forwarded-For that is not.

        What stands further left is what somebody untrusted claims.
        """
        address = request.remote or "127.0.0.1"  # a Unix socket has no address: somebody of this machine
        if not self._is_trusted(address):
            return address
        said = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ()))
        for hop in reversed(said.split(",")):
            found = _parsed(_without_port(hop.strip()))
            if found is None:
                return address
            address = str(found)
            if not self._is_trusted(address):
                return address
        return address


ADDRESSES: Final = web.AppKey("addresses", Addresses)


def is_local(request: web.Request) -> bool:
    """Whether a program of this machine calls directly, with no proxy between."""
    return _is_loopback(request.remote or "") and hdrs.X_FORWARDED_FOR not in request.headers


@lru_cache(maxsize=1024)
def site_of(address: str) -> str:
    """What one counts by: of IPv6 the network, for a household has more addresses than there are people."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _V6_SITE), strict=False))
    return address


@lru_cache(maxsize=1024)
def _is_loopback(address: str) -> bool:
    found = _parsed(address)
    return not address or (found is not None and found.is_loopback)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _without_port(hop: str) -> str:
    """``192.0.2.1:80``, ``[2001:db8::1]:80`` and ``[2001:db8::1]`` are written too."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
