"""The bot about itself: getMe, commands, menu button, name and descriptions."""

from __future__ import annotations

import re
from typing import Any

from bots.sandbox.model import Command
from bots.sandbox.telegram.call import ApiCall, Handler
from bots.sandbox.telegram.errors import ApiError, bad
from bots.sandbox.telegram.objects import bot_json
from bots.sandbox.telegram.urls import app_url

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_COMMON_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_TEXTS = {"name": 64, "description": 512, "short_description": 120}
_DEFAULT_MENU = {"type": "commands"}


async def get_me(call: ApiCall) -> Any:
    return bot_json(call.bot, full=True)


def _language(call: ApiCall) -> str:
    language = call.params.text("language_code").strip()
    if language and not _LANGUAGE.fullmatch(language):
        raise bad("invalid language_code specified")
    return language


def _commands_key(call: ApiCall) -> str:
    scope = call.params.json("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict) or not isinstance(scope.get("type"), str):
        raise bad("can't parse BotCommandScope: expected an Object")
    kind = scope["type"]
    if kind in _COMMON_SCOPES:
        return f"{kind}|{_language(call)}"
    if kind == "chat":
        chat_id = str(scope.get("chat_id", ""))
        if not chat_id.isdigit() or call.world.chat(int(chat_id), call.bot.id) is None:
            raise bad("chat not found")
        return f"chat:{chat_id}|{_language(call)}"
    raise bad("unsupported BotCommandScope type specified")


async def set_my_commands(call: ApiCall) -> Any:
    raw = call.params.json("commands", "commands")
    if not isinstance(raw, list):
        raise bad("can't parse commands: expected an Array")
    if len(raw) > 100:
        raise ApiError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
    commands = []
    for item in raw:
        if not isinstance(item, dict):
            raise bad("can't parse BotCommand: expected an Object")
        name = str(item.get("command", "")).removeprefix("/")
        description = str(item.get("description", "")).strip()
        if not _COMMAND.fullmatch(name):
            raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise ApiError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        commands.append(Command(name, description))
    call.bot.commands[_commands_key(call)] = commands
    call.world.emit_bot(call.bot)
    return True


async def get_my_commands(call: ApiCall) -> Any:
    found = call.bot.commands.get(_commands_key(call), [])
    return [{"command": item.command, "description": item.description} for item in found]


async def delete_my_commands(call: ApiCall) -> Any:
    call.bot.commands.pop(_commands_key(call), None)
    call.world.emit_bot(call.bot)
    return True


def _menu_key(call: ApiCall) -> str:
    return str(call.known_chat().person_id) if call.params.has("chat_id") else "default"


async def set_chat_menu_button(call: ApiCall) -> Any:
    key = _menu_key(call)
    raw = call.params.json("menu_button", "menu button") or {"type": "default"}
    kind = raw.get("type") if isinstance(raw, dict) else None
    if kind == "default":
        call.bot.menus.pop(key, None)
    elif kind == "commands":
        call.bot.menus[key] = dict(_DEFAULT_MENU)
    elif kind == "web_app":
        text = str(raw.get("text", "")).strip()
        address = raw.get("web_app")
        if not text or not isinstance(address, dict):
            raise bad("can't parse menu button: text and web_app are required")
        url = app_url(
            str(address.get("url", "")), what="menu button Web App URL", local=call.rules.local_urls
        )
        call.bot.menus[key] = {"type": "web_app", "text": text, "web_app": {"url": url}}
    else:
        raise bad("can't parse menu button: unsupported type specified")
    call.world.emit_bot(call.bot)
    return True


async def get_chat_menu_button(call: ApiCall) -> Any:
    own = call.bot.menus.get(_menu_key(call))
    return own or call.bot.menus.get("default") or _DEFAULT_MENU


def _set_text(field: str) -> Handler:
    async def handler(call: ApiCall) -> Any:
        text = call.params.text(field).strip()
        if len(text) > _TEXTS[field]:
            raise bad(f"bot {field.replace('_', ' ')} is too long")
        key = f"{field}|{_language(call)}"
        if text:
            call.bot.texts[key] = text
        else:
            call.bot.texts.pop(key, None)
        if key == "name|" and text:
            call.bot.name = text
        call.world.emit_bot(call.bot)
        return True

    return handler


def _get_text(field: str) -> Handler:
    async def handler(call: ApiCall) -> Any:
        texts = call.bot.texts
        default = call.bot.name if field == "name" else ""
        return {field: texts.get(f"{field}|{_language(call)}") or texts.get(f"{field}|") or default}

    return handler


METHODS: dict[str, Handler] = {
    "getMe": get_me,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
    "setMyName": _set_text("name"),
    "getMyName": _get_text("name"),
    "setMyDescription": _set_text("description"),
    "getMyDescription": _get_text("description"),
    "setMyShortDescription": _set_text("short_description"),
    "getMyShortDescription": _get_text("short_description"),
}
