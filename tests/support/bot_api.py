"""A Bot API in memory: it remembers each call and answers what a test put down, else what is usual."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict, deque
from collections.abc import AsyncGenerator
from typing import Any, NamedTuple, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType

from bots.telegram.calls import LeanMethod

Json = dict[str, Any]
TOKEN = "42:AAH-this_is_the_secret_part_of_a_token"


class Call(NamedTuple):
    """A call as it was made."""

    method: str
    params: Json


def refusal(code: int, description: str, **parameters: int) -> Json:
    """An error as the Bot API tells it."""
    return {"ok": False, "error_code": code, "description": description, "parameters": parameters or None}


TOO_MANY = refusal(429, "Too Many Requests: retry after 1", retry_after=1)
BLOCKED = refusal(403, "Forbidden: bot was blocked by the user")
NOT_MODIFIED = refusal(400, "Bad Request: message is not modified: specified new message content …")
NOT_FOUND = refusal(400, "Bad Request: message to edit not found")
SERVER_ERROR = refusal(500, "Internal Server Error")


class ScriptedApi(BaseSession):
    """``answers[method]`` are used up first: results, refusals, exceptions, or an event to wait for.

    ``waiting``: a call does wait for one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.answers: defaultdict[str, deque[Any]] = defaultdict(deque)
        self.waiting = asyncio.Event()
        self._numbers = itertools.count(100)

    def named(self, method: str) -> list[Json]:
        """The parameters of all calls of ``method``."""
        return [call.params for call in self.calls if call.method == method]

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Answer as the real session does."""
        name = method.__api_method__
        params = method.body() if isinstance(method, LeanMethod) else method.model_dump(exclude_none=True)
        self.calls.append(Call(name, params))
        answer = self.answers[name].popleft() if self.answers[name] else self._usual(name)
        if isinstance(answer, asyncio.Event):
            self.waiting.set()
            await answer.wait()
            answer = self._usual(name)
        if isinstance(answer, Exception):
            raise answer
        if not (isinstance(answer, dict) and "ok" in answer):
            answer = {"ok": True, "result": answer}
        status = 200 if answer["ok"] else answer["error_code"]
        response = self.check_response(bot=bot, method=method, status_code=status, content=json.dumps(answer))
        return cast(TelegramType, response.result)

    def _usual(self, name: str) -> Any:
        if name == "getUpdates":
            return []
        if name == "getMe":
            return {"id": 42, "is_bot": True, "first_name": "Окошко", "username": "okoshko_bot"}
        if name.startswith(("send", "edit")):
            chat = {"id": 1001, "type": "private"}
            return {"message_id": next(self._numbers), "date": 1, "chat": chat, "text": "x"}
        return True

    async def stream_content(
        self,
        url: str,
        headers: Json | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - aiogram's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """Files are not asked for."""
        yield b""

    async def close(self) -> None:
        """Nothing is open."""


def scripted_bot() -> tuple[Bot, ScriptedApi]:
    """A bot whose Bot API is the script."""
    api = ScriptedApi()
    return Bot(TOKEN, session=api), api
