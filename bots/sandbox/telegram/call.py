"""One call of a method: who calls, with what, and where it acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bots.sandbox.model import Bot, Chat, Message
from bots.sandbox.telegram.errors import bad, forbidden
from bots.sandbox.telegram.objects import message_json
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.rates import Rates
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.telegram.updates import Polls
from bots.sandbox.world import World


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What a method's handler gets."""

    bot: Bot
    params: Params
    world: World
    rules: TelegramRules
    rates: Rates
    polls: Polls

    def known_chat(self) -> Chat:
        """The chat that ``chat_id`` names, though the person may have left it. Raises ``ApiError``."""
        raw = self.params.text("chat_id").strip()
        if not raw:
            raise bad("chat_id is empty")
        if not raw.lstrip("-").isdigit() or int(raw) not in self.world.state.people:
            raise bad("chat not found")
        chat = self.world.chat(int(raw), self.bot.id)
        if chat is None or not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat

    def open_chat(self) -> Chat:
        """The chat that ``chat_id`` names, where the bot may write. Raises ``ApiError``."""
        chat = self.known_chat()
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        return chat

    def message_id(self, missing: str) -> int:
        """``message_id``; ``missing`` is the refusal without one. Raises ``ApiError``."""
        number = self.params.integer("message_id")
        if number is None:
            raise bad("message identifier is not specified")
        if number <= 0:
            raise bad(missing)
        return number

    def reply_target(self, chat: Chat) -> int | None:
        """The message that ``reply_parameters`` (or the older ``reply_to_message_id``) names. Raises
        ``ApiError``.
        """
        raw = self.params.json("reply_parameters", "reply parameters")
        lenient = self.params.boolean("allow_sending_without_reply")
        number = self.params.integer("reply_to_message_id")
        if raw is not None:
            if not isinstance(raw, dict) or not isinstance(raw.get("message_id"), int):
                raise bad("can't parse reply parameters JSON object")
            number, lenient = raw["message_id"], raw.get("allow_sending_without_reply") is True
        if number is None:
            return None
        if chat.message(number) is not None:
            return number
        if lenient:
            return None
        raise bad("message to be replied not found")

    def shown(self, chat: Chat, message: Message) -> dict[str, Any]:
        return message_json(self.world, chat, message)


Handler = Callable[[ApiCall], Awaitable[Any]]
