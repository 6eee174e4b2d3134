"""What a person's deeds become for a VK community: events in its feed."""

from __future__ import annotations

from typing import Any

from bots.sandbox.model import Attachment, Author, Button, Chat, Message, Person, Press
from bots.sandbox.vk.launch import launch_url, phone_sign
from bots.sandbox.vk.methods.groups import enabled_events
from bots.sandbox.vk.objects import client_info, message_json, press_json
from bots.sandbox.vk.rules import MiniApp, VkRules
from bots.sandbox.world import Unknown, World

#: What VK's own button under a new conversation writes.
_BEGIN = {"ru": "Начать", "en": "Start"}
_BEGIN_PAYLOAD = '{"command":"start"}'


class VkMessenger:
    """The messenger's own rules on the person's side; see :class:`bots.sandbox.hands.MessengerSide`."""

    has_contacts = False

    def __init__(self, world: World, rules: VkRules) -> None:
        self._world = world
        self._rules = rules

    def write(
        self, chat: Chat, text: str, attachment: Attachment | None, reply_to: int | None
    ) -> list[Message]:
        """Posts what the person wrote, split as the app splits what is over the limit."""
        text, limit = text.strip(), self._rules.text
        pieces = [text[start : start + limit] for start in range(0, len(text), limit)] or [""]
        return [
            self._write(chat, piece, attachment if number == 0 else None, reply_to)
            for number, piece in enumerate(pieces)
        ]

    def start(self, chat: Chat, parameter: str) -> list[Message]:
        """VK's button of a new conversation; where there is one already, the word is typed. The link's
        parameter goes along.
        """
        payload = _BEGIN_PAYLOAD if not chat.messages else ""
        text = _BEGIN.get(self._person(chat).language, _BEGIN["en"])
        return [self._write(chat, text, None, None, payload=payload, ref=parameter)]

    def tap(self, chat: Chat, button: Button) -> list[Message]:
        """A text button: its label is written, with its payload."""
        return [self._write(chat, button.label, None, None, payload=button.value)]

    def press(self, chat: Chat, press: Press) -> None:
        self._push(chat, "message_event", press_json(chat, press))

    def blocked(self, chat: Chat, *, blocked: bool) -> None:
        kind = "message_deny" if blocked else "message_allow"
        self._push(chat, kind, {"user_id": chat.person_id})

    def app_url(self, chat: Chat, url: str, *, start: str = "", signed: bool = True) -> str:
        """The address that ``vk-app:<number>#<hash>`` is opened at. Raises ``Unknown``."""
        number, app = self._app(url)
        bot, now = self._world.state.bots[chat.bot_id], self._world.clock.now()
        place = start or url.partition("#")[2]
        return launch_url(number, app, bot, self._person(chat), now, place=place, signed=signed)

    def app_phone(self, chat: Chat, url: str) -> dict[str, str]:
        """The answer to ``VKWebAppGetPhoneNumber``, without the plus. Raises ``Unknown``."""
        number, app = self._app(url)
        person = self._person(chat)
        phone = person.phone.removeprefix("+")
        return {"phone_number": phone, "sign": phone_sign(number, app, person, phone)}

    def allowed(self, chat: Chat) -> None:
        self._push(chat, "message_allow", {"user_id": chat.person_id, "key": ""})

    def _app(self, url: str) -> tuple[int, MiniApp]:
        """The app behind ``vk-app:<number>#<hash>``. Raises ``Unknown``."""
        number = url.partition("#")[0].removeprefix("vk-app:")
        app = self._rules.apps.get(int(number)) if number.isdigit() else None
        if app is None:
            raise Unknown(f"no Mini App behind {url!r}")
        return int(number), app

    def _write(
        self,
        chat: Chat,
        text: str,
        attachment: Attachment | None,
        reply_to: int | None,
        *,
        payload: str = "",
        ref: str = "",
    ) -> Message:
        message = self._world.post(chat, Author.PERSON, text, attachment=attachment, reply_to=reply_to)
        body = message_json(self._world, chat, message, payload=payload, ref=ref)
        self._push(chat, "message_new", {"message": body, "client_info": client_info(self._person(chat))})
        return message

    def _push(self, chat: Chat, kind: str, payload: dict[str, Any]) -> None:
        bot = self._world.state.bots[chat.bot_id]
        if kind in enabled_events(bot):
            self._world.push(bot, kind, chat, payload)

    def _person(self, chat: Chat) -> Person:
        return self._world.state.people[chat.person_id]
