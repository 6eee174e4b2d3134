"""What the emulator does besides refusing: limits the pace, fails on purpose, keeps the log, brings what
people send.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bots.sandbox.client import ChatClient
from bots.sandbox.running import RunningSandbox


async def test_rates_are_limited_and_say_how_long_to_wait(
    sandbox: RunningSandbox, bot: Bot, chat: ChatClient
) -> None:
    for number in range(20):
        await bot.send_message(chat.person_id, str(number))
    with pytest.raises(TelegramRetryAfter) as limited:
        await bot.send_message(chat.person_id, "one too many")
    assert limited.value.retry_after == 1
    assert "Too Many Requests: retry after 1" in limited.value.message
    assert len((await chat.refresh()).text) <= 2


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        ("server_error", TelegramServerError, False),
        ("too_many", TelegramRetryAfter, False),
        ("drop", TelegramNetworkError, False),
        ("drop_after", TelegramNetworkError, True),
    ],
)
async def test_trouble_on_purpose(
    sandbox: RunningSandbox, bot: Bot, chat: ChatClient, *, kind: str, error: type[Exception], applied: bool
) -> None:
    await sandbox.fail(kind, "sendMessage", seconds=7)
    with pytest.raises(error):
        await bot.send_message(chat.person_id, "hi")
    assert ((await chat.refresh()).text == "hi") is applied
    await bot.send_message(chat.person_id, "again")
    assert (await chat.refresh()).text == "again"


async def test_a_call_that_hangs(sandbox: RunningSandbox, bot: Bot, chat: ChatClient) -> None:
    await sandbox.fail("hang", "sendMessage")
    with pytest.raises(TelegramNetworkError, match="timeout"):
        await bot.send_message(chat.person_id, "hi", request_timeout=1)
    assert (await chat.refresh()).text == ""


async def test_the_log_tells_calls_without_the_token(
    sandbox: RunningSandbox, bot: Bot, chat: ChatClient
) -> None:
    button = InlineKeyboardButton(text="Кнопка", callback_data="a")
    markup = InlineKeyboardMarkup(inline_keyboard=[[button]])
    await bot.send_message(chat.person_id, "hi", reply_markup=markup)
    with pytest.raises(TelegramBadRequest):
        await bot.send_message(chat.person_id, "")
    good, bad = (await sandbox.calls("sendMessage"))[-2:]
    assert (good["status"], bad["status"], good["token"]) == (200, 400, "7770001:***")
    assert good["params"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "a"
    assert "AA-test" not in str([good, bad])


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        (lambda chat: chat.send_sticker(wait=False), "sticker"),
        (lambda chat: chat.send_photo(wait=False), "photo"),
        (lambda chat: chat.send_voice(wait=False), "voice"),
        (lambda chat: chat.send_location(55.7, 37.6, wait=False), "location"),
        (lambda chat: chat.share_contact(wait=False), "contact"),
    ],
)
async def test_what_a_person_sends_reaches_the_bot(
    bot: Bot, chat: ChatClient, deed: Callable[[ChatClient], Awaitable[object]], kind: str
) -> None:
    await deed(chat)
    message = (await bot.get_updates(offset=-1))[0].message
    assert message is not None
    assert message.content_type == kind


async def test_contacts_say_whose_they_are(bot: Bot, chat: ChatClient) -> None:
    await chat.share_contact(wait=False)
    await chat.share_contact(phone="+79990000000", first_name="Кто-то", user_id=5, wait=False)
    await chat.share_contact(phone="+79990000000", wait=False)
    contacts = [update.message.contact for update in await bot.get_updates(offset=-3) if update.message]
    assert [contact and (contact.phone_number, contact.user_id) for contact in contacts] == [
        ("+79160000001", chat.person_id),
        ("+79990000000", 5),
        ("+79990000000", None),
    ]
