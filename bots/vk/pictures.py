"""Pictures by address as photos of VK's own, which cards show.

A picture is fetched and uploaded once, in the background: until it is there the screen is the list that it is
without cards. Nobody waits for somebody else's server, and one that serves rubbish costs nothing but that.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from socket import AddressFamily
from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from vkbottle import VKAPIError

from bots.common.pace import Manner
from bots.common.tasks import end
from bots.dialogs.present import NotShown, Unreachable
from bots.vk.abilities import Lately
from bots.vk.outgoing import Outgoing, told

_log = logging.getLogger(__name__)

MOST_BYTES: Final = 5 * 1024 * 1024
_TIMEOUT: Final = ClientTimeout(total=15.0, sock_connect=5.0)
_TYPES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
#: An address that failed is not asked again while it is remembered.
_NONE: Final = ""

#: ``address -> (media type, content)``. Raises ValueError for what is no picture, OSError and ClientError.
Fetch = Callable[[str], Awaitable[tuple[str, bytes]]]


class Pictures:
    """Of one community."""

    def __init__(self, outgoing: Outgoing, fetch: Fetch | None = None) -> None:
        self._outgoing = outgoing
        self._fetch = fetch or fetch_picture
        self._photos: Lately[str] = Lately(1000)
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def photos(self, addresses: Iterable[str], peer: str) -> Mapping[str, str]:
        """Those that VK has already; the others are brought there for the next time."""
        found: dict[str, str] = {}
        for address in addresses:
            photo = self._photos.get(address)
            if photo:
                found[address] = photo
            elif photo is None and address not in self._under_way:
                self._under_way[address] = asyncio.create_task(self._bring(address, peer), name="vk picture")
        return found

    async def idle(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way.values())

    async def close(self) -> None:
        """Give up what is under way."""
        await end(list(self._under_way.values()))

    async def _bring(self, address: str, peer: str) -> None:
        photo = _NONE
        try:
            media_type, content = await self._fetch(address)
            photo = await self._uploaded(peer, media_type, content)
        except (ValueError, OSError, ClientError, TimeoutError) as error:
            _log.info("no picture: %s", error, extra={"address": address})
        except (VKAPIError, NotShown, Unreachable) as error:
            _log.warning("picture not uploaded: %s", told(error), extra={"address": address})
        except (KeyError, IndexError, TypeError):
            _log.warning("picture not taken by VK", extra={"address": address})
        self._photos.put(address, photo)
        del self._under_way[address]

    async def _uploaded(self, peer: str, media_type: str, content: bytes) -> str:
        manner = Manner(urgency=2)
        server = await self._outgoing.call(
            "photos.getMessagesUploadServer", {"peer_id": peer}, chat=peer, manner=manner
        )
        answer = await self._outgoing.upload(
            str(server["upload_url"]),
            name=f"picture.{_TYPES[media_type]}",
            media_type=media_type,
            content=content,
            field="photo",
        )
        kept = {name: answer[name] for name in ("photo", "server", "hash")}
        saved = await self._outgoing.call("photos.saveMessagesPhoto", kept, chat=peer, manner=manner)
        photo = saved[0] if isinstance(saved, list) else saved
        return f"{photo['owner_id']}_{photo['id']}"


class _PublicOnly(AbstractResolver):
    """Resolves to public addresses only: a picture's address is typed by people, and what stands in our own
    network is none of their business.
    """

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [each for each in found if ipaddress.ip_address(each["host"]).is_global]
        if not public:
            raise OSError(f"{host} is no public address")
        return public

    async def close(self) -> None:
        await self._inner.close()


async def fetch_picture(address: str) -> tuple[str, bytes]:
    """A picture of a public https address, of a kind and size that VK takes. See :data:`Fetch`."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or _is_number(parts.hostname):
        raise ValueError("no public https address")
    connector = TCPConnector(resolver=_PublicOnly())
    async with (
        ClientSession(connector=connector, timeout=_TIMEOUT) as session,
        session.get(address, allow_redirects=False) as response,
    ):
        if response.status != 200 or response.content_type not in _TYPES:
            raise ValueError(f"HTTP {response.status}, {response.content_type}")
        content = await response.content.read(MOST_BYTES + 1)
        while len(content) <= MOST_BYTES and (more := await response.content.read(MOST_BYTES)):
            content += more
    if len(content) > MOST_BYTES:
        raise ValueError("too large")
    return response.content_type, content


def _is_number(host: str) -> bool:
    """An address in numbers is never asked the resolver for."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
