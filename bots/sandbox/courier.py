"""Posting events to bots: in order within a chat, chats side by side, again until they are taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import ClientSession, ClientTimeout

from bots.sandbox.model import Bot, FeedItem, Messenger, Webhook
from bots.sandbox.world import World

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CourierRules:
    """How patient a messenger is: seconds for an answer, seconds between tries (doubling), how many tries."""

    timeout: float
    first_pause: float
    longest_pause: float
    tries: int


@dataclass(frozen=True, slots=True)
class Post:
    """One try; ``number`` 0 is the first."""

    session: ClientSession
    bot: Bot
    webhook: Webhook
    item: FeedItem
    number: int


class Courier:
    """Serves the bots of one messenger; ``run`` is its life.

    ``post`` posts once and tells what went wrong, nothing when the event was taken.
    """

    def __init__(
        self, world: World, messenger: Messenger, rules: CourierRules, post: Callable[[Post], Awaitable[str]]
    ) -> None:
        self._world = world
        self._messenger = messenger
        self._rules = rules
        self._post = post
        self._lines: dict[str, asyncio.Task[None]] = {}
        self._gates: dict[int, tuple[int, asyncio.Semaphore]] = {}

    async def run(self) -> None:
        """Delivers until cancelled."""
        async with ClientSession(timeout=ClientTimeout(total=self._rules.timeout)) as session:
            try:
                while True:
                    self._start_lines(session)
                    await self._world.fed.wait()
            finally:
                lines = list(self._lines.values())
                for line in lines:
                    line.cancel()
                await asyncio.gather(*lines, return_exceptions=True)

    def _start_lines(self, session: ClientSession) -> None:
        for bot in self._world.state.bots.values():
            if bot.webhook is None or bot.messenger is not self._messenger:
                continue
            for chat in {item.chat for item in self._world.feed(bot).items} - set(self._lines):
                line = asyncio.create_task(self._line(session, bot, chat))
                line.add_done_callback(partial(self._line_done, chat))
                self._lines[chat] = line

    def _line_done(self, chat: str, _: asyncio.Task[None]) -> None:
        # What came between the line's last look and its end needs a new one.
        self._lines.pop(chat, None)
        self._world.fed.fire()

    async def _line(self, session: ClientSession, bot: Bot, chat: str) -> None:
        """One chat's events, one after another; the next waits until the bot took the one before."""
        while True:
            feed = self._world.feed(bot)
            item = next((item for item in feed.items if item.chat == chat), None)
            if item is None or bot.webhook is None:
                return
            if await self._deliver(session, bot, item) and item in feed.items:
                feed.items.remove(item)

    async def _deliver(self, session: ClientSession, bot: Bot, item: FeedItem) -> bool:
        """True when the event was taken, dropped, or given up after the last try; False when the webhook is
        gone.
        """
        pause = self._rules.first_pause
        for number in range(self._rules.tries):
            webhook = bot.webhook
            if webhook is None:
                return False
            async with self._gate(bot, webhook):
                error = await self._post(Post(session, bot, webhook, item, number))
            if not error:
                return True
            webhook.last_error, webhook.last_error_at = error, self._world.clock.now()
            await self._pause(bot, webhook, item, pause)
            pause = min(pause * 2, self._rules.longest_pause)
            if item not in self._world.feed(bot).items:
                return True
        _log.warning("event given up", extra={"bot": bot.username, "number": item.number})
        return True

    async def _pause(self, bot: Bot, webhook: Webhook, item: FeedItem, seconds: float) -> None:
        """Waits, but no longer than the webhook is the same and the event is wanted."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while bot.webhook is webhook and item in self._world.feed(bot).items:
            left = until - loop.time()
            if left <= 0 or not await self._world.fed.wait(left):
                return

    def _gate(self, bot: Bot, webhook: Webhook) -> asyncio.Semaphore:
        size, gate = self._gates.get(bot.id, (0, asyncio.Semaphore()))
        if size != webhook.max_connections:
            gate = asyncio.Semaphore(webhook.max_connections)
            self._gates[bot.id] = (webhook.max_connections, gate)
        return gate
