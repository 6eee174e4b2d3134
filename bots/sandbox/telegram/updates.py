"""Long polling: ``getUpdates`` with the offset that confirms, one poller at a time."""

from __future__ import annotations

import asyncio
from typing import Any

from bots.sandbox.model import Bot, Feed, FeedItem
from bots.sandbox.telegram.errors import conflict
from bots.sandbox.world import World

_MOST = 100


class Poll:
    """A poll that waits; ``terminated`` says by what another call ended it."""

    def __init__(self) -> None:
        self.terminated = ""


class Polls:
    """Who polls which bot."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: dict[int, Poll] = {}

    def terminate(self, bot: Bot, by: str) -> None:
        """Ends the bot's waiting poll with 409, as another poller or ``setWebhook`` does."""
        poll = self._waiting.pop(bot.id, None)
        if poll is not None:
            poll.terminated = by
            self._world.fed.fire()

    async def poll(self, bot: Bot, offset: int, limit: int, seconds: float) -> list[dict[str, Any]]:
        """Updates from ``offset`` on, at most ``limit``; waits up to ``seconds`` for the first.

        Raises ``ApiError`` 409 while a webhook is set, and when another poller comes.
        """
        if bot.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        self.terminate(
            bot,
            "terminated by other getUpdates request; make sure that only one bot instance is running",
        )
        feed = self._world.feed(bot)
        confirm(feed, offset)
        poll = self._waiting[bot.id] = Poll()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        try:
            while True:
                if poll.terminated:
                    raise conflict(poll.terminated)
                if feed.items:
                    return [update_json(item) for item in feed.items[: min(max(limit, 1), _MOST)]]
                left = deadline - loop.time()
                if left <= 0 or self._world.closing.is_set():
                    return []
                await self._world.fed.wait(left)
        finally:
            if self._waiting.get(bot.id) is poll:
                del self._waiting[bot.id]


def confirm(feed: Feed, offset: int) -> None:
    """Forgets what ``offset`` confirms: all before it, or all but the last ``-offset`` when negative."""
    if offset > 0:
        feed.items = [item for item in feed.items if item.number >= offset]
    elif offset < 0:
        feed.items = feed.items[offset:]


def update_json(item: FeedItem) -> dict[str, Any]:
    """An ``Update``."""
    return {"update_id": item.number, item.kind: item.payload}
