"""What a person's deeds become for a Telegram bot: updates in its feed."""

from __future__ import annotations

from typing import Any

from bots.sandbox.model import Attachment, Author, Button, Chat, Message, Press, utf16_length
from bots.sandbox.telegram.launch import contact_data, launch_url
from bots.sandbox.telegram.objects import allowed_json, membership_json, message_json, press_json
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.telegram.texts import found
from bots.sandbox.world import World

#: Sent only to bots that ask for them by name.
_BY_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class TelegramMessenger:
    """The messenger's own rules on the person's side; see :class:`bots.sandbox.hands.MessengerSide`."""

    has_contacts = True

    def __init__(self, world: World, rules: TelegramRules) -> None:
        self._world = world
        self._rules = rules

    def write(
        self, chat: Chat, text: str, attachment: Attachment | None, reply_to: int | None
    ) -> list[Message]:
        """Posts what the person wrote, split as the app splits what is over the limit."""
        pieces = _pieces(text.strip(), self._rules.text_units) or [""]
        written = []
        for number, piece in enumerate(pieces):
            message = self._world.post(
                chat,
                Author.PERSON,
                piece,
                spans=found(piece),
                attachment=attachment if number == 0 else None,
                reply_to=reply_to,
            )
            self._push(chat, "message", message_json(self._world, chat, message))
            written.append(message)
        return written

    def press(self, chat: Chat, press: Press) -> None:
        self._push(chat, "callback_query", press_json(self._world, chat, press))

    def blocked(self, chat: Chat, *, blocked: bool) -> None:
        self._push(chat, "my_chat_member", membership_json(self._world, chat, blocked=blocked))

    def start(self, chat: Chat, parameter: str) -> list[Message]:
        """What the «Start» button of a chat sends."""
        return self.write(chat, f"/start {parameter}".strip(), None, None)

    def tap(self, chat: Chat, button: Button) -> list[Message]:
        """A button in place of the keyboard writes its label."""
        return self.write(chat, button.label, None, None)

    def app_url(self, chat: Chat, url: str, *, start: str = "", signed: bool = True) -> str:
        """The address that a Mini App is opened at, with signed launch data in its fragment."""
        bot, person = self._world.state.bots[chat.bot_id], self._world.state.people[chat.person_id]
        may_write, now = chat.started and not chat.blocked, self._world.clock.now()
        return launch_url(url, bot, person, now, start=start, signed=signed, may_write=may_write)

    def app_phone(self, chat: Chat, url: str) -> dict[str, str]:
        """What ``requestContact`` hands to the Mini App, whichever of the bot's it is."""
        del url
        bot, person = self._world.state.bots[chat.bot_id], self._world.state.people[chat.person_id]
        return {"response": contact_data(bot, person, self._world.clock.now())}

    def allowed(self, chat: Chat) -> None:
        self._push(chat, "message", allowed_json(self._world, chat))

    def _push(self, chat: Chat, kind: str, payload: dict[str, Any]) -> None:
        bot = self._world.state.bots[chat.bot_id]
        wanted = kind in bot.allowed_updates if bot.allowed_updates else kind not in _BY_REQUEST
        if wanted:
            self._world.push(bot, kind, chat, payload)


def _pieces(text: str, limit: int) -> list[str]:
    pieces: list[str] = []
    while utf16_length(text) > limit:
        cut = limit
        while utf16_length(text[:cut]) > limit:
            cut -= 1
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text] if text else pieces
