"""The sandbox as an aiohttp application: the page, its API, the messengers' APIs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import web

from bots.sandbox.hands import Hands
from bots.sandbox.model import Messenger
from bots.sandbox.page import SandboxPage
from bots.sandbox.telegram.api import BotApi
from bots.sandbox.telegram.messenger import TelegramMessenger
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.telegram.server import add_bot_api
from bots.sandbox.vk.api import VkApi
from bots.sandbox.vk.messenger import VkMessenger
from bots.sandbox.vk.rules import VkRules
from bots.sandbox.vk.server import add_vk_api
from bots.sandbox.web import SandboxApi
from bots.sandbox.world import World

TELEGRAM_PREFIX = "/telegram"
VK_PREFIX = "/vk"


def build_sandbox_app(
    world: World,
    *,
    zone: str = "Europe/Moscow",
    telegram: TelegramRules | None = None,
    vk: VkRules | None = None,
) -> web.Application:
    """An application to be mounted anywhere (``/sandbox`` in the demo); ``zone`` is where the page's clocks
    hang.

    The Bot API is under ``telegram/``, so ``TelegramAPIServer.from_base(f"{address}/telegram")`` reaches it.
    VK's methods are under ``vk/method/``.
    """
    telegram, vk = telegram or TelegramRules(), vk or VkRules()
    hands = Hands(
        world,
        {Messenger.TELEGRAM: TelegramMessenger(world, telegram), Messenger.VK: VkMessenger(world, vk)},
    )
    api = SandboxApi(world, hands, zone)
    app = web.Application()
    app.add_routes(api.routes())
    page = SandboxPage()
    app.add_routes(page.routes())
    app.on_response_prepare.append(page.prepare)
    add_bot_api(app, BotApi(world, telegram), TELEGRAM_PREFIX)
    add_vk_api(app, VkApi(world, vk), VK_PREFIX)

    async def shifted(_: timedelta) -> None:
        world.emit("clock", {"clock": api.clock_view()})

    async def follow_clock(_: web.Application) -> AsyncIterator[None]:
        unsubscribe = world.clock.subscribe(shifted)
        yield
        unsubscribe()

    async def close(_: web.Application) -> None:
        world.close()

    app.cleanup_ctx.append(follow_clock)
    app.on_shutdown.append(close)
    return app
