"""What a bot shows of itself, and its connection, against the emulated Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramUnauthorizedError
from aiogram.methods import GetMe, GetMyCommands, SetMyShortDescription

from bots.common.pace import Pace
from bots.dialogs.layout import Laid, LaidSpan
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.telegram.bot import BotSession, NeverSent, make_bot
from bots.telegram.outgoing import Outgoing
from bots.telegram.presenter import TelegramPresenter
from bots.telegram.setup import set_up
from tests.support.telegram import TOKEN, USERNAME

COMMANDS = ("start", "book", "my", "help", "language")


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as running:
        await running.add_bot(TOKEN, USERNAME, "Салон")
        yield running


@pytest.fixture
async def bot(sandbox: RunningSandbox) -> AsyncIterator[Bot]:
    session = BotSession(sandbox.telegram_url)
    yield make_bot(TOKEN, session)
    await session.close()


async def changes(sandbox: RunningSandbox) -> list[str]:
    return sorted(call["method"] for call in await sandbox.calls() if call["method"].startswith("set"))


async def test_only_what_is_not_so_already_is_sent(bot: Bot, sandbox: RunningSandbox) -> None:
    await set_up(bot, commands=COMMANDS, public_url="https://okoshko.example")
    russian = await bot(GetMyCommands())
    english = await bot(GetMyCommands(language_code="en"))
    assert [each.command for each in russian] == ["book", "my", "language", "help", "start"]
    assert [russian[0].description, english[0].description] == ["Записаться", "Book a visit"]
    account = sandbox.world.bot(USERNAME)
    assert account.menus["default"]["web_app"]["url"] == "https://okoshko.example/app"
    assert account.texts["short_description|"].startswith("Запись без звонков")
    assert account.texts["description|en"].startswith("Hello!")
    first = await changes(sandbox)
    assert len(first) == 7
    await set_up(bot, commands=COMMANDS, public_url="https://okoshko.example")
    assert await changes(sandbox) == first
    await set_up(bot, commands=COMMANDS, public_url="")
    assert await changes(sandbox) == sorted([*first, "setChatMenuButton"])
    assert account.menus["default"] == {"type": "commands"}


async def test_the_owner_s_own_words_stay(bot: Bot, sandbox: RunningSandbox) -> None:
    await bot(SetMyShortDescription(short_description="Салон на Тверской"))
    await set_up(bot, commands=COMMANDS, public_url="")
    assert sandbox.world.bot(USERNAME).texts["short_description|"] == "Салон на Тверской"


async def test_a_failure_costs_only_itself(
    bot: Bot, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    await sandbox.fail("server_error", "setMyCommands", count=2)
    await set_up(bot, commands=COMMANDS, public_url="")
    assert caplog.text.count("commands not set") == 2
    assert sandbox.world.bot(USERNAME).texts["description|"]


async def test_a_wrong_token_and_nobody_there(sandbox: RunningSandbox) -> None:
    session = BotSession(sandbox.telegram_url)
    with pytest.raises(TelegramUnauthorizedError):
        await make_bot("1:AA-nobody_has_this_token_at_all", session)(GetMe())
    await session.close()
    nowhere = BotSession("http://127.0.0.1:1")
    with pytest.raises(NeverSent):
        await make_bot(TOKEN, nowhere)(GetMe())
    await nowhere.close()


async def test_the_pace_keeps_within_what_the_server_enforces(bot: Bot, sandbox: RunningSandbox) -> None:
    people = [await sandbox.person(f"Гость {number}").open(USERNAME) for number in range(40)]
    for chat in people:
        await chat.send("/start", wait=False)
    presenter = TelegramPresenter(Outgoing(bot, Pace()))
    laid = Laid((LaidSpan("Здравствуйте"),), ())
    for chat in people * 2:
        await presenter.send(str(chat.person_id), laid)
    calls = await sandbox.calls("sendMessage", count=200)
    assert [call["status"] for call in calls] == [200] * 80
