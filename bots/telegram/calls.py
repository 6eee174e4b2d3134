"""The methods of the Bot API that the bots live on, as lean as they can be.

aiogram's own classes validate every field on the way out and every nested object on the way back; of a sent
message nobody reads more than its number. These send their fields as they are, as JSON, and read that number
alone (core.telegram.org/bots/api). What is called once an hour goes through aiogram's classes.
"""

from __future__ import annotations

from typing import Any, Self, TypeVar, cast

from aiogram.methods import TelegramMethod
from aiogram.types import MessageId

R = TypeVar("R")

Json = dict[str, Any]


class LeanMethod(TelegramMethod[R]):
    """A method without files whose fields are JSON already; None is left out."""

    @classmethod
    def lean(cls, **fields: Any) -> Self:
        """The call with these fields, unchecked: to check them costs more than to send them."""
        made: Any = cls.model_construct(**fields)
        return cast("Self", made)

    def body(self) -> Json:
        """The call's parameters."""
        return {name: value for name, value in self.__dict__.items() if value is not None}


class SendMessage(LeanMethod[MessageId]):
    """``sendMessage``."""

    __returning__ = MessageId
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    parse_mode: str | None = None
    link_preview_options: Json | None = None
    reply_markup: Json | None = None
    disable_notification: bool | None = None


class EditMessageText(LeanMethod[MessageId]):
    """``editMessageText`` of a message of ours in a chat."""

    __returning__ = MessageId
    __api_method__ = "editMessageText"

    chat_id: int
    message_id: int
    text: str
    parse_mode: str | None = None
    link_preview_options: Json | None = None
    reply_markup: Json | None = None


class EditMessageReplyMarkup(LeanMethod[MessageId]):
    """``editMessageReplyMarkup``; without a markup the buttons go away."""

    __returning__ = MessageId
    __api_method__ = "editMessageReplyMarkup"

    chat_id: int
    message_id: int
    reply_markup: Json | None = None


class DeleteMessages(LeanMethod[bool]):
    """``deleteMessages``: at most 100; those that are gone are skipped."""

    __returning__ = bool
    __api_method__ = "deleteMessages"

    chat_id: int
    message_ids: list[int]


class AnswerCallbackQuery(LeanMethod[bool]):
    """``answerCallbackQuery``."""

    __returning__ = bool
    __api_method__ = "answerCallbackQuery"

    callback_query_id: str
    text: str | None = None
    show_alert: bool | None = None


class GetUpdates(LeanMethod[list[Json]]):
    """``getUpdates``, the updates as they come."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = 100
    timeout: int = 0
    allowed_updates: list[str] | None = None
