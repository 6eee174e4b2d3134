"""The state as JSON: what the page draws and the testers' client reads. One shape for every messenger."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bots.sandbox.model import (
    Attachment,
    AttachmentKind,
    Bot,
    Button,
    Chat,
    Command,
    Message,
    Panel,
    Person,
    Press,
    Rows,
    Span,
)

COLOURS = 7
View = dict[str, Any]


def person_view(person: Person) -> View:
    """``initials`` and ``colour`` (0 to 6) make the drawn face."""
    letters = (person.first_name[:1] + person.last_name[:1]) or "?"
    return {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name": person.name,
        "language": person.language,
        "phone": person.phone,
        "role": person.role,
        "initials": letters.upper(),
        "colour": person.id % COLOURS,
    }


def bot_view(bot: Bot) -> View:
    """Without the token: the page has no use for it."""
    return {
        "id": bot.id,
        "messenger": bot.messenger.value,
        "username": bot.username,
        "name": bot.name,
        "initials": "".join(word[0] for word in re.findall(r"\w+", bot.name)[:2]).upper() or "?",
        "colour": bot.id % COLOURS,
        "description": bot.texts.get("description|", ""),
        "about": bot.texts.get("short_description|", ""),
        "delivery": "webhook" if bot.webhook else "polling",
    }


def chat_view(chat: Chat, bot: Bot, person: Person, now: datetime, *, messages: bool = True) -> View:
    """A chat as its person sees it: with ``messages``, or the head alone."""
    view: View = {
        "key": chat.key,
        "person_id": chat.person_id,
        "bot_id": chat.bot_id,
        "started": chat.started,
        "blocked": chat.blocked,
        "typing_ms": _left_ms(chat.typing_until, now),
        "panel": panel_view(chat.panel) if chat.panel else None,
        "commands": [
            {"command": command.command, "description": command.description}
            for command in visible_commands(bot, person)
        ],
        "menu": visible_menu(bot, person),
    }
    if messages:
        view["messages"] = [message_view(message) for message in chat.messages]
    return view


def message_view(message: Message) -> View:
    return {
        "id": message.id,
        "author": message.author.value,
        "at": message.at.isoformat(),
        "text": message.text,
        "spans": [span_view(span) for span in message.spans],
        "rows": rows_view(message.rows),
        "cards": [asdict(card) for card in message.cards],
        "attachment": attachment_view(message.attachment) if message.attachment else None,
        "edited_at": message.edited_at.isoformat() if message.edited_at else None,
        "reply_to": message.reply_to,
        "version": message.version,
    }


def span_view(span: Span) -> View:
    view: View = {"kind": span.kind, "offset": span.offset, "length": span.length}
    if span.url:
        view["url"] = span.url
    if span.language:
        view["language"] = span.language
    return view


def rows_view(rows: Rows) -> list[list[View]]:
    return [[button_view(button) for button in row] for row in rows]


def button_view(button: Button) -> View:
    return {
        "label": button.label,
        "kind": button.kind.value,
        "value": button.value,
        "style": button.style,
    }


def panel_view(panel: Panel) -> View:
    return {
        "rows": rows_view(panel.rows),
        "one_time": panel.one_time,
        "resize": panel.resize,
        "placeholder": panel.placeholder,
    }


def attachment_view(item: Attachment) -> View:
    """Only what the kind has."""
    view: View = {"kind": item.kind.value}
    if item.file_id:
        view |= {"file_id": item.file_id, "name": item.name, "mime": item.mime, "size": item.size}
    match item.kind:
        case AttachmentKind.PHOTO:
            view |= {"width": item.width, "height": item.height}
        case AttachmentKind.STICKER:
            view |= {"emoji": item.emoji}
        case AttachmentKind.VOICE:
            view |= {"seconds": item.seconds}
        case AttachmentKind.LOCATION:
            view |= {"latitude": item.latitude, "longitude": item.longitude}
        case AttachmentKind.VENUE:
            view |= {
                "latitude": item.latitude,
                "longitude": item.longitude,
                "title": item.title,
                "address": item.address,
            }
        case AttachmentKind.CONTACT:
            name = f"{item.first_name} {item.last_name}".strip()
            view |= {"phone": item.phone, "name": name, "user_id": item.user_id}
        case AttachmentKind.DOCUMENT:
            pass
    return view


def press_view(press: Press) -> View:
    return {
        "id": press.id,
        "chat": press.chat,
        "message_id": press.message_id,
        "answered": press.answered,
        "text": press.text,
        "alert": press.alert,
        "url": press.url,
    }


def visible_commands(bot: Bot, person: Person) -> list[Command]:
    """The nearest scope that has a list for this person, in the order of the Bot API's documentation."""
    for scope in (f"chat:{person.id}", "all_private_chats", "default"):
        for language in (person.language, ""):
            if found := bot.commands.get(f"{scope}|{language}"):
                return found
    return []


def visible_menu(bot: Bot, person: Person) -> View | None:
    """The chat's own menu button, or the bot's."""
    return bot.menus.get(str(person.id)) or bot.menus.get("default")


def _left_ms(until: datetime | None, now: datetime) -> int:
    return max(0, int((until - now).total_seconds() * 1000)) if until else 0
