"""Updates of Telegram and VK through the dialogs, and through bare aiogram; each in a process of its
own.

Okoshko's: the session is read and written in Redis, the pressed button's step answers, the screen is rendered
and edited, the press answered. The bare one: a handler behind a state filter that reads and writes state and
data of aiogram's FSM in Redis and answers a word. Eight at a time; the Bot API and VK's answer at once, in memory.

``python -m tests.benchmarks.dialogs telegram|vk|bare REDIS [DATABASE] --seconds N``
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import logging
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, Protocol

import uvloop
from aiogram import Bot, Dispatcher
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import Message

from bots.common.pace import Limits, Pace
from bots.dialogs.assembly import build_dialogs
from bots.dialogs.context import App
from bots.dialogs.payload import Signer
from bots.dialogs.runtime import Runtime
from bots.telegram.service import TelegramService
from bots.vk.api import make_community
from bots.vk.service import VkService
from deploy.clock import SystemClock, new_id
from deploy.compose import Core, open_core
from deploy.settings import Settings
from locales import texts
from storage.redis.sessions import RedisSessions
from tests.benchmarks.memory_api import MemoryApi
from tests.benchmarks.memory_vk import MemoryVk
from tests.support.world import make_business

TOKEN: Final = "42:AA-no_token_of_anybody_at_all_0123456"
GROUP: Final = 42
AT_ONCE: Final = 8
_PEOPLE: Final = 200
#: A present app, as it says so itself.
_VK_APP: Final = {
    "button_actions": ["text", "callback", "open_link", "open_app"],
    "keyboard": True,
    "inline_keyboard": True,
    "lang_id": 0,
}

#: The messenger's own limits are measured elsewhere: here nothing may wait.
_UNLIMITED: Final = Limits(per_second=1_000_000, chat_burst=1e9)

Json = dict[str, Any]


def _person(number: int) -> Json:
    return {"id": number, "is_bot": False, "first_name": "Ольга", "language_code": "ru"}


def _message(update: int, person: int, text: str) -> Json:
    chat = {"id": person, "type": "private", "first_name": "Ольга"}
    message = {"message_id": update, "date": int(time.time()), "text": text, "chat": chat}
    return {"update_id": update, "message": {**message, "from": _person(person)}}


async def rate(work: Callable[[], Awaitable[object]], seconds: float) -> float:
    """How often a second ``work`` is done, eight at a time."""
    until = time.perf_counter() + seconds
    done = 0

    async def again() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await work()
            done += 1

    begun = time.perf_counter()
    await asyncio.gather(*(again() for _ in range(AT_ONCE)))
    return done / (time.perf_counter() - begun)


class Chats(Protocol):
    """A messenger's API in memory: what stands in each chat."""

    @property
    def buttons(self) -> Mapping[int, Mapping[str, str]]:
        """Label → payload of the newest screen."""

    @property
    def screens(self) -> Mapping[int, int]:
        """The number of that screen."""


class People(ABC):
    """People who talk to the bot. Nobody's next update comes before the last one was served."""

    def __init__(self, api: Chats) -> None:
        self.api = api
        self.updates = itertools.count(1)
        self.waiting: asyncio.Queue[int] = asyncio.Queue()

    @abstractmethod
    async def say(self, person: int, text: str) -> None:
        """A message."""

    @abstractmethod
    async def press_payload(self, person: int, payload: str) -> None:
        """A button of the screen that stands there."""

    async def press(self, person: int, *labels: str) -> None:
        """The button with one of these words on it."""
        buttons = self.api.buttons[person]
        payload = next(
            (payload for word in labels for label, payload in buttons.items() if word in label), None
        )
        if payload is None:
            raise RuntimeError(f"none of {labels} among {list(buttons)}")
        await self.press_payload(person, payload)

    async def each(self, work: Callable[[int], Awaitable[None]]) -> None:
        """Everybody does the same, eight at a time, and waits then."""
        numbers = iter(range(1, _PEOPLE + 1))

        async def take() -> None:
            for number in numbers:
                await work(number)
                self.waiting.put_nowait(number)

        await asyncio.gather(*(take() for _ in range(AT_ONCE)))

    async def next(self, work: Callable[[int], Awaitable[None]]) -> None:
        """Whose turn it is does something."""
        number = await self.waiting.get()
        await work(number)
        self.waiting.put_nowait(number)


class TelegramPeople(People):
    """Updates as the Bot API gives them."""

    def __init__(self, core: Core, runtime: Runtime, commands: Collection[str]) -> None:
        api = MemoryApi()
        super().__init__(api)
        self._service = TelegramService(
            Bot(TOKEN, session=api),
            dialogs=runtime,
            reach=core.clients,
            uow=core.uow,
            clock=core.clock,
            commands=commands,
            pace=Pace(_UNLIMITED),
        )

    async def say(self, person: int, text: str) -> None:
        """A message."""
        await self._service.serve(_message(next(self.updates), person, text))

    async def press_payload(self, person: int, payload: str) -> None:
        """A callback query."""
        update = next(self.updates)
        message = {**_message(update, person, "x")["message"], "message_id": self.api.screens[person]}
        query = {"id": str(update), "from": _person(person), "chat_instance": "1"}
        await self._service.serve(
            {"update_id": update, "callback_query": {**query, "data": payload, "message": message}}
        )


class VkPeople(People):
    """Events as Long Poll gives them."""

    def __init__(self, core: Core, runtime: Runtime) -> None:
        api = MemoryVk()
        super().__init__(api)
        self._service = VkService(
            make_community(GROUP, TOKEN, api),
            dialogs=runtime,
            reach=core.clients,
            uow=core.uow,
            clock=core.clock,
            pace=Pace(_UNLIMITED),
        )

    async def say(self, person: int, text: str) -> None:
        """A message."""
        number = next(self.updates)
        message = {"id": number, "date": 0, "from_id": person, "peer_id": person, "text": text}
        message |= {"conversation_message_id": number, "attachments": []}
        await self._serve("message_new", {"message": message, "client_info": _VK_APP})

    async def press_payload(self, person: int, payload: str) -> None:
        """A press of a callback button."""
        who = {"user_id": person, "peer_id": person, "event_id": f"press-{next(self.updates)}"}
        number = self.api.screens[person]
        await self._serve(
            "message_event", {**who, "payload": json.loads(payload), "conversation_message_id": number}
        )

    async def _serve(self, kind: str, body: Json) -> None:
        number = f"event-{next(self.updates)}"
        await self._service.serve({"type": kind, "group_id": GROUP, "event_id": number, "object": body})


async def okoshko(side: str, redis: str, database: str, seconds: float) -> Mapping[str, float]:
    """Choosing an add-on, which needs no calendar; and turning to the calendar and back, which reads it."""
    settings = Settings(database_url=database, redis_url=redis)
    async with open_core(settings, SystemClock()) as core:
        slug = f"{side}-{os.getpid()}"
        await make_business(core.uow, slug=slug)
        dialogs = build_dialogs()
        runtime = Runtime(
            app=App(
                catalogues=core.catalogues,
                availability=core.availability,
                bookings=core.bookings,
                holding=core.holding,
                clients=core.clients,
                team=core.team,
                phones=core.phones,
                linking=core.linking,
                closing=core.closing,
            ),
            dialogs=dialogs,
            sessions=RedisSessions(core.redis),
            signer=Signer(b"benchmarks"),
            clock=core.clock,
            new_id=new_id,
        )
        people = VkPeople(core, runtime) if side == "vk" else TelegramPeople(core, runtime, dialogs.commands)
        words = texts("ru")
        calendar, back, extras = (words.t(f"button.{name}") for name in ("choose_day", "back", "extras"))

        async def arrive(person: int) -> None:
            await people.say(person, f"/start b_{slug}")
            await people.press(person, words.t("button.book"))
            await people.press(person, "Маникюр")
            await people.press(person, "Анна")

        async def turn(person: int) -> None:
            await people.press(person, calendar, back)

        async def open_extras(person: int) -> None:
            if not any(extras in label for label in people.api.buttons[person]):
                await people.press(person, back)
            await people.press(person, extras)

        async def choose(person: int) -> None:
            await people.press(person, "Дизайн")

        await people.each(arrive)
        calendars = await rate(lambda: people.next(turn), seconds)
        for _ in range(_PEOPLE):
            await people.next(open_extras)
        await rate(lambda: people.next(choose), 1)
        return {"screens": await rate(lambda: people.next(choose), seconds), "calendars": calendars}


class _Steps(StatesGroup):
    one = State()
    two = State()


async def bare(redis: str, seconds: float) -> Mapping[str, float]:
    """aiogram alone."""
    storage = RedisStorage.from_url(redis)
    dispatcher = Dispatcher(storage=storage)
    bot = Bot(TOKEN, session=MemoryApi())
    updates = itertools.count(1)

    @dispatcher.message(StateFilter(None, _Steps.one, _Steps.two))
    async def answer(message: Message, state: FSMContext) -> None:
        await state.get_data()
        await state.set_state(_Steps.one if message.message_id % 2 else _Steps.two)
        await state.update_data(step=message.message_id)
        await message.answer("ok")

    async def serve() -> None:
        number = next(updates)
        await dispatcher.feed_raw_update(bot, _message(number, number % 1000 + 1, "hello"))

    await rate(serve, 1)
    found = await rate(serve, seconds)
    await storage.close()
    return {"updates": found}


def main() -> None:
    """Print the rates as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("side", choices=("telegram", "vk", "bare"))
    parser.add_argument("redis")
    parser.add_argument("database", nargs="?", default="")
    parser.add_argument("--seconds", type=float, default=3)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    work = (
        bare(asked.redis, asked.seconds)
        if asked.side == "bare"
        else okoshko(asked.side, asked.redis, asked.database, asked.seconds)
    )
    print(json.dumps(dict(uvloop.run(work))))


if __name__ == "__main__":
    main()
