"""The person's deeds as they come over HTTP: a name, a body of JSON, what is told back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bots.sandbox import views
from bots.sandbox.hands import Hands, Refused
from bots.sandbox.model import Chat, Message, Press

Json = dict[str, Any]
Deed = Callable[[Hands, Chat, Json], Json]
_MOST_PRESSES = 20


def _messages(messages: list[Message]) -> Json:
    return {"messages": [message.id for message in messages]}


def _presses(presses: list[Press]) -> Json:
    return {"presses": [views.press_view(press) for press in presses]}


def _times(body: Json) -> int:
    times = int(body.get("times", 1))
    if not 1 <= times <= _MOST_PRESSES:
        raise Refused(f"1 to {_MOST_PRESSES} presses at once")
    return times


def _send(hands: Hands, chat: Chat, body: Json) -> Json:
    return _messages(hands.send(chat, str(body["text"]), reply_to=body.get("reply_to")))


def _start(hands: Hands, chat: Chat, body: Json) -> Json:
    return _messages(hands.start(chat, str(body.get("parameter", ""))))


def _press(hands: Hands, chat: Chat, body: Json) -> Json:
    message_id, times = int(body["message_id"]), _times(body)
    if "data" in body:
        return _presses(hands.press_data(chat, message_id, str(body["data"]), times=times))
    row, column = int(body["row"]), int(body["column"])
    if written := hands.tap(chat, message_id, row, column):
        return _messages(written)
    return _presses(hands.press(chat, message_id, row, column, times=times))


def _panel(hands: Hands, chat: Chat, body: Json) -> Json:
    done = hands.press_panel(chat, int(body["row"]), int(body["column"]))
    presses = [each for each in done if isinstance(each, Press)]
    return _presses(presses) if presses else _messages([each for each in done if isinstance(each, Message)])


def _contact(hands: Hands, chat: Chat, body: Json) -> Json:
    return _messages(
        hands.share_contact(
            chat,
            phone=str(body.get("phone", "")),
            first_name=str(body.get("first_name", "")),
            user_id=body.get("user_id"),
            own="phone" not in body,
        )
    )


def _sticker(hands: Hands, chat: Chat, body: Json) -> Json:
    return _messages(hands.send_sticker(chat, str(body.get("emoji") or "😀")))


def _photo(hands: Hands, chat: Chat, body: Json) -> Json:
    return _messages(hands.send_photo(chat, caption=str(body.get("caption", ""))))


def _voice(hands: Hands, chat: Chat, body: Json) -> Json:
    return _messages(hands.send_voice(chat, int(body.get("seconds", 3))))


def _location(hands: Hands, chat: Chat, body: Json) -> Json:
    latitude, longitude = float(body.get("latitude", 55.7649)), float(body.get("longitude", 37.6056))
    return _messages(hands.send_location(chat, latitude, longitude))


def _block(hands: Hands, chat: Chat, _: Json) -> Json:
    hands.block(chat)
    return {}


def _unblock(hands: Hands, chat: Chat, _: Json) -> Json:
    hands.unblock(chat)
    return {}


def _delete_message(hands: Hands, chat: Chat, body: Json) -> Json:
    hands.delete_message(chat, int(body["message_id"]))
    return {}


def _delete_chat(hands: Hands, chat: Chat, _: Json) -> Json:
    hands.delete_chat(chat)
    return {}


def _app(hands: Hands, chat: Chat, body: Json) -> Json:
    start, signed = str(body.get("start", "")), body.get("signed") is not False
    return {"url": hands.app_url(chat, str(body["url"]), start=start, signed=signed)}


def _app_phone(hands: Hands, chat: Chat, body: Json) -> Json:
    return {"phone": hands.share_phone(chat, str(body["url"]))}


def _allow(hands: Hands, chat: Chat, _: Json) -> Json:
    hands.allow(chat)
    return {}


DEEDS: Mapping[str, Deed] = {
    "send": _send,
    "start": _start,
    "press": _press,
    "panel": _panel,
    "contact": _contact,
    "sticker": _sticker,
    "photo": _photo,
    "voice": _voice,
    "location": _location,
    "block": _block,
    "unblock": _unblock,
    "delete_message": _delete_message,
    "delete_chat": _delete_chat,
    "app": _app,
    "app_phone": _app_phone,
    "allow": _allow,
}
