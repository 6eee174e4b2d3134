"""The Callback API's calls in, whatever web framework they come through.

The HTTP side hands over the community's number and the body, and gets the status and the text to answer with.
VK repeats what was not answered with a plain ``ok``, so an event is acknowledged only when it is stored
(dev.vk.com/ru/api/callback/getting-started). VK signs nothing: the secret in the body is all there is, so it
is looked at before anything else.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from bots.common.inbox import NotReady
from bots.common.wire import loads

_log = logging.getLogger(__name__)

TAKEN: Final = (200, "ok")
BAD_REQUEST: Final = (400, "bad request")
FORBIDDEN: Final = (403, "forbidden")
NOT_FOUND: Final = (404, "not found")
UNAVAILABLE: Final = (503, "later")


class Receiver(Protocol):
    """A community whose events are posted to us."""

    @property
    def group_id(self) -> int:
        """Its number."""
        ...

    @property
    def callback_secret(self) -> str | None:
        """What VK sends along; None: this community's events are not posted."""
        ...

    async def confirmation(self) -> str | None:
        """The string that proves to VK that this address is the community's; None: not known just now."""
        ...

    async def take(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Store events. Raises NotReady and what the database raises."""
        ...


#: ``receive(group_id, body) -> (status, text)``: what the web application is given.
Receive = Callable[[int, bytes], Awaitable[tuple[int, str]]]


def receiver(communities: Mapping[int, Receiver]) -> Receive:
    """The function behind ``POST /hooks/vk/{group_id}`` for these communities, by number."""

    async def receive(group_id: int, body: bytes) -> tuple[int, str]:
        """Status and text: 404 unknown community, 400 no event, 403 wrong secret or another's event, 503 try
        again, 200 ``ok`` (or the confirmation string).
        """
        community = communities.get(group_id)
        if community is None or community.callback_secret is None:
            return NOT_FOUND
        event = _event(body)
        if event is None:
            return BAD_REQUEST
        if not _same(event.pop("secret", None), community.callback_secret):
            _log.warning("callback with a wrong secret", extra={"group": group_id})
            return FORBIDDEN
        if event.get("group_id") != community.group_id:
            _log.warning("callback of another community", extra={"group": group_id})
            return FORBIDDEN
        if event["type"] == "confirmation":
            words = await community.confirmation()
            return (200, words) if words else UNAVAILABLE
        try:
            await community.take([event])
        except NotReady:
            return UNAVAILABLE
        except Exception:  # noqa: BLE001 - VK will deliver it again
            _log.exception("event could not be stored", extra={"group": group_id})
            return UNAVAILABLE
        return TAKEN

    return receive


def _same(given: object, wanted: str) -> bool:
    """In constant time, so that the secret can't be guessed letter by letter."""
    if not isinstance(given, str):
        return False
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _event(body: bytes) -> dict[str, Any] | None:
    try:
        event = loads(body)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("type"), str) else None
