"""Objects of the Bot API made from the world: ``User``, ``Chat``, ``Message``, ``CallbackQuery`` …"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bots.sandbox.model import (
    Attachment,
    AttachmentKind,
    Author,
    Bot,
    Chat,
    Message,
    Person,
    Press,
    StoredFile,
)
from bots.sandbox.telegram.markup import inline_json
from bots.sandbox.telegram.texts import entities_json
from bots.sandbox.world import World

Json = dict[str, Any]


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def user_json(person: Person) -> Json:
    user: Json = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    if person.last_name:
        user["last_name"] = person.last_name
    if person.language:
        user["language_code"] = person.language
    return user


def bot_json(bot: Bot, *, full: bool = False) -> Json:
    user: Json = {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}
    if full:
        user |= {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
    return user


def chat_json(person: Person) -> Json:
    chat: Json = {"id": person.id, "type": "private", "first_name": person.first_name}
    if person.last_name:
        chat["last_name"] = person.last_name
    return chat


def file_json(stored: StoredFile) -> Json:
    return {
        "file_id": stored.id,
        "file_unique_id": stored.id[-16:],
        "file_size": len(stored.content),
        "file_path": stored.path,
    }


def message_json(world: World, chat: Chat, message: Message, *, with_reply: bool = True) -> Json:
    """A ``Message`` as the bot sees it."""
    bot, person = world.state.bots[chat.bot_id], world.state.people[chat.person_id]
    body: Json = {
        "message_id": message.id,
        "from": bot_json(bot) if message.author is Author.BOT else user_json(person),
        "chat": chat_json(person),
        "date": unix(message.at),
    }
    if message.edited_at is not None:
        body["edit_date"] = unix(message.edited_at)
    if with_reply and message.reply_to is not None:
        original = chat.message(message.reply_to)
        if original is not None:
            body["reply_to_message"] = message_json(world, chat, original, with_reply=False)
    text_name, spans_name = ("caption", "caption_entities") if message.attachment else ("text", "entities")
    if message.text:
        body[text_name] = message.text
        if message.spans:
            body[spans_name] = entities_json(message.spans)
    if message.attachment is not None:
        body |= attachment_json(message.attachment)
    if message.rows:
        body["reply_markup"] = inline_json(message.rows)
    return body


def allowed_json(world: World, chat: Chat) -> Json:
    """The service ``Message`` of somebody who let the bot write from its Mini App."""
    bot, person = world.state.bots[chat.bot_id], world.state.people[chat.person_id]
    number, bot.next_message_id = bot.next_message_id, bot.next_message_id + 1
    return {
        "message_id": number,
        "from": user_json(person),
        "chat": chat_json(person),
        "date": unix(world.clock.now()),
        "write_access_allowed": {"from_request": True},
    }


def attachment_json(item: Attachment) -> Json:
    """The fields of a ``Message`` that carry the attachment."""
    file = {"file_id": item.file_id, "file_unique_id": item.file_id[-16:], "file_size": item.size}
    place = {"latitude": item.latitude, "longitude": item.longitude}
    match item.kind:
        case AttachmentKind.DOCUMENT:
            return {"document": file | {"file_name": item.name, "mime_type": item.mime}}
        case AttachmentKind.PHOTO:
            return {"photo": [file | {"width": item.width, "height": item.height}]}
        case AttachmentKind.STICKER:
            return {
                "sticker": file
                | {
                    "type": "regular",
                    "width": 512,
                    "height": 512,
                    "is_animated": False,
                    "is_video": False,
                    "emoji": item.emoji,
                }
            }
        case AttachmentKind.VOICE:
            return {"voice": file | {"duration": item.seconds, "mime_type": item.mime}}
        case AttachmentKind.LOCATION:
            return {"location": place}
        case AttachmentKind.VENUE:
            venue = {"location": place, "title": item.title, "address": item.address}
            return {"venue": venue, "location": place}
        case AttachmentKind.CONTACT:
            contact: Json = {"phone_number": item.phone, "first_name": item.first_name}
            if item.last_name:
                contact["last_name"] = item.last_name
            if item.user_id is not None:
                contact["user_id"] = item.user_id
            return {"contact": contact}


def press_json(world: World, chat: Chat, press: Press) -> Json:
    """A ``CallbackQuery``; a message that is gone comes as ``InaccessibleMessage``."""
    person = world.state.people[chat.person_id]
    message = chat.message(press.message_id)
    shown = (
        message_json(world, chat, message)
        if message is not None
        else {"chat": chat_json(person), "message_id": press.message_id, "date": 0}
    )
    return {
        "id": press.id,
        "from": user_json(person),
        "message": shown,
        "chat_instance": str(chat.bot_id * 1_000_003 + chat.person_id),
        "data": press.data,
    }


def membership_json(world: World, chat: Chat, *, blocked: bool) -> Json:
    """``ChatMemberUpdated`` of the bot in a private chat: blocked or taken back."""
    bot, person = world.state.bots[chat.bot_id], world.state.people[chat.person_id]
    kicked: Json = {"user": bot_json(bot), "status": "kicked", "until_date": 0}
    member: Json = {"user": bot_json(bot), "status": "member"}
    return {
        "chat": chat_json(person),
        "from": user_json(person),
        "date": unix(world.clock.now()),
        "old_chat_member": member if blocked else kicked,
        "new_chat_member": kicked if blocked else member,
    }
