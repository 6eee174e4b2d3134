"""The whole program as ``make demo`` starts it, on the session's servers, driven over HTTP."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.sandbox.client import ChatClient, SandboxClient
from bots.sandbox.telegram.rules import TelegramRules
from deploy.demo.show import Demo, open_demo
from deploy.settings import Settings


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(database: str, redis_url: str, tmp_path: Path) -> Settings:
    """The demo's settings on a database and a Redis of the test's own."""
    return Settings(
        data_dir=tmp_path / "data",
        http_port=free_port(),
        database_url=database,
        redis_url=redis_url,
    )


@pytest.fixture
async def demo(settings: Settings) -> AsyncIterator[Demo]:
    """The demo, running."""
    rules = TelegramRules(limit_rates=False)
    async with open_demo(settings, lambda _: None, rules=rules) as running:
        yield running


@pytest.fixture
async def sandbox(demo: Demo) -> AsyncIterator[SandboxClient]:
    """The testers' client of the demo, at nine in the morning of the next working Tuesday in Moscow."""
    async with SandboxClient(f"{demo.url}/sandbox") as client:
        now = demo.clock.now()
        days = (1 - now.weekday()) % 7 or 7
        morning = (now + timedelta(days=days)).replace(hour=6, minute=0, second=0, microsecond=0)
        await client.move_to(morning)
        yield client


STUDIO_BOT = "okoshko_demo_bot"


class Story:
    """A client and the staff of the studio at their phones."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox = sandbox

    async def client(self, name: str = "Алиса Орлова") -> ChatClient:
        """Somebody who opens the bot for the first time and presses Start."""
        chat = await self.sandbox.person(name).open(STUDIO_BOT)
        await chat.start()
        return chat

    async def anna(self) -> ChatClient:
        """Anna's phone, who does manicure."""
        return await self.sandbox.person("Анна Смирнова").open(STUDIO_BOT)

    async def owner(self) -> ChatClient:
        """The owner's phone."""
        return await self.sandbox.person("Вера Лебедева").open(STUDIO_BOT)

    async def ask(self, chat: ChatClient, *, master: str = "Анна") -> None:
        """From the card to the time: a manicure with ``master``, at the last of the quick picks, which is of another day."""
        await chat.press("Записаться")
        await chat.press("Маникюр")
        await chat.press(master)
        await chat.press(later_time(chat))

    async def book(self, chat: ChatClient, *, master: str = "Анна") -> None:
        """The whole way of a new client."""
        await self.ask(chat, master=master)
        await chat.share_contact()
        await chat.press("Согласиться и записаться")
        await chat.wait_for("Заявка отправлена")


def first_time(chat: ChatClient) -> str:
    """The label of the first quick pick on the screen."""
    return chat.screen.rows[0][0].text


def later_time(chat: ChatClient) -> str:
    """The label of the last quick pick on the screen."""
    return chat.screen.rows[0][-1].text


@pytest.fixture
def story(sandbox: SandboxClient) -> Story:
    """The cast."""
    return Story(sandbox)
