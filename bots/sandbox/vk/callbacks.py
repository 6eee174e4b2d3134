"""The Callback API: events posted to the community's address until it answers «ok»."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from bots.sandbox.courier import Courier, CourierRules, Post
from bots.sandbox.model import Bot, Messenger
from bots.sandbox.vk.methods.groups import confirmation_code
from bots.sandbox.vk.objects import VERSION, event_json
from bots.sandbox.vk.rules import VkRules
from bots.sandbox.world import World

_CONFIRM_SECONDS = 5.0


class Callbacks:
    """The courier of all communities; ``run`` is its life."""

    def __init__(self, world: World, rules: VkRules) -> None:
        self._world = world
        patience = CourierRules(
            timeout=rules.callback_timeout,
            first_pause=rules.callback_first_pause,
            longest_pause=rules.callback_longest_pause,
            tries=rules.callback_tries,
        )
        self.run = Courier(world, Messenger.VK, patience, self._deliver).run

    async def confirm(self, bot: Bot, url: str, secret: str) -> bool:
        """Whether the address answers with the community's string."""
        event: dict[str, Any] = {"type": "confirmation", "group_id": bot.id, "v": VERSION}
        async with ClientSession(timeout=ClientTimeout(total=_CONFIRM_SECONDS)) as session:
            answer, _ = await self._post(session, bot, url, _with_secret(event, secret))
        return answer == confirmation_code(bot)

    async def _deliver(self, post: Post) -> str:
        event = _with_secret(event_json(post.bot, post.item), post.webhook.secret)
        headers = {"X-Retry-Counter": str(post.number)} if post.number else {}
        answer, error = await self._post(post.session, post.bot, post.webhook.url, event, headers)
        return error or ("" if answer == "ok" else "the answer is not «ok»")

    async def _post(
        self,
        session: ClientSession,
        bot: Bot,
        url: str,
        event: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> tuple[str, str]:
        """The answer's text when it came with 200, and what went wrong otherwise."""
        started, status, answer, error = time.perf_counter(), 0, "", ""
        try:
            async with session.post(url, json=event, headers=headers, allow_redirects=False) as response:
                status, answer = response.status, (await response.text())[:200].strip()
                if status != 200:
                    error = f"HTTP {status}"
        except TimeoutError:
            error = "timed out"
        except ClientError as failed:
            error = f"no connection: {type(failed).__name__}"
        self._world.calls.write(
            at=self._world.clock.now(),
            direction="update",
            bot=bot.username,
            token=bot.token,
            method=str(event["type"]),
            params=event | ({"secret": "***"} if "secret" in event else {}),
            status=status,
            answer=error or answer,
            ms=(time.perf_counter() - started) * 1000,
        )
        return ("", error) if error else (answer, "")


def _with_secret(event: dict[str, Any], secret: str) -> dict[str, Any]:
    return event | {"secret": secret} if secret else event
