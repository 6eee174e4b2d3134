"""Objects of VK made from the world: messages, people, the community, events."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from bots.sandbox.model import (
    Attachment,
    AttachmentKind,
    Author,
    Bot,
    Chat,
    FeedItem,
    Message,
    Person,
    Press,
    StoredFile,
)
from bots.sandbox.world import World

Json = dict[str, Any]

VERSION = "5.199"
#: Numbers of languages in ``client_info`` that differ from English.
_LANGUAGES = {"ru": 0, "uk": 1, "be": 2}
_ENGLISH = 3
#: A message has a number in its conversation and another in the community's box; they must not be mixed up.
_BOX_FROM = 500_000


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def box_number(number: int) -> int:
    """``message_id`` of the message with this ``conversation_message_id``."""
    return number + _BOX_FROM


def conversation_number(number: int) -> int:
    """The other way round."""
    return number - _BOX_FROM


def user_json(person: Person) -> Json:
    return {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "can_access_closed": True,
        "is_closed": False,
    }


def group_json(bot: Bot) -> Json:
    return {
        "id": bot.id,
        "name": bot.name,
        "screen_name": bot.username,
        "type": "group",
        "is_closed": 0,
        "photo_50": "",
        "photo_100": "",
        "photo_200": "",
    }


def client_info(person: Person) -> Json:
    """What the person's app says of itself."""
    actions = ["text", "vkpay", "open_app", "location", "open_link", "open_photo", "callback"]
    return {
        "button_actions": ["text", "open_link"] if person.old_app else actions,
        "keyboard": True,
        "inline_keyboard": True,
        "carousel": not person.old_app,
        "lang_id": _LANGUAGES.get(person.language, _ENGLISH),
    }


def message_json(world: World, chat: Chat, message: Message, *, payload: str = "", ref: str = "") -> Json:
    """A message as the community sees it."""
    by_bot = message.author is Author.BOT
    body: Json = {
        "date": unix(message.at),
        "from_id": -chat.bot_id if by_bot else chat.person_id,
        "id": box_number(message.id),
        "version": message.version,
        "out": int(by_bot),
        "fwd_messages": [],
        "important": False,
        "is_hidden": False,
        "attachments": [],
        "conversation_message_id": message.id,
        "text": message.text,
        "peer_id": chat.person_id,
        "random_id": 0,
    }
    if payload:
        body["payload"] = payload
    if ref:
        body["ref"] = ref
    if message.attachment is not None:
        _attach(body, world, message.attachment)
    if message.reply_to is not None and (original := chat.message(message.reply_to)) is not None:
        body["reply_message"] = message_json(world, chat, original)
    return body


def _attach(body: Json, world: World, item: Attachment) -> None:
    match item.kind:
        case AttachmentKind.STICKER:
            sticker = {"sticker_id": 1, "product_id": 1, "images": []}
            body["attachments"].append({"type": "sticker", "sticker": sticker})
        case AttachmentKind.PHOTO:
            photo = {"id": 1, "owner_id": body["from_id"], "sizes": [], "text": ""}
            body["attachments"].append({"type": "photo", "photo": photo})
        case AttachmentKind.VOICE:
            voice = {"id": 1, "owner_id": body["from_id"], "duration": item.seconds}
            body["attachments"].append({"type": "audio_message", "audio_message": voice})
        case AttachmentKind.DOCUMENT:
            stored = world.file(item.file_id)
            body["attachments"].append({"type": "doc", "doc": document_json(stored)})
        case AttachmentKind.LOCATION | AttachmentKind.VENUE:
            place = {"latitude": item.latitude, "longitude": item.longitude}
            body["geo"] = {"type": "point", "coordinates": place}
        case AttachmentKind.CONTACT:
            pass


def document_number(stored: StoredFile) -> int:
    """The number in ``doc<owner>_<number>``."""
    return int(stored.path.rsplit("_", 1)[1].split(".")[0])


def document_json(stored: StoredFile) -> Json:
    return {
        "id": document_number(stored),
        "owner_id": -stored.bot_id,
        "title": stored.name,
        "size": len(stored.content),
        "ext": stored.name.rpartition(".")[2],
        "type": 8,
        "url": f"https://vk.com/doc-{stored.bot_id}_{document_number(stored)}",
    }


def press_json(chat: Chat, press: Press) -> Json:
    """``message_event``. The button's payload comes as the JSON value that it is."""
    try:
        payload = json.loads(press.data)
    except ValueError:
        payload = press.data
    body: Json = {
        "user_id": chat.person_id,
        "peer_id": chat.person_id,
        "event_id": press.id,
        "payload": payload,
    }
    if press.message_id:
        body["conversation_message_id"] = press.message_id
    return body


def event_json(bot: Bot, item: FeedItem) -> Json:
    """An event as it is delivered, by either way."""
    number = hashlib.blake2s(f"{bot.id}:{item.number}".encode(), digest_size=20).hexdigest()
    return {
        "group_id": bot.id,
        "type": item.kind,
        "event_id": number,
        "v": VERSION,
        "object": item.payload,
    }
