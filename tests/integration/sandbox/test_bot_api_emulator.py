"""The emulator is as strict as the Bot API: one case after another, asked by the real aiogram client."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendDice
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonCommands,
    MenuButtonDefault,
    MenuButtonWebApp,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    WebAppInfo,
)
from aiohttp import ClientSession

from bots.sandbox.client import ChatClient
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.telegram.rules import TelegramRules

TOKEN = "7770001:AA-test"
EVERYTHING_OLD = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
PNG_2X1 = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x01\x08\x02\0\0\0\x7b\x40\xe8\xdd\0\0\0\0IEND\xaeB`\x82"
)


def inline(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(buttons)])


def button(data: str, text: str = "Кнопка") -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data)


async def refused(doing: Awaitable[object]) -> str:
    """The description of the 400 that ``doing`` gets."""
    with pytest.raises(TelegramBadRequest) as error:
        await doing
    return error.value.message.removeprefix("Bad Request: ")


async def test_who_calls(sandbox: RunningSandbox, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (7770001, "salon_bot", True)
    stranger = Bot("7770001:BB", session=bot.session)
    with pytest.raises(TelegramUnauthorizedError, match="Unauthorized"):
        await stranger.get_me()
    with pytest.raises(TelegramNotFound, match="Not Found"):
        await bot(SendDice(chat_id=1001))


async def test_bodies_of_every_kind_mean_the_same(sandbox: RunningSandbox, chat: ChatClient) -> None:
    url = f"{sandbox.telegram_url}/bot{TOKEN}"
    fields = {"chat_id": str(chat.person_id), "text": "hi"}
    async with ClientSession() as session:
        for sending in (
            session.post(f"{url}/sendMessage", json={"chat_id": chat.person_id, "text": "hi"}),
            session.post(f"{url}/sendMessage", data=fields),
            session.get(f"{url}/sendmessage", params=fields),
        ):
            async with sending as response:
                answer = await response.json()
                assert (response.status, answer["result"]["text"]) == (200, "hi")
        async with session.post(
            f"{url}/sendMessage", data=b"{broken", headers={"Content-Type": "application/json"}
        ) as response:
            assert response.status == 400
            assert (await response.json())["description"].startswith("Bad Request: can't parse")
        async with session.post(f"{url}/sendLocation", data={**fields, "latitude": "1"}) as response:
            assert (await response.json())["description"] == "Bad Request: longitude is empty"


async def test_whom_a_bot_may_write_to(sandbox: RunningSandbox, bot: Bot, chat: ChatClient) -> None:
    assert await refused(bot.send_message(999, "hi")) == "chat not found"
    assert await refused(bot.send_message("@somebody", "hi")) == "chat not found"
    stranger = await sandbox.person("Борис").ensure()
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
        await bot.send_message(stranger, "hi")
    await chat.block()
    for blocked in (
        bot.send_message(chat.person_id, "hi"),
        bot.send_chat_action(chat.person_id, "typing"),
        bot.send_location(chat.person_id, 1, 1),
    ):
        with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
            await blocked
    assert chat.blocked
    await chat.unblock()
    assert (await bot.send_message(chat.person_id, "hi")).text == "hi"


async def test_texts(bot: Bot, chat: ChatClient) -> None:
    person = chat.person_id
    assert await refused(bot.send_message(person, "")) == "message text is empty"
    assert await refused(bot.send_message(person, " \n ")) == "message text is empty"
    assert await refused(bot.send_message(person, "<b> </b>", parse_mode="HTML")) == "message text is empty"
    assert await refused(bot.send_message(person, "я" * 4097)) == "message is too long"
    assert await refused(bot.send_message(person, "😀" * 2049)) == "message is too long"
    assert (
        len((await bot.send_message(person, "<b>" + "я" * 4096 + "</b>", parse_mode="HTML")).text or "")
        == 4096
    )
    broken = await refused(bot.send_message(person, "Анна <3", parse_mode="HTML"))
    assert broken == "can't parse entities: Unclosed start tag at byte offset 9"
    assert "can't parse entities" in await refused(bot.send_message(person, "*a*", parse_mode="MarkdownV2"))
    sent = await bot.send_message(person, "<b>Маникюр</b> https://a.example", parse_mode="HTML")
    assert [(entity.type, entity.offset, entity.length) for entity in sent.entities or []] == [
        ("bold", 0, 7),
        ("url", 8, 17),
    ]


async def test_inline_buttons(bot: Bot, chat: ChatClient) -> None:
    async def sent(markup: InlineKeyboardMarkup) -> object:
        return await bot.send_message(chat.person_id, "hi", reply_markup=markup)

    await sent(inline(button("я" * 32)))
    assert await refused(sent(inline(button("я" * 32 + "x")))) == "BUTTON_DATA_INVALID"
    assert await refused(sent(inline(button("")))) == "BUTTON_DATA_INVALID"
    assert "Text buttons are unallowed" in await refused(sent(inline(InlineKeyboardButton(text="a"))))
    both = InlineKeyboardButton(text="a", callback_data="a", url="https://a.example")
    assert "exactly one action" in await refused(sent(inline(both)))
    assert "non-empty" in await refused(sent(inline(button("a", text=" "))))
    nine = InlineKeyboardMarkup(inline_keyboard=[[button("a")] * 9])
    assert await refused(sent(nine)) == "reply markup is too long"
    many = InlineKeyboardMarkup(inline_keyboard=[[button("a")] * 8] * 13)
    assert await refused(sent(many)) == "reply markup is too long"
    await sent(InlineKeyboardMarkup(inline_keyboard=[[button("a")] * 8] * 12))
    copied = InlineKeyboardButton(text="a", copy_text=CopyTextButton(text="x" * 257))
    assert await refused(sent(inline(copied))) == "BUTTON_COPY_TEXT_INVALID"


@pytest.mark.parametrize(
    ("field", "url", "taken"),
    [
        ("url", "https://a.example/b", True),
        ("url", "t.me/salon_bot", True),
        ("url", "tg://resolve?domain=salon_bot", True),
        ("url", "http://127.0.0.1:8080/b/demo", True),
        ("url", "tel:+79160000001", False),
        ("url", "mailto:a@b.ru", False),
        ("url", "javascript:alert(1)", False),
        ("url", "https://nodots", False),
        ("url", "https://a b.example", False),
        ("url", "ftp://a.example", False),
        ("web_app", "https://a.example/app", True),
        ("web_app", "http://localhost:8080/app", True),
        ("web_app", "http://a.example/app", False),
        ("web_app", "a.example/app", False),
    ],
)
async def test_addresses_of_buttons(bot: Bot, chat: ChatClient, field: str, url: str, taken: bool) -> None:
    value = WebAppInfo(url=url) if field == "web_app" else url
    markup = inline(InlineKeyboardButton.model_validate({"text": "a", field: value}))
    sending = bot.send_message(chat.person_id, "hi", reply_markup=markup)
    if taken:
        assert (await sending).reply_markup is not None
    else:
        assert "is invalid" in await refused(sending)


async def test_local_addresses_can_be_refused_as_the_real_server_does() -> None:
    async with running_sandbox(telegram=TelegramRules(local_urls=False)) as strict:
        await strict.add_bot(TOKEN, "salon_bot")
        url = f"{strict.telegram_url}/bot{TOKEN}"
        async with ClientSession() as session:
            for hook, reason in (
                ("http://127.0.0.1:8080/hook", "An HTTPS URL must be provided for webhook"),
                ("https://a.example:8080/hook", "Webhook can be set up only on ports 80, 88, 443 or 8443"),
            ):
                async with session.post(f"{url}/setWebhook", json={"url": hook}) as response:
                    assert (await response.json())["description"] == f"Bad Request: bad webhook: {reason}"


async def test_edits(bot: Bot, chat: ChatClient) -> None:
    person = chat.person_id
    sent = await bot.send_message(person, "a", reply_markup=inline(button("a")))

    def edit(
        text: str, message_id: int = sent.message_id, markup: InlineKeyboardMarkup | None = None
    ) -> Awaitable[object]:
        return bot.edit_message_text(text, chat_id=person, message_id=message_id, reply_markup=markup)

    assert await refused(edit("a", markup=inline(button("a")))) == EVERYTHING_OLD
    assert await refused(edit("a", message_id=sent.message_id + 50)) == "message to edit not found"
    assert await refused(edit("")) == "message text is empty"
    assert await refused(edit("x" * 4097)) == "message is too long"
    assert await refused(edit("a", message_id=1)) == "message can't be edited"
    await edit("a")
    assert chat.screen.message_id == 0
    assert (await chat.refresh()).buttons == []
    assert [bubble.edited for bubble in chat.history] == [False, False]
    await edit("b", markup=inline(button("a")))
    await chat.refresh()
    assert chat.history[-1].edited
    markup = inline(button("c"))
    await bot.edit_message_reply_markup(chat_id=person, message_id=sent.message_id, reply_markup=markup)
    assert (
        await refused(
            bot.edit_message_reply_markup(chat_id=person, message_id=sent.message_id, reply_markup=markup)
        )
        == EVERYTHING_OLD
    )
    await chat.refresh()
    await chat.delete(chat.history[-1])
    assert await refused(edit("c")) == "message to edit not found"


async def test_messages_with_a_reply_keyboard_are_never_edited(bot: Bot, chat: ChatClient) -> None:
    panel = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Номер", request_contact=True)]])
    for markup in (panel, ReplyKeyboardRemove()):
        sent = await bot.send_message(chat.person_id, "a", reply_markup=markup)
        editing = bot.edit_message_text("b", chat_id=chat.person_id, message_id=sent.message_id)
        assert await refused(editing) == "message can't be edited"
    screen = await chat.refresh()
    assert screen.panel == ()


async def test_deletes(sandbox: RunningSandbox, bot: Bot, chat: ChatClient) -> None:
    person = chat.person_id
    sent = await bot.send_message(person, "a")
    assert await bot.delete_message(person, sent.message_id)
    assert await refused(bot.delete_message(person, sent.message_id)) == "message to delete not found"
    assert await bot.delete_messages(person, [1, sent.message_id])
    assert (await chat.refresh()).text == ""
    assert chat.history == []
    old = await bot.send_message(person, "a")
    await sandbox.advance(timedelta(hours=49))
    assert (
        await refused(bot.delete_message(person, old.message_id)) == "message can't be deleted for everyone"
    )


async def test_callback_answers(sandbox: RunningSandbox, bot: Bot, chat: ChatClient) -> None:
    too_old = "query is too old and response timeout expired or query ID is invalid"

    async def pressed() -> str:
        await chat.press_data("x", wait=False)
        return next(reversed(sandbox.world.state.presses))

    assert await refused(bot.answer_callback_query("1")) == too_old
    query = await pressed()
    assert await refused(bot.answer_callback_query(query, text="x" * 201)) == "MESSAGE_TOO_LONG"
    assert await refused(bot.answer_callback_query(query, url="https://a.example")) == "URL_INVALID"
    assert await bot.answer_callback_query(query, text="x" * 200, show_alert=True)
    assert await refused(bot.answer_callback_query(query)) == too_old
    late = await pressed()
    await sandbox.advance(timedelta(minutes=16))
    assert await refused(bot.answer_callback_query(late)) == too_old


async def test_files(sandbox: RunningSandbox, bot: Bot, chat: ChatClient) -> None:
    person = chat.person_id
    file = BufferedInputFile(b"BEGIN:VCALENDAR", "Запись.ics")
    sent = await bot.send_document(person, file, caption="<b>Запись</b>", parse_mode="HTML")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type, sent.caption) == (
        "Запись.ics",
        "text/calendar",
        "Запись",
    )
    again = await bot.send_document(person, sent.document.file_id)
    assert again.document == sent.document
    found = await bot.get_file(sent.document.file_id)
    assert found.file_path is not None
    content = await bot.download_file(found.file_path)
    assert content is not None
    assert content.read() == b"BEGIN:VCALENDAR"
    await chat.refresh()
    assert await chat.download(".ics") == b"BEGIN:VCALENDAR"

    assert await refused(bot.get_file("nothing")) == "invalid file_id"
    assert (
        await refused(bot.send_document(person, BufferedInputFile(b"", "a.ics"))) == "file must be non-empty"
    )
    assert await refused(bot.send_document(person, "nothing")) == "wrong file identifier/HTTP URL specified"
    assert await refused(bot.send_document(person, file, caption="x" * 1025)) == "message caption is too long"
    assert await refused(bot.send_photo(person, file)) == "IMAGE_PROCESS_FAILED"
    photo = (await bot.send_photo(person, BufferedInputFile(PNG_2X1, "a.png"))).photo
    assert photo is not None
    assert (photo[0].width, photo[0].height) == (2, 1)
    editing = bot.edit_message_text("x", chat_id=person, message_id=again.message_id)
    assert await refused(editing) == "there is no text in the message to edit"

    await sandbox.add_bot("7770002:BB", "other_bot")
    other = Bot("7770002:BB", session=bot.session)
    assert await refused(other.get_file(sent.document.file_id)) == "invalid file_id"


async def test_places_and_replies(bot: Bot, chat: ChatClient) -> None:
    person = chat.person_id
    venue = (await bot.send_venue(person, 55.76, 37.6, "Салон", "Тверская, 12")).venue
    assert venue is not None
    assert venue.address == "Тверская, 12"
    assert await refused(bot.send_location(person, 91, 0)) == "wrong latitude or longitude specified"
    assert await refused(bot.send_venue(person, 1, 1, "", "x")) == "venue title must be non-empty"
    reply = await bot.send_message(person, "a", reply_parameters=ReplyParameters(message_id=1))
    assert reply.reply_to_message is not None
    missing = ReplyParameters(message_id=500)
    assert (
        await refused(bot.send_message(person, "a", reply_parameters=missing))
        == "message to be replied not found"
    )
    lenient = ReplyParameters(message_id=500, allow_sending_without_reply=True)
    assert (await bot.send_message(person, "a", reply_parameters=lenient)).reply_to_message is None
    assert await bot.send_chat_action(person, "typing")
    assert "wrong parameter action" in await refused(bot.send_chat_action(person, "dancing"))


async def test_commands_and_menu(sandbox: RunningSandbox, bot: Bot, chat: ChatClient) -> None:
    person = chat.person_id
    start = BotCommand(command="start", description="Начать")
    book = BotCommand(command="book", description="Записаться")
    await bot.set_my_commands([start])
    await bot.set_my_commands([start, book], scope=BotCommandScopeAllPrivateChats(), language_code="ru")
    await chat.refresh()
    assert chat.commands == ["start", "book"]
    await bot.set_my_commands([book], scope=BotCommandScopeChat(chat_id=person))
    await chat.refresh()
    assert chat.commands == ["book"]
    await bot.delete_my_commands(scope=BotCommandScopeChat(chat_id=person))
    await chat.refresh()
    assert chat.commands == ["start", "book"]
    assert [command.command for command in await bot.get_my_commands()] == ["start"]
    for name, reason in (("Book", "BOT_COMMAND_INVALID"), ("x" * 33, "BOT_COMMAND_INVALID")):
        assert await refused(bot.set_my_commands([BotCommand(command=name, description="a")])) == reason
    nothing = [BotCommand(command="a", description=" ")]
    assert await refused(bot.set_my_commands(nothing)) == "BOT_COMMAND_DESCRIPTION_INVALID"

    app = MenuButtonWebApp(text="Приложение", web_app=WebAppInfo(url="https://a.example/app"))
    assert isinstance(await bot.get_chat_menu_button(), MenuButtonCommands)
    await bot.set_chat_menu_button(menu_button=app)
    assert (await bot.get_chat_menu_button(chat_id=person)).model_dump() == app.model_dump()
    await bot.set_chat_menu_button(chat_id=person, menu_button=MenuButtonCommands())
    assert isinstance(await bot.get_chat_menu_button(chat_id=person), MenuButtonCommands)
    await bot.set_chat_menu_button(menu_button=MenuButtonDefault())
    assert isinstance(await bot.get_chat_menu_button(), MenuButtonCommands)

    await bot.set_my_description("Запись", language_code="ru")
    assert (await bot.get_my_description(language_code="ru")).description == "Запись"
    assert (await bot.get_my_short_description()).short_description == ""
    assert (await bot.get_chat(person)).first_name == "Анна"
