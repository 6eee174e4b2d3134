"""A sandbox on a free port and the real aiogram client against it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bots.sandbox.client import ChatClient
from bots.sandbox.running import RunningSandbox, running_sandbox

TOKEN = "7770001:AA-test"
USERNAME = "salon_bot"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """With one bot in it."""
    async with running_sandbox() as running:
        await running.add_bot(TOKEN, USERNAME, "Салон")
        yield running


@pytest.fixture
async def bot(sandbox: RunningSandbox) -> AsyncIterator[Bot]:
    """The bot's own client."""
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(sandbox.telegram_url)))
    yield bot
    await bot.session.close()


@pytest.fixture
async def chat(sandbox: RunningSandbox) -> ChatClient:
    """Anna's chat with the bot, started; nobody answers there."""
    client = await sandbox.person("Анна Смирнова", phone="+79160000001").open(USERNAME)
    await client.send("/start", wait=False)
    return client
