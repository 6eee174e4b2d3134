"""A sandbox on a free port of this machine, for tests and trials."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bots.sandbox.app import build_sandbox_app
from bots.sandbox.client import SandboxClient
from bots.sandbox.clock import ShiftableClock
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.vk.rules import VkRules
from bots.sandbox.world import World

_PREFIX = "/sandbox"


class RunningSandbox(SandboxClient):
    """The testers' client of a sandbox in this process, whose world is at hand too."""

    def __init__(self, url: str, world: World) -> None:
        super().__init__(url)
        self.world = world


@asynccontextmanager
async def running_sandbox(
    world: World | None = None,
    *,
    telegram: TelegramRules | None = None,
    vk: VkRules | None = None,
    port: int = 0,
) -> AsyncIterator[RunningSandbox]:
    """Serves ``world`` (a new one by default) on ``port`` (a free one by default) of the loopback address."""
    world = world or World(ShiftableClock())
    root = web.Application()
    root.add_subapp(_PREFIX, build_sandbox_app(world, telegram=telegram, vk=vk))
    runner = web.AppRunner(root, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        host, bound = runner.addresses[0][:2]
        async with RunningSandbox(f"http://{host}:{bound}{_PREFIX}", world) as sandbox:
            yield sandbox
    finally:
        await runner.cleanup()
