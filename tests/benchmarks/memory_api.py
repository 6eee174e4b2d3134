"""A Bot API that answers at once, in memory, and knows which buttons stand in each chat."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, Final, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, Message, MessageId

from bots.telegram.calls import EditMessageText, LeanMethod, SendMessage

_SENT: Final = Message(message_id=1, date=datetime.now(UTC), chat=Chat(id=1, type="private"), text="ok")


class MemoryApi(BaseSession):
    """``buttons``: label → payload of the newest screen in a chat; ``screens``: that screen's number."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.buttons: dict[int, dict[str, str]] = {}
        self.screens: dict[int, int] = {}
        self._numbers = itertools.count(1)

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Done."""
        self.calls += 1
        result: object = True
        if isinstance(method, LeanMethod):
            method.body()
        if isinstance(method, SendMessage | EditMessageText):
            number = method.message_id if isinstance(method, EditMessageText) else next(self._numbers)
            self.screens[method.chat_id] = number
            self.buttons[method.chat_id] = _labels(method.reply_markup)
            result = MessageId(message_id=number)
        elif method.__api_method__ == "sendMessage":
            result = Message(
                message_id=1, date=datetime.fromtimestamp(0, UTC), chat=Chat(id=1, type="private"), text="ok"
            )
        return cast(TelegramType, result)

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - aiogram's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """No files."""
        yield b""

    async def close(self) -> None:
        """Nothing is open."""


def _labels(markup: dict[str, Any] | None) -> dict[str, str]:
    rows = (markup or {}).get("inline_keyboard", [])
    return {button["text"]: button.get("callback_data", "") for row in rows for button in row}
