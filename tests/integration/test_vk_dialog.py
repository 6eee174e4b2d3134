"""A dialog in VK over HTTP: the real adapter and client, a real database, the emulated VK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bots.sandbox.client import ChatClient
from bots.sandbox.model import ButtonKind
from bots.sandbox.running import RunningSandbox, running_sandbox
from core.domain.client import Channel
from tests.support.talk import SIGNER, TARGET, Ground, soon
from tests.support.vk import GROUP_ID, NAME, TOKEN, Bench, bench


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as running:
        await running.add_bot(TOKEN, NAME, "Салон", messenger="vk")
        yield running


@pytest.fixture
async def made(sandbox: RunningSandbox, database: str, redis_url: str) -> AsyncIterator[Bench]:
    """A community at work."""
    async with bench(database, redis_url, sandbox.vk_url) as made, made.bot():
        await listening(sandbox)
        yield made


async def listening(sandbox: RunningSandbox) -> None:
    """Until the community takes events: what happens before is lost in VK."""
    await soon(lambda: any(c.method == "groups.getLongPollServer" for c in sandbox.world.calls.latest()))


@pytest.fixture
async def anna(made: Bench, sandbox: RunningSandbox) -> ChatClient:
    """Anna's conversation, come by a link and just begun."""
    return await sandbox.person("Анна", phone="+79160000001").open(f"https://vk.me/club{GROUP_ID}?ref=b_demo")


async def refused(sandbox: RunningSandbox) -> list[str]:
    """What VK refused."""
    return [str(call["answer"]) for call in await sandbox.calls() if call["status"] not in {200, 0}]


def payload(data: str) -> str:
    """A button's payload as ours is wrapped."""
    return json.dumps({"p": data})


async def test_a_link_s_parameter_starts(anna: ChatClient, made: Bench, sandbox: RunningSandbox) -> None:
    assert "/start b_demo" in anna.screen.text
    assert "Здравствуйте, Анна" in anna.screen.text
    assert await refused(sandbox) == []
    await anna.send("маникюр")
    assert made.script.heard[1:] == [(str(anna.person_id), "маникюр")]


async def test_words_that_come_with_a_link_are_heard_too(made: Bench, sandbox: RunningSandbox) -> None:
    chat = await sandbox.person("Вера").open(NAME)
    await chat.send("привет")
    community, person = sandbox.world.bot(NAME), sandbox.world.person(chat.person_id)
    body = sandbox.world.feed(community).items[-1].payload
    for text in ("маникюр завтра", "и педикюр"):
        message = {**body["message"], "text": text, "ref": "b_demo"}
        conversation = sandbox.world.open_chat(person, community)
        sandbox.world.push(community, "message_new", conversation, {**body, "message": message})
    await chat.wait_for("педикюр")
    assert [text for _, text in made.script.heard] == ["/start b_demo", "маникюр завтра", "и педикюр"]


@pytest.mark.parametrize("words", ["Начать", "начать", "START", "/start"])
async def test_first_words_start(made: Bench, sandbox: RunningSandbox, words: str) -> None:
    chat = await sandbox.person("Вера").open(NAME)
    await chat.send(words)
    assert made.script.heard == [(str(chat.person_id), "/start")]


async def test_an_invite_can_be_typed(made: Bench, sandbox: RunningSandbox) -> None:
    chat = await sandbox.person("Вера").open(NAME)
    await chat.send("join_abc-DEF_1")
    assert made.script.heard == [(str(chat.person_id), "/start join_abc-DEF_1")]


async def test_one_message_edited_in_place(anna: ChatClient, made: Bench, sandbox: RunningSandbox) -> None:
    first = anna.screen.message_id
    await anna.press("›")
    await anna.press("День 7")
    assert anna.screen.message_id == first
    assert "день 7" in anna.screen.text
    assert made.script.heard[-1] == (str(anna.person_id), "день 7")
    assert await refused(sandbox) == []


async def test_every_day_can_be_reached_by_paging(anna: ChatClient) -> None:
    seen: set[str] = set()
    for _ in range(80):
        days = {label for label in anna.screen.buttons if label.startswith("День")}
        if days <= seen:
            break
        seen |= days
        await anna.press("›")
    assert len(seen) == 80


async def test_words_bring_the_screen_down_and_leave_no_old_one(anna: ChatClient) -> None:
    first = anna.screen.message_id
    await anna.send("маникюр")
    assert anna.screen.message_id != first
    assert len([bubble for bubble in anna.history if bubble.author == "bot"]) == 1


@pytest.mark.parametrize("name", ["<b>Анна</b> & «Ко»", "👩‍👧‍👦🏳️‍🌈", "[club1|Банк]", "@id1 (Б)", "*club1"])
async def test_names_are_shown_as_they_are(made: Bench, sandbox: RunningSandbox, name: str) -> None:
    chat = await sandbox.person(name).open(NAME)
    await chat.send("Начать")
    shown = chat.screen.text
    assert shown.replace("\u2060", "").startswith(f"Здравствуйте, {name}\n")
    assert "[club1" not in shown
    assert "@id1" not in shown
    assert "*club1" not in shown


async def test_a_long_text_is_answered_within_the_limit(anna: ChatClient, sandbox: RunningSandbox) -> None:
    await anna.send("ы" * 4097)
    await anna.send("🙂" * 3000)
    assert len(anna.screen.text) <= 4000
    assert await refused(sandbox) == []


async def test_a_toast_is_said_once(anna: ChatClient, sandbox: RunningSandbox) -> None:
    await anna.press("Слово")
    assert anna.screen.toast == "Хорошее слово"
    assert len(await sandbox.calls("messages.sendMessageEventAnswer")) == 1


async def test_a_doubled_press_has_one_effect(anna: ChatClient, made: Bench) -> None:
    await anna.press("День 3", times=4)
    assert made.script.heard.count((str(anna.person_id), "день 3")) == 1
    assert "день 3" in anna.screen.text


@pytest.mark.parametrize(
    "data",
    [
        payload("1.1"),
        payload("999999999.999"),
        payload("~ok.forged"),
        payload("a" * 200),
        "{",
        "[]",
        "null",
        '"1.0"',
        '{"button":"1"}',
        '{"p":1}',
        '{"p":{"p":"1.0"}}',
        '{"command":"help"}',
        "1.0",
    ],
)
async def test_stale_foreign_and_broken_payloads_get_the_fresh_screen(anna: ChatClient, data: str) -> None:
    await anna.press("День 1")
    await anna.press("День 2")
    before = anna.screen.message_id
    await anna.press_data(data)
    assert anna.screen.message_id != before
    assert "день 2" in anna.screen.text
    await anna.press("День 1")
    assert "день 1" in anna.screen.text


async def test_a_signed_verb_outlives_the_session(anna: ChatClient, made: Bench) -> None:
    await anna.press_data(payload(SIGNER.verb("ok", TARGET, "a")), message_id=1)
    assert anna.screen.toast == "Сделано"
    assert made.script.heard[-1] == (str(anna.person_id), f"verb {TARGET} a")
    await anna.press_data(payload(SIGNER.verb("ok", TARGET, "a")[:-1] + "A"))
    assert len([heard for heard in made.script.heard if "verb" in heard[1]]) == 1


async def test_an_edit_of_a_deleted_message_becomes_a_new_one(
    anna: ChatClient, sandbox: RunningSandbox
) -> None:
    shown = anna.screen
    chat = sandbox.world.chat(anna.person_id, GROUP_ID)
    assert chat is not None
    message = chat.message(shown.message_id)
    assert message is not None
    data = message.rows[0][0].value
    await anna.delete()
    await anna.press_data(data, message_id=shown.message_id)
    assert "день 1" in anna.screen.text
    assert anna.screen.message_id != shown.message_id


async def test_an_edit_that_comes_too_late_becomes_a_new_message(
    anna: ChatClient, sandbox: RunningSandbox
) -> None:
    old = anna.screen.message_id
    await sandbox.advance(timedelta(hours=25))
    await anna.press("День 1")
    assert anna.screen.message_id != old
    assert "день 1" in anna.screen.text
    assert any("909" in words for words in await refused(sandbox))


async def test_the_phone_is_typed_for_there_are_no_cards(anna: ChatClient) -> None:
    await anna.press("Телефон")
    assert anna.screen.buttons == ["Назад"]
    assert not anna.screen.panel
    with pytest.raises(AssertionError, match="no cards"):
        await anna.share_contact()
    await anna.send("+79160000001")
    assert "Нужен номер" in anna.screen.text
    await anna.press("Назад")
    assert "Слышу" in anna.screen.text


async def test_everything_else_gets_an_answer(anna: ChatClient) -> None:
    await anna.send_sticker()
    assert "<sticker>" in anna.screen.text
    await anna.send_voice()
    assert "<voice>" in anna.screen.text
    await anna.send_location(55.7, 37.6)
    assert "<location>" in anna.screen.text
    await anna.send_photo()
    assert "<photo>" in anna.screen.text
    await anna.send_photo("вот")
    assert "вот" in anna.screen.text


async def test_a_file_comes_with_its_words(anna: ChatClient, sandbox: RunningSandbox) -> None:
    await anna.press("Файл")
    assert await anna.download("visit.ics") == b"BEGIN:VCALENDAR"
    assert "Вот файл" in [bubble.text for bubble in anna.history if bubble.file_name]
    await anna.press("День 1")
    assert "день 1" in anna.screen.text
    assert await refused(sandbox) == []


async def test_an_old_app_gets_buttons_that_it_can_press(made: Bench, sandbox: RunningSandbox) -> None:
    person = sandbox.world.add_person("Дед", "Мороз")
    person.old_app = True
    chat = await sandbox.person("Дед Мороз").open(NAME)
    await chat.start("b_demo")
    kinds = {button.kind for row in chat.screen.rows for button in row}
    assert kinds == {ButtonKind.TEXT}
    await chat.press("День 2")
    assert "день 2" in chat.screen.text
    assert made.script.heard[-1] == (str(chat.person_id), "день 2")
    await chat.press("Слово")
    assert any("Хорошее слово" in bubble.text for bubble in chat.history)


async def reachable(made: Ground, person_id: int) -> bool:
    async with made.core.uow.read() as tx:
        connection = tx.inbox._connection  # type: ignore[attr-defined]
        return bool(
            await connection.fetchval(
                "SELECT reachable FROM identities WHERE channel = $1 AND external_id = $2",
                Channel.VK,
                str(person_id),
            )
        )


async def test_who_forbids_messages_is_noted_and_back_when_they_write(anna: ChatClient, made: Bench) -> None:
    assert await reachable(made, anna.person_id)
    await anna.block()
    async with asyncio.timeout(5):
        while await reachable(made, anna.person_id):
            pass
    await anna.unblock()
    async with asyncio.timeout(5):
        while not await reachable(made, anna.person_id):
            pass


async def test_forbidden_while_we_answer(anna: ChatClient, made: Bench, sandbox: RunningSandbox) -> None:
    chat = sandbox.world.chat(anna.person_id, GROUP_ID)
    assert chat is not None

    async def block(_: object) -> None:
        sandbox.world.mark(chat, blocked=True)

    made.script.before = block
    await anna.send("маникюр", wait=False)
    await soon(lambda: "901" in str([call.answer for call in sandbox.world.calls.latest()]))
    async with asyncio.timeout(5):
        while await reachable(made, anna.person_id):
            pass
    made.script.before = None
    sandbox.world.mark(chat, blocked=False)
    await anna.send("/start")
    assert "Слышу: /start" in anna.screen.text


@pytest.mark.parametrize("kind", ["too_many", "server_error", "drop", "drop_after"])
async def test_the_messenger_s_trouble_costs_no_answer_and_doubles_none(
    anna: ChatClient, sandbox: RunningSandbox, made: Bench, kind: str
) -> None:
    await sandbox.fail(kind, "messages.send")
    await anna.send("маникюр")
    await soon(lambda: bool(sandbox.world.calls.latest(method="messages.delete")))
    await anna.refresh()
    assert "маникюр" in anna.screen.text
    assert len([bubble for bubble in anna.history if bubble.author == "bot"]) == 1
    await sandbox.fail(kind, "messages.edit")
    await anna.press("День 1")
    assert "день 1" in anna.screen.text
    assert made.script.heard[-1] == (str(anna.person_id), "день 1")


async def test_a_press_that_was_answered_too_late_does_no_harm(
    anna: ChatClient, sandbox: RunningSandbox, made: Bench
) -> None:
    await sandbox.fail("server_error", "messages.sendMessageEventAnswer", count=5)
    await anna.press("День 1", wait=False)
    await anna.wait_for("день 1")
    assert made.script.heard[-1] == (str(anna.person_id), "день 1")
