"""What a bot shows of itself: commands, the menu button, descriptions.

Set at the start, and only what is not so already: these methods are slow and tightly limited. Whatever fails
is logged and leaves the rest as it is; a bot works without.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import (
    GetChatMenuButton,
    GetMyCommands,
    GetMyDescription,
    GetMyShortDescription,
    SetChatMenuButton,
    SetMyCommands,
    SetMyDescription,
    SetMyShortDescription,
)
from aiogram.types import BotCommand, MenuButtonCommands, MenuButtonWebApp, WebAppInfo

from bots.telegram.outgoing import told
from bots.telegram.render import app_address
from locales import DEFAULT_LOCALE, LOCALES, texts

_log = logging.getLogger(__name__)

#: The commands that the menu offers, in this order, when the dialogs know them.
MENU: Final = {
    "book": "telegram.command.book",
    "my": "telegram.command.my",
    "language": "telegram.command.language",
    "help": "telegram.command.help",
    "start": "telegram.command.start",
}


async def set_up(bot: Bot, *, commands: Collection[str], public_url: str) -> None:
    """Bring the profile up to date. ``commands``: those that the dialogs serve. ``public_url``: what the
    Mini App is below, empty for none. Never fails.

    The default language's texts are for everybody whose language has none of its own.
    """
    steps: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("menu button", partial(_menu, bot, public_url))
    ]
    for locale in LOCALES:
        steps += [
            ("commands", partial(_commands, bot, commands, locale)),
            ("short description", partial(_short_description, bot, locale)),
            ("description", partial(_description, bot, locale)),
        ]
    for what, step in steps:
        try:
            await step()
        except AiogramError as error:
            _log.warning("%s not set: %s", what, told(error), extra={"bot": bot.id})


def _code(locale: str) -> str | None:
    return None if locale == DEFAULT_LOCALE else locale


async def _commands(bot: Bot, commands: Collection[str], locale: str) -> None:
    words = texts(locale)
    wanted = [
        BotCommand(command=name, description=words.t(msgid))
        for name, msgid in MENU.items()
        if name in commands
    ]
    current = await bot(GetMyCommands(language_code=_code(locale)))
    if [(each.command, each.description) for each in current] != [
        (each.command, each.description) for each in wanted
    ]:
        await bot(SetMyCommands(commands=wanted, language_code=_code(locale)))


async def _menu(bot: Bot, public_url: str) -> None:
    wanted: MenuButtonWebApp | MenuButtonCommands = MenuButtonCommands()
    if public_url:
        label = texts(DEFAULT_LOCALE).t("telegram.menu_button")
        wanted = MenuButtonWebApp(text=label, web_app=WebAppInfo(url=app_address(public_url, "")))
    current = await bot(GetChatMenuButton())
    if current.model_dump(exclude_none=True) != wanted.model_dump(exclude_none=True):
        await bot(SetChatMenuButton(menu_button=wanted))


def _ours(msgid: str) -> set[str]:
    return {texts(locale).t(msgid) for locale in LOCALES}


def _is_due(current: str, msgid: str, locale: str) -> bool:
    """Whether to write our words: never over those that the owner wrote in BotFather."""
    return current != texts(locale).t(msgid) and (not current or current in _ours(msgid))


async def _short_description(bot: Bot, locale: str) -> None:
    msgid, code = "telegram.short_description", _code(locale)
    current = await bot(GetMyShortDescription(language_code=code))
    if _is_due(current.short_description, msgid, locale):
        await bot(SetMyShortDescription(short_description=texts(locale).t(msgid), language_code=code))


async def _description(bot: Bot, locale: str) -> None:
    msgid, code = "telegram.description", _code(locale)
    current = await bot(GetMyDescription(language_code=code))
    if _is_due(current.description, msgid, locale):
        await bot(SetMyDescription(description=texts(locale).t(msgid), language_code=code))
