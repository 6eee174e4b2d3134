"""Posting updates to webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientError, ClientResponse, MultipartReader

from bots.sandbox.courier import Courier, CourierRules, Post
from bots.sandbox.model import Bot, Messenger
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.telegram.updates import update_json
from bots.sandbox.world import World

_ANSWER_BYTES = 1024 * 1024

Execute = Callable[[Bot, str, Params], Awaitable[Any]]


class Webhooks:
    """The courier of all bots; ``run`` is its life. ``execute`` does the method that an answer may name."""

    def __init__(self, world: World, rules: TelegramRules, execute: Execute) -> None:
        self._world = world
        self._execute = execute
        patience = CourierRules(
            timeout=rules.webhook_timeout,
            first_pause=rules.webhook_first_pause,
            longest_pause=rules.webhook_longest_pause,
            tries=rules.webhook_tries,
        )
        self.run = Courier(world, Messenger.TELEGRAM, patience, self._post).run

    async def _post(self, post: Post) -> str:
        """Posts once. Returns what went wrong, in the words of ``getWebhookInfo``; empty when taken."""
        bot, webhook, item = post.bot, post.webhook, post.item
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        update, started, status, error = update_json(item), time.perf_counter(), 0, ""
        try:
            async with post.session.post(
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
