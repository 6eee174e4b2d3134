"""A Telegram bot at work in a test: the real adapter against the sandbox's Bot API, see ``talk``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.telegram.bot import BotSession, make_bot
from bots.telegram.service import TelegramService, Webhook
from tests.support.talk import Ground, ground

TOKEN = "7770001:AA-this_is_the_secret_part_of_it"
BOT_ID = 7770001
USERNAME = "salon_bot"


class Bench(Ground):
    """Bots come and go as processes would: :meth:`bot`."""

    def service(
        self, session: BotSession, *, webhook: Webhook | None = None, drain: float = 5.0
    ) -> TelegramService:
        """A bot that is not started yet."""
        return TelegramService(
            make_bot(TOKEN, session),
            dialogs=self.runtime(),
            reach=self.core.clients,
            uow=self.core.uow,
            clock=self.core.clock,
            commands=("start", "help"),
            webhook=webhook,
            drain=drain,
        )

    @asynccontextmanager
    async def bot(self, *, webhook: Webhook | None = None) -> AsyncIterator[TelegramService]:
        """A bot at work."""
        session = BotSession(self.api_url)
        service = self.service(session, webhook=webhook)
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
