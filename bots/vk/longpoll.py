"""Bots Long Poll (dev.vk.com/ru/api/bots-long-poll/getting-started): ``a_check`` in a loop of our own.

VK tells by ``ts`` from where on. It is moved, and kept for the next start, only when a batch has been taken
in; until then VK keeps the batch. Troubles are waited out, each longer than the one before.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from vkbottle import VKAPIError

from bots.vk.api import VERSION, Community, Json, NoAnswer
from bots.vk.inbound import EVENTS
from bots.vk.outgoing import told

_log = logging.getLogger(__name__)

Event = dict[str, Any]

#: Seconds that a call is open for when nothing happens, and what the network may add.
POLL_SECONDS: Final = 25
_SLACK: Final = 15

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class Cursors(Protocol):
    """Keeps where a reader of events stopped. Never fails: what is not known is read from now on."""

    async def get(self, name: str) -> str | None: ...

    async def put(self, name: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Server:
    url: str
    key: str
    ts: str


class Poller:
    """``take`` stores a batch; when it raises, the batch is fetched again.

    ``pause`` and ``longest`` (seconds) bound the waiting after a failure.
    """

    def __init__(
        self,
        community: Community,
        take: Callable[[Sequence[Event]], Awaitable[None]],
        *,
        cursors: Cursors | None = None,
        pause: float = _FIRST_PAUSE,
        longest: float = _LONGEST_PAUSE,
    ) -> None:
        self._community = community
        self._take = take
        self._cursors = cursors
        self._first, self._longest = pause, longest
        self._pause = pause
        self._server: _Server | None = None
        self._ts: str | None = None
        self._set_up = False

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                await self._round()
                self._pause = self._first
            except (VKAPIError, NoAnswer) as error:
                await self._wait(told(error))
            except Exception:  # noqa: BLE001 - the batch is kept by VK and fetched again
                _log.exception("events could not be taken in", extra={"group": self._community.group_id})
                await self._wait("storing failed")

    async def _round(self) -> None:
        if not self._set_up:
            await self._switch_on()
            self._set_up = True
        if self._server is None:
            self._server = await self._ask_for_server()
        if self._ts is None:
            kept = await self._cursors.get(self._name) if self._cursors else None
            await self._move(kept or self._server.ts)
        answer = await self._check(self._server)
        match answer.get("failed"):
            case None:
                await self._taken(answer)
            case 1:  # older than what VK keeps: what there is comes from here on
                _log.warning("events were lost", extra={"group": self._community.group_id})
                await self._move(answer["ts"])
            case 2:  # the key has expired
                self._server = await self._ask_for_server()
            case failure:  # 3: VK has lost its place too
                _log.warning("events may be lost", extra={"group": self._community.group_id, "why": failure})
                self._server = await self._ask_for_server()
                await self._move(self._server.ts)

    async def _taken(self, answer: Json) -> None:
        events = [each for each in answer.get("updates") or () if isinstance(each, dict)]
        if events:
            await self._take(events)
        await self._move(answer["ts"])

    async def _move(self, ts: object) -> None:
        """Read on from here, after a restart too."""
        if str(ts) != self._ts:
            self._ts = str(ts)
            if self._cursors:
                await self._cursors.put(self._name, self._ts)

    async def _check(self, server: _Server) -> Json:
        answer = await self._community.session.read(
            server.url,
            method="GET",
            params={"act": "a_check", "key": server.key, "ts": self._ts, "wait": POLL_SECONDS},
            seconds=POLL_SECONDS + _SLACK,
        )
        if not isinstance(answer, dict):
            raise NoAnswer("not an answer of Long Poll")
        return answer

    async def _ask_for_server(self) -> _Server:
        asked = {"group_id": self._community.group_id}
        found = (await self._community.request("groups.getLongPollServer", asked))["response"]
        return _Server(str(found["server"]), str(found["key"]), str(found["ts"]))

    async def _switch_on(self) -> None:
        """Long Poll with the events that we need. A token without the right to it leaves what the owner
        chose.
        """
        settings: Json = {"group_id": self._community.group_id, "enabled": True, "api_version": VERSION}
        try:
            await self._community.request(
                "groups.setLongPollSettings", settings | dict.fromkeys(EVENTS, True)
            )
        except VKAPIError as error:
            _log.warning("Long Poll not set up: %s", told(error), extra={"group": self._community.group_id})

    @property
    def _name(self) -> str:
        return f"vk:{self._community.group_id}"

    async def _wait(self, why: str) -> None:
        # A new place to ask at is a part of every new beginning; several processes must not do it in step.
        self._server = None
        seconds = self._pause * random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, keeps no secret
        about = {"group": self._community.group_id, "seconds": round(seconds, 1)}
        _log.warning("polling pauses: %s", why, extra=about)
        self._pause = min(self._pause * 2, self._longest)
        await asyncio.sleep(seconds)
