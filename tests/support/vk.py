"""A VK community at work in a test: the real adapter with vkbottle's client against the sandbox's VK, see
``talk``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.vk.api import VkSession, make_community
from bots.vk.service import VkService
from bots.vk.setup import Callback
from storage.redis.cursors import RedisCursors
from tests.support.talk import Ground, ground

GROUP_ID = 220001
TOKEN = "220001:vk1.a.this_is_the_secret_part_of_it"
NAME = "salon_vk"


class Bench(Ground):
    """Communities come and go as processes would: :meth:`bot`."""

    def service(
        self,
        session: VkSession,
        *,
        group_id: int = GROUP_ID,
        token: str = TOKEN,
        callback: Callback | None = None,
        app_id: int | None = None,
        drain: float = 5.0,
    ) -> VkService:
        """A community that is not started yet."""
        return VkService(
            make_community(group_id, token, session),
            dialogs=self.runtime(),
            reach=self.core.clients,
            uow=self.core.uow,
            clock=self.core.clock,
            callback=callback,
            cursors=RedisCursors(self.redis),
            app_id=app_id,
            drain=drain,
        )

    @asynccontextmanager
    async def bot(
        self, *, group_id: int = GROUP_ID, token: str = TOKEN, callback: Callback | None = None
    ) -> AsyncIterator[VkService]:
        """A community at work."""
        session = VkSession(self.api_url)
        service = self.service(session, group_id=group_id, token=token, callback=callback)
        await service.start()
        try:
            yield service
        finally:
            await service.stop()
            await session.close()


@asynccontextmanager
async def bench(database: str, redis_url: str, api_url: str) -> AsyncIterator[Bench]:
    """On a fresh database and an empty Valkey."""
    async with ground(database, redis_url, api_url) as made:
        yield Bench(made.core, made.redis, made.api_url, made.script)
