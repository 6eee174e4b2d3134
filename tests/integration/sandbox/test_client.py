"""The testers' client drives a small bot on real aiogram, by polling and by webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from bots.sandbox.client import ChatClient
from bots.sandbox.clock import ShiftableClock
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.world import World

SECRET = "hook-secret"


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    rows = [[InlineKeyboardButton(text=label, callback_data=label)] for label in labels]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def small_bot() -> Dispatcher:
    """Counts presses on one message, edited in place; asks for a contact; keeps silent when told to."""
    dispatcher = Dispatcher()
    counts: dict[int, int] = {}

    @dispatcher.message()
    async def on_message(message: Message) -> None:
        if message.contact:
            own = message.contact.user_id == message.chat.id
            await message.answer("Ваш" if own else "Чужой", reply_markup=ReplyKeyboardRemove())
            await message.answer("Меню", reply_markup=keyboard("Ещё", "Номер", "Молча", "Не отвечать"))
        elif message.text and message.text.startswith("/start"):
            link = InlineKeyboardButton(text="Сайт", url="https://a.example")
            markup = keyboard("Ещё", "Номер", "Молча", "Не отвечать")
            markup.inline_keyboard.append([link])
            await message.answer(message.text, reply_markup=markup)
        elif message.text != "тишина":
            await message.answer(
                f"{ContentType(message.content_type).value}: {message.text or message.caption or ''}"
            )

    @dispatcher.callback_query()
    async def on_press(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        if query.data == "Не отвечать":
            return
        if query.data == "Номер":
            await query.answer()
            ask = ReplyKeyboardMarkup(
                keyboard=[
                    [KeyboardButton(text="Поделиться", request_contact=True), KeyboardButton(text="Назад")]
                ],
                one_time_keyboard=True,
            )
            await query.message.answer("Ваш номер?", reply_markup=ask)
        elif query.data == "Молча":
            await query.answer()
        elif query.data == "Ещё":
            await query.answer("Готово", show_alert=True)
            counts[query.from_user.id] = counts.get(query.from_user.id, 0) + 1
            try:
                await query.message.edit_text(
                    f"Раз: {counts[query.from_user.id]}", reply_markup=query.message.reply_markup
                )
            except TelegramBadRequest:
                await query.message.answer("Пишу заново", reply_markup=keyboard("Ещё"))
        else:
            await query.answer("Эта кнопка устарела")

    return dispatcher


@asynccontextmanager
async def polled(bot: Bot) -> AsyncIterator[None]:
    """The small bot at work by long polling."""
    dispatcher = small_bot()
    polling = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)
    )
    yield
    await dispatcher.stop_polling()
    await polling


@pytest.fixture(params=["polling", "webhook"])
async def client(
    request: pytest.FixtureRequest, sandbox: RunningSandbox, bot: Bot
) -> AsyncIterator[ChatClient]:
    """Anna's chat with the small bot, served either way."""
    if request.param == "polling":
        async with polled(bot):
            yield await sandbox.person("Анна").open("salon_bot")
    else:
        dispatcher = small_bot()
        app = web.Application()
        SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=SECRET).register(
            app, "/hook"
        )
        setup_application(app, dispatcher, bot=bot)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token=SECRET)
        yield await sandbox.person("Анна").open("salon_bot")
        await bot.delete_webhook()
        await runner.cleanup()


async def test_a_whole_dialog(client: ChatClient) -> None:
    screen = await client.send("/start")
    assert (screen.text, screen.buttons) == ("/start", ["Ещё", "Номер", "Молча", "Не отвечать", "Сайт"])
    screen = await client.press("ещё")
    assert (screen.text, screen.toast, screen.alert) == ("Раз: 1", "Готово", True)
    screen = await client.press("Ещё")
    assert screen.text == "Раз: 2"
    assert client.history[-1].edited
    assert client.history[-1].version == 3
    screen = await client.press("Номер")
    assert (screen.text, screen.buttons) == ("Ваш номер?", ["Поделиться", "Назад"])
    screen = await client.press("Поделиться")
    assert screen.text == "Меню"
    assert screen.panel == ()
    assert [bubble.text for bubble in client.history[-2:]] == ["Ваш", "Меню"]


async def test_nervous_fingers_and_old_buttons(client: ChatClient) -> None:
    await client.send("/start")
    first = client.history[-1]
    screen = await client.press("Ещё", times=2)
    assert screen.text in {"Раз: 1", "Раз: 2"}
    await client.send("/start")
    screen = await client.press("Ещё", on=first)
    assert "Раз: 3" in [bubble.text for bubble in client.history]
    screen = await client.press_data("forged")
    assert screen.toast == "Эта кнопка устарела"
    assert (await client.press("Молча")).toast == ""


async def test_an_edit_of_a_deleted_message_falls_back_to_a_new_one(client: ChatClient) -> None:
    await client.send("/start")
    await client.press("Ещё", wait=False)
    await client.delete()
    await client.wait_for("Пишу заново")


async def test_what_a_bot_leaves_unanswered_is_said(client: ChatClient) -> None:
    await client.send("/start")
    client._sandbox.timeout = 0.3
    with pytest.raises(AssertionError, match=r"left 1 press\(es\) unanswered") as silent:
        await client.press("Не отвечать")
    assert "[Не отвечать]" in str(silent.value)
    with pytest.raises(AssertionError, match="did not answer"):
        await client.send("тишина")
    with pytest.raises(AssertionError, match="no message with «нет такого»"):
        await client.wait_for("нет такого")


async def test_a_wrong_label_lists_what_there_is(client: ChatClient) -> None:
    await client.send("/start")
    with pytest.raises(AssertionError, match="no button «Оплатить»") as wrong:
        await client.press("Оплатить")
    assert "[Ещё]" in str(wrong.value)
    await client.press("Сайт")
    assert client.followed == "https://a.example/"[:-1]


async def test_deep_links_contacts_and_attachments(sandbox: RunningSandbox, client: ChatClient) -> None:
    linked = await sandbox.person("Борис").open("https://t.me/salon_bot?start=b_demo")
    assert linked.screen.text == "/start b_demo"
    await client.share_contact(phone="+79990000000", user_id=5)
    assert "Чужой" in [bubble.text for bubble in client.history]
    for deed, kind in (
        (client.send_sticker, "sticker"),
        (client.send_photo, "photo"),
        (client.send_voice, "voice"),
    ):
        await deed()
        assert client.history[-1].text.startswith(kind)
    await client.send_location(55.7, 37.6)
    assert client.history[-1].text.startswith("location")


async def test_many_people_at_once(sandbox: RunningSandbox, client: ChatClient) -> None:
    async def story(name: str) -> list[str]:
        chat = await sandbox.person(name).open("salon_bot")
        await chat.send("/start")
        await chat.press("Ещё")
        return [bubble.text for bubble in chat.history]

    stories = await asyncio.gather(*(story(f"Клиент {number}") for number in range(8)))
    assert stories == [["/start", "Раз: 1"]] * 8


async def test_the_clock_is_everybodys(sandbox: RunningSandbox, client: ChatClient) -> None:
    before = await sandbox.now()
    await sandbox.advance(timedelta(hours=3))
    after = await sandbox.now()
    assert timedelta(hours=3) <= after - before < timedelta(hours=3, minutes=1)
    tomorrow = after + timedelta(days=1)
    assert await sandbox.move_to(tomorrow) >= tomorrow
    with pytest.raises(AssertionError, match="forward only"):
        await sandbox.move_to(before)
    await client.send("/start")
    message = sandbox.world.state.chats[f"{client.person_id}:{client.bot_id}"].messages[-1]
    assert message.at >= tomorrow


async def test_chats_outlive_a_restart(sandbox: RunningSandbox, bot: Bot) -> None:
    async with polled(bot):
        before = await sandbox.person("Анна").open("salon_bot")
        await before.send("/start")
    await before.send("пока бота нет", wait=False)
    world = World(ShiftableClock())
    world.load(sandbox.world.dump())
    async with running_sandbox(world) as again:
        api = TelegramAPIServer.from_base(again.telegram_url)
        async with Bot(bot.token, session=AiohttpSession(api=api)) as same, polled(same):
            after = await again.person("Анна").open("salon_bot")
            assert after.history[:2] == before.history[:2]
            await after.wait_for("text: пока бота нет")
            assert (await after.press("Ещё")).text == "Раз: 1"
