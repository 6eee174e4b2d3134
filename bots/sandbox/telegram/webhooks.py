"""Posting updates to webhooks: in order within a chat, chats side by side, again and again until 2xx."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, MultipartReader

from bots.sandbox.model import Bot, FeedItem, Webhook
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.telegram.updates import update_json
from bots.sandbox.world import World

_log = logging.getLogger(__name__)
_ANSWER_BYTES = 1024 * 1024

Execute = Callable[[Bot, str, Params], Awaitable[Any]]


class Webhooks:
    """The courier of all bots; ``run`` is its life. ``execute`` does the method that an answer may name."""

    def __init__(self, world: World, rules: TelegramRules, execute: Execute) -> None:
        self._world = world
        self._rules = rules
        self._execute = execute
        self._lines: dict[str, asyncio.Task[None]] = {}
        self._gates: dict[int, tuple[int, asyncio.Semaphore]] = {}

    async def run(self) -> None:
        """Delivers until cancelled."""
        async with ClientSession(timeout=ClientTimeout(total=self._rules.webhook_timeout)) as session:
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
            if bot.webhook is None:
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
        """One chat's updates, one after another; the next waits until the bot took the one before."""
        while True:
            feed = self._world.feed(bot)
            item = next((item for item in feed.items if item.chat == chat), None)
            if item is None or bot.webhook is None:
                return
            if await self._deliver(session, bot, item) and item in feed.items:
                feed.items.remove(item)

    async def _deliver(self, session: ClientSession, bot: Bot, item: FeedItem) -> bool:
        """True when the update was taken, dropped, or given up after the last try; False when the webhook is
        gone.
        """
        pause = self._rules.webhook_first_pause
        for _ in range(self._rules.webhook_tries):
            webhook = bot.webhook
            if webhook is None:
                return False
            async with self._gate(bot, webhook):
                error = await self._post(session, bot, webhook, item)
            if not error:
                return True
            webhook.last_error, webhook.last_error_at = error, self._world.clock.now()
            await self._pause(bot, webhook, item, pause)
            pause = min(pause * 2, self._rules.webhook_longest_pause)
            if item not in self._world.feed(bot).items:
                return True
        _log.warning("update given up", extra={"bot": bot.username, "update_id": item.number})
        return True

    async def _pause(self, bot: Bot, webhook: Webhook, item: FeedItem, seconds: float) -> None:
        """Waits, but no longer than the webhook is the same and the update is wanted."""
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

    async def _post(self, session: ClientSession, bot: Bot, webhook: Webhook, item: FeedItem) -> str:
        """Posts once. Returns what went wrong, in the words of ``getWebhookInfo``; empty when taken."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        update, started, status, error = update_json(item), time.perf_counter(), 0, ""
        try:
            async with session.post(
                webhook.url, json=update, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
                if 200 <= status < 300:
                    await self._obey(bot, response)
                else:
                    error = f"Wrong response from the webhook: {status} {response.reason}"
        except TimeoutError:
            error = "Read timeout expired"
        except ClientError as failed:
            error = "Connection refused" if status == 0 else f"Connection lost: {type(failed).__name__}"
        self._world.calls.write(
            at=self._world.clock.now(),
            direction="update",
            bot=bot.username,
            token=bot.token,
            method=item.kind,
            params=update,
            status=status,
            answer=error or "ok",
            ms=(time.perf_counter() - started) * 1000,
        )
        return error

    async def _obey(self, bot: Bot, response: ClientResponse) -> None:
        """An answer may name a method to call, as JSON or multipart; its result is told to nobody."""
        values: dict[str, Any] = {}
        if response.content_type == "application/json":
            raw = await response.content.read(_ANSWER_BYTES)
            if raw.strip():
                try:
                    parsed = json.loads(raw)
                except ValueError:
                    return
                values = parsed if isinstance(parsed, dict) else {}
        elif response.content_type == "multipart/form-data":
            reader = MultipartReader.from_response(response)
            async for part in reader:
                if not isinstance(part, MultipartReader) and part.name and not part.filename:
                    values[part.name] = await part.text()
        if isinstance(values.get("method"), str):
            await self._execute(bot, values.pop("method"), Params(values))
