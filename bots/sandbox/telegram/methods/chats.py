"""What is neither a message nor an account: getChat, sendChatAction, answerCallbackQuery, getFile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bots.sandbox.model import utf16_length
from bots.sandbox.telegram.call import ApiCall, Handler
from bots.sandbox.telegram.errors import ApiError, bad
from bots.sandbox.telegram.objects import chat_json, file_json
from bots.sandbox.telegram.urls import button_url
from bots.sandbox.world import Unknown

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
#: The documentation: «the status is set for 5 seconds or less».
_TYPING = timedelta(seconds=5)


async def get_chat(call: ApiCall) -> Any:
    chat = call.known_chat()
    person = call.world.person(chat.person_id)
    return chat_json(person) | {
        "accent_color_id": person.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": True,
            "limited_gifts": True,
            "unique_gifts": True,
            "premium_subscription": True,
            "gifts_from_channels": True,
        },
    }


async def send_chat_action(call: ApiCall) -> Any:
    chat = call.open_chat()
    if call.params.text("action").lower() not in _ACTIONS:
        raise bad("wrong parameter action in request")
    call.world.typing(chat, _TYPING)
    return True


async def answer_callback_query(call: ApiCall) -> Any:
    press = call.world.state.presses.get(call.params.text("callback_query_id"))
    now = call.world.clock.now()
    if (
        press is None
        or press.answered
        or press.chat.split(":")[1] != str(call.bot.id)
        or now - press.at > call.rules.callback_lifetime
    ):
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = call.params.text("text").strip()
    if utf16_length(text) > call.rules.answer_units:
        raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
    url = call.params.text("url")
    if url:
        own = f"t.me/{call.bot.username}?start="
        if own.lower() not in url.lower():
            raise ApiError(400, "Bad Request: URL_INVALID")
        url = button_url(url, what="callback answer URL", local=call.rules.local_urls)
    call.world.answer_press(press, text, url, alert=call.params.boolean("show_alert"))
    return True


async def get_file(call: ApiCall) -> Any:
    try:
        stored = call.world.file(call.params.text("file_id"))
    except Unknown:
        stored = None
    if stored is None or stored.bot_id != call.bot.id:
        raise bad("invalid file_id")
    return file_json(stored)


METHODS: dict[str, Handler] = {
    "getChat": get_chat,
    "sendChatAction": send_chat_action,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
}
