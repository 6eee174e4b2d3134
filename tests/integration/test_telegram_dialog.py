"""A dialog in Telegram over HTTP: the real adapter and client, a real database, the emulated Bot API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bots.sandbox.client import ChatClient
from bots.sandbox.model import Author
from bots.sandbox.running import RunningSandbox, running_sandbox
from core.domain.client import Channel
from tests.support.talk import SIGNER, TARGET, soon
from tests.support.telegram import BOT_ID, TOKEN, USERNAME, Bench, bench


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as running:
        await running.add_bot(TOKEN, USERNAME, "Салон")
        yield running


@pytest.fixture
async def made(sandbox: RunningSandbox, database: str, redis_url: str) -> AsyncIterator[Bench]:
    """A bot at work."""
    async with bench(database, redis_url, sandbox.telegram_url) as made, made.bot():
        yield made


@pytest.fixture
async def anna(made: Bench, sandbox: RunningSandbox) -> ChatClient:
    """Anna's chat, just started."""
    chat = await sandbox.person("Анна", phone="+79160000001").open(USERNAME)
    await chat.send("/start b_demo")
    return chat


async def refused(sandbox: RunningSandbox) -> list[str]:
    """What the Bot API refused and is no part of the plan."""
    return [
        str(call["answer"])
        for call in await sandbox.calls()
        if call["status"] not in {200, 0} and "message to edit not found" not in str(call["answer"])
    ]


async def test_one_message_edited_in_place(anna: ChatClient, made: Bench, sandbox: RunningSandbox) -> None:
    first = anna.screen.message_id
    assert "/start b_demo" in anna.screen.text
    await anna.press("День 7")
    await anna.press("›")
    assert anna.screen.message_id == first
    assert "день 7" in anna.screen.text
    assert made.script.heard == [(str(anna.person_id), "/start b_demo"), (str(anna.person_id), "день 7")]
    assert await refused(sandbox) == []


async def test_words_bring_the_screen_down_and_leave_no_old_one(anna: ChatClient) -> None:
    first = anna.screen.message_id
    await anna.send("маникюр")
    assert anna.screen.message_id != first
    assert [b.text.split("\n")[1] for b in anna.history if b.author == "bot"] == [
        "Слышу: /start b_demo | маникюр"
    ]


@pytest.mark.parametrize("name", ["<b>Анна</b> & «Ко»", "👩‍👧‍👦🏳️‍🌈", "</b>", "&lt;", "_*[x](tg://user?id=1)"])
async def test_names_are_shown_as_they_are(made: Bench, sandbox: RunningSandbox, name: str) -> None:
    chat = await sandbox.person(name).open(USERNAME)
    await chat.send("/start")
    assert chat.screen.text.startswith(f"Здравствуйте, {name}\n")
    assert await refused(sandbox) == []


async def test_a_long_text_is_answered_within_the_limit(anna: ChatClient, sandbox: RunningSandbox) -> None:
    await anna.send("ы" * 4097)
    await anna.send("🙂" * 2000)
    await anna.send("&" * 4000)
    assert len(anna.screen.text.encode("utf-16-le")) // 2 <= 4096
    assert await refused(sandbox) == []


async def test_a_toast_is_said_once(anna: ChatClient) -> None:
    await anna.press("Слово")
    assert anna.screen.toast == "Хорошее слово"


async def test_a_doubled_press_has_one_effect(anna: ChatClient, made: Bench) -> None:
    await anna.press("День 3", times=4)
    assert made.script.heard.count((str(anna.person_id), "день 3")) == 1
    assert "день 3" in anna.screen.text


@pytest.mark.parametrize("data", ["1.1", "999999999.999", "0.0", "x", "~ok.forged", "{", "a" * 64, "1.0\n"])
async def test_stale_and_malformed_presses_get_the_fresh_screen(anna: ChatClient, data: str) -> None:
    await anna.press("День 1")
    await anna.press("День 2")
    before = anna.screen.message_id
    await anna.press_data(data)
    assert anna.screen.message_id != before
    assert "день 2" in anna.screen.text
    await anna.press("День 4")
    assert "день 4" in anna.screen.text


async def test_a_foreign_payload_is_not_mine(anna: ChatClient, made: Bench, sandbox: RunningSandbox) -> None:
    bert = await sandbox.person("Берт").open(USERNAME)
    await bert.send("/start")
    for _ in range(3):
        await bert.press("День 5")
    data = sandbox.world.state.presses[max(sandbox.world.state.presses, key=int)].data
    await anna.press_data(data)
    assert (str(anna.person_id), "день 5") not in made.script.heard
    assert anna.screen.rows


async def test_a_signed_verb_outlives_the_session(anna: ChatClient, made: Bench) -> None:
    await anna.press_data(SIGNER.verb("ok", TARGET, "a"), message_id=1)
    assert anna.screen.toast == "Сделано"
    assert made.script.heard[-1] == (str(anna.person_id), f"verb {TARGET} a")
    forged = SIGNER.verb("ok", TARGET, "a")[:-1] + "A"
    await anna.press_data(forged)
    assert len([heard for heard in made.script.heard if "verb" in heard[1]]) == 1


async def test_a_deleted_screen_comes_anew(anna: ChatClient) -> None:
    gone = anna.screen.message_id
    assert gone is not None
    await anna.press("День 1")
    data = "0.0"
    await anna.delete()
    await anna.press_data(data, message_id=gone)
    assert anna.screen.message_id not in {None, gone}
    await anna.press("День 2")
    assert "день 2" in anna.screen.text


async def test_an_edit_of_a_deleted_message_becomes_a_new_one(
    anna: ChatClient, sandbox: RunningSandbox
) -> None:
    shown = anna.screen
    assert shown.message_id is not None
    chat = sandbox.world.chat(anna.person_id, BOT_ID)
    assert chat is not None
    message = chat.message(shown.message_id)
    assert message is not None
    data = message.rows[0][0].value
    await anna.delete()
    await anna.press_data(data, message_id=shown.message_id)
    assert "день 1" in anna.screen.text
    assert anna.screen.message_id != shown.message_id


async def test_own_and_foreign_contacts(anna: ChatClient, sandbox: RunningSandbox) -> None:
    await anna.press("Телефон")
    assert [[b.text for b in row] for row in anna.screen.panel] == [["Отправить номер"], ["Назад"]]
    await anna.share_contact(phone="+79169999999", first_name="Мама", user_id=5)
    assert "чужой номер" in anna.screen.text
    await anna.share_contact(phone="+79169999999", first_name="Мама")
    assert "чужой номер" in anna.screen.text
    await anna.press("Отправить номер")
    assert "+79160000001" in anna.screen.text
    assert not anna.screen.panel
    chat = sandbox.world.chat(anna.person_id, BOT_ID)
    assert chat is not None
    assert chat.panel is None
    assert len([m for m in chat.messages if m.author is Author.BOT]) == 1
    assert await refused(sandbox) == []


async def test_a_reply_keyboard_s_other_button_works_as_a_press(anna: ChatClient) -> None:
    await anna.press("Телефон")
    await anna.press("Назад")
    assert "Слышу" in anna.screen.text
    assert not anna.screen.panel


async def test_everything_else_gets_an_answer(anna: ChatClient) -> None:
    await anna.send_sticker()
    assert "<sticker>" in anna.screen.text
    await anna.send_voice()
    assert "<voice>" in anna.screen.text
    await anna.send_location(55.7, 37.6)
    assert "<location>" in anna.screen.text
    await anna.send_photo("вот")
    assert "<photo>" in anna.screen.text


async def test_a_file_comes_with_its_words(anna: ChatClient) -> None:
    await anna.press("Файл")
    assert await anna.download("visit.ics") == b"BEGIN:VCALENDAR"
    await anna.press("День 1")
    assert "день 1" in anna.screen.text


async def test_who_blocks_us_is_noted_and_back_when_they_write(anna: ChatClient, made: Bench) -> None:
    async def reachable() -> bool:
        async with made.core.uow.read() as tx:
            connection = tx.inbox._connection  # type: ignore[attr-defined]
            return bool(
                await connection.fetchval(
                    "SELECT reachable FROM identities WHERE channel = $1 AND external_id = $2",
                    Channel.TELEGRAM,
                    str(anna.person_id),
                )
            )

    assert await reachable()
    await anna.block()
    async with asyncio.timeout(5):
        while await reachable():
            pass
    await anna.send("/start")
    assert await reachable()


async def test_blocked_while_we_answer(anna: ChatClient, made: Bench, sandbox: RunningSandbox) -> None:
    chat = sandbox.world.chat(anna.person_id, BOT_ID)
    assert chat is not None

    async def block(_: object) -> None:
        sandbox.world.mark(chat, blocked=True)

    made.script.before = block
    await anna.send("маникюр", wait=False)
    await soon(lambda: any(call.status == 403 for call in sandbox.world.calls.latest()))
    made.script.before = None
    sandbox.world.mark(chat, blocked=False)
    await anna.send("/start")
    assert "Слышу: /start" in anna.screen.text


@pytest.mark.parametrize("kind", ["too_many", "server_error", "drop"])
async def test_the_messenger_s_trouble_costs_no_answer(
    anna: ChatClient, sandbox: RunningSandbox, made: Bench, kind: str
) -> None:
    await sandbox.fail(kind, "sendMessage")
    await anna.send("маникюр")
    assert "маникюр" in anna.screen.text
    await sandbox.fail(kind, "editMessageText")
    await anna.press("День 1")
    assert "день 1" in anna.screen.text
    assert made.script.heard[-1] == (str(anna.person_id), "день 1")


async def test_a_late_press_is_answered_without_harm(
    anna: ChatClient, sandbox: RunningSandbox, made: Bench
) -> None:
    await sandbox.fail("server_error", "answerCallbackQuery", count=5)
    await anna.press("День 1", wait=False)
    await anna.wait_for("день 1")
    assert made.script.heard[-1] == (str(anna.person_id), "день 1")
