"""Whose request it is: only proxies of ours are believed, and only about their own neighbour."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from webapp.client_address import Addresses, is_local, site_of

NEAR = ("127.0.0.0/8", "::1/128")


class Peer:
    """A transport that comes from somewhere."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get_extra_info(self, name: str, default: object = None) -> object:
        """The address."""
        return (self._address, 40000) if name == "peername" else default

    def is_closing(self) -> bool:
        """Open."""
        return False


def address(peer: str, *forwarded: str, trusted: tuple[str, ...] = NEAR) -> str:
    headers = CIMultiDict(("X-Forwarded-For", value) for value in forwarded)
    request = make_mocked_request("GET", "/", headers=headers, transport=Peer(peer))
    return Addresses(trusted).of(request)


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        # Whoever comes directly may claim what they like.
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        # The right-most hop was written by our proxy; what stands before it came along.
        ("127.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1, 127.0.0.1"], "198.51.100.1"),
        ("::1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("127.0.0.1", ["198.51.100.1:51234"], "198.51.100.1"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1, nonsense"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
    ],
)
def test_the_nearest_hop_that_is_not_ours(peer: str, forwarded: list[str], found: str) -> None:
    assert address(peer, *forwarded) == found


def test_a_chain_of_proxies_of_ours() -> None:
    trusted = (*NEAR, "10.0.0.0/8")
    assert address("10.0.0.2", "6.6.6.6, 198.51.100.1, 10.1.2.3", trusted=trusted) == "198.51.100.1"
    assert address("10.0.0.2", "10.9.9.9", trusted=trusted) == "10.9.9.9"
    assert address("127.0.0.1", "198.51.100.1", trusted=()) == "127.0.0.1"


def test_households_of_the_new_internet_are_counted_as_one() -> None:
    assert site_of("2001:db8:1:2:3:4:5:6") == site_of("2001:db8:1:2::9") != site_of("2001:db8:1:3::9")
    assert site_of("198.51.100.1") == "198.51.100.1"
    assert site_of("::ffff:198.51.100.1") == "::ffff:198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "local"),
    [
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("127.0.0.1", True, False),
        ("10.0.0.1", False, False),
    ],
)
def test_local_is_who_comes_directly(peer: str, forwarded: bool, local: bool) -> None:
    headers = {"X-Forwarded-For": "127.0.0.1"} if forwarded else {}
    request = make_mocked_request("GET", "/", headers=headers, transport=Peer(peer))
    assert is_local(request) is local
