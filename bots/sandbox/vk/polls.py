"""Bots Long Poll: places in the list of events, and waiting at its end."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from bots.sandbox.model import Bot
from bots.sandbox.vk.objects import event_json
from bots.sandbox.world import World

_MOST = 100
_KEY = "longpoll_key"


class Polls:
    """Hands out keys and serves ``a_check``. A community's key is kept with its settings."""

    def __init__(self, world: World) -> None:
        self._world = world

    def server(self, bot: Bot, base: str) -> dict[str, Any]:
        """Where to ask, with which key, from where on."""
        key = bot.settings.setdefault(_KEY, secrets.token_hex(20))
        ts = str(self._world.feed(bot).next_number)
        return {"key": key, "server": f"{base}/longpoll/{bot.id}", "ts": ts}

    async def check(self, bot: Bot, key: str, ts: str, seconds: float) -> dict[str, Any]:
        """Events from ``ts`` on; waits up to ``seconds`` for the first. Or what has ``failed``."""
        if not secrets.compare_digest(key.encode(), str(bot.settings.get(_KEY, "")).encode()) or not key:
            return {"failed": 2}
        feed = self._world.feed(bot)
        if not ts.isdigit():
            return {"failed": 3}
        place, first = int(ts), feed.items[0].number if feed.items else feed.next_number
        if place > feed.next_number or (place < first and feed.next_number - first != len(feed.items)):
            return {"failed": 1, "ts": str(first)}
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            items = [item for item in feed.items if item.number >= place][:_MOST]
            left = deadline - asyncio.get_running_loop().time()
            if items or left <= 0 or self._world.closing.is_set():
                ts = str(items[-1].number + 1 if items else place)
                return {"ts": ts, "updates": [event_json(bot, item) for item in items]}
            await self._world.fed.wait(left)
