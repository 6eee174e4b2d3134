"""The demo in front of people at their phones: what the tests of the whole program share."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bots.sandbox.client import ChatClient, SandboxClient
from bots.sandbox.screen import Bubble
from bots.sandbox.telegram.rules import TelegramRules
from deploy.demo.show import Demo, open_demo
from deploy.settings import Settings

STUDIO_BOT = "okoshko_demo_bot"
STUDIO_VK = "okoshko_demo"
LONDON_BOT = "little_window_bot"
MOSCOW = ZoneInfo("Europe/Moscow")


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def next_morning(now: datetime) -> datetime:
    """Nine in the morning in Moscow of the next Tuesday after ``now``: everybody of the studio works soon."""
    local = now.astimezone(MOSCOW)
    days = (1 - local.weekday()) % 7 or 7
    return (local + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Visit:
    """A booking as the database has it."""

    id: UUID
    status: str
    start: datetime


class Story:
    """The demo with the testers' client of its phones. ``bot``: where clients of the studio talk to it; its
    own people do so in Telegram.
    """

    def __init__(self, demo: Demo, sandbox: SandboxClient, bot: str = STUDIO_BOT) -> None:
        self.demo = demo
        self.sandbox = sandbox
        self.bot = bot

    # --- people

    async def client(
        self, name: str, *, bot: str | None = None, language: str = "ru", phone: str | None = None
    ) -> ChatClient:
        """Somebody who opens the bot for the first time and presses Start."""
        chat = await self.sandbox.person(name, language=language, phone=phone).open(bot or self.bot)
        await chat.start()
        return chat

    async def anna(self) -> ChatClient:
        """Anna's phone, who does manicure."""
        return await self.sandbox.person("Анна Смирнова").open(STUDIO_BOT)

    async def owner(self) -> ChatClient:
        """The owner's phone."""
        return await self.sandbox.person("Вера Лебедева").open(STUDIO_BOT)

    # --- deeds

    async def ask(self, chat: ChatClient, *, master: str = "Анна") -> None:
        """From the card to the time: a manicure with ``master``, at the last of the quick picks, which is of
        another day.
        """
        await chat.press("Записаться")
        await chat.choose("Маникюр")
        await chat.choose(master)
        await chat.press(later_time(chat))

    async def book(self, chat: ChatClient, *, master: str = "Анна") -> Bubble:
        """The whole way of a new client; the message that says that the request was sent."""
        await self.ask(chat, master=master)
        await chat.give_phone()
        await chat.press("Согласиться и записаться")
        return await chat.wait_for("Заявка отправлена")

    async def card(self, chat: ChatClient, name: str, *, saying: str = "Новая заявка") -> Bubble:
        """The newest card of a client's booking on a phone of the business, when it says ``saying``."""
        return await chat.wait_for(saying, name, button="Телефон")

    def carried(self, data: str) -> str:
        """What a button with ``data`` of ours carries in the clients' messenger."""
        return json.dumps({"p": data}) if self.bot == STUDIO_VK else data

    async def confirm(self, name: str) -> None:
        """Anna confirms the client's booking on its card."""
        anna = await self.anna()
        await anna.press("Подтвердить", on=await self.card(anna, name))

    # --- what is written down

    async def visits(self, name: str) -> list[Visit]:
        """A client's bookings, oldest first."""
        rows = await self.demo.core.database.pool.fetch(
            "SELECT b.id, b.status, b.start_at FROM bookings b JOIN clients c ON c.id = b.client_id"
            " WHERE c.name = $1 ORDER BY b.created_at",
            name,
        )
        return [Visit(row["id"], row["status"], row["start_at"]) for row in rows]

    async def visit(self, name: str) -> Visit:
        """A client's only booking."""
        [visit] = await self.visits(name)
        return visit

    async def value(self, sql: str, *arguments: object) -> Any:
        """One value of the database."""
        return await self.demo.core.database.pool.fetchval(sql, *arguments)

    async def reminders_due(self, visit: Visit) -> list[datetime]:
        """When the reminders of a booking that are still to come are due."""
        rows = await self.demo.core.database.pool.fetch(
            "SELECT due_at FROM outbox WHERE booking_id = $1 AND kind = 'reminder' AND status = 'queued'"
            " ORDER BY due_at",
            visit.id,
        )
        return [row["due_at"] for row in rows]


def first_time(chat: ChatClient) -> str:
    """The label of the first quick pick on the screen."""
    return chat.screen.rows[0][0].text


def later_time(chat: ChatClient) -> str:
    """The label of the last quick pick on the screen."""
    return chat.screen.rows[0][-1].text


#: «27», «чт 27 нояб»; no year.
_DAY: Final = re.compile(r"\b\d{1,2}\b")


async def pick_last_day(chat: ChatClient) -> None:
    """By the calendar, to the last day on the screen that can be pressed, and its first time. A messenger
    with few buttons lists days by name, and asks for the part of the day before the time.
    """
    await chat.press("Выбрать день")
    await chat.press([label for label in chat.screen.buttons if _DAY.search(label)][-1])
    for _ in range(2):
        if "Во сколько" in chat.screen.text:
            await chat.press(chat.screen.rows[0][0].text)


def demo_settings(database: str, redis_url: str, folder: Path) -> Settings:
    """The demo's settings on a database and a Redis of the test's own."""
    return Settings(data_dir=folder, http_port=free_port(), database_url=database, redis_url=redis_url)


@asynccontextmanager
async def running_story(settings: Settings, bot: str = STUDIO_BOT) -> AsyncIterator[Story]:
    """The demo, running, at nine in the morning of the next Tuesday in Moscow; clients talk to ``bot``."""
    rules = TelegramRules(limit_rates=False)
    async with (
        open_demo(settings, lambda _: None, rules=rules) as demo,
        SandboxClient(f"{demo.url}/sandbox") as sandbox,
    ):
        await sandbox.move_to(next_morning(demo.clock.now()))
        yield Story(demo, sandbox, bot)
