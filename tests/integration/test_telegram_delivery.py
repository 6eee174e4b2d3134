"""How updates come in: polled or posted, once, in order, over crashes."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from aiohttp import web

from bots.dialogs.context import Context
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.telegram.bot import BotSession
from bots.telegram.service import TelegramService, Webhook
from bots.telegram.webhook import SECRET_HEADER, receiver
from tests.support.talk import inbox_rows, soon
from tests.support.telegram import BOT_ID, TOKEN, USERNAME, Bench, bench

SECRET = "a-secret_of_the_webhook"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as running:
        await running.add_bot(TOKEN, USERNAME, "Салон")
        yield running


@pytest.fixture
async def made(sandbox: RunningSandbox, database: str, redis_url: str) -> AsyncIterator[Bench]:
    async with bench(database, redis_url, sandbox.telegram_url) as made:
        yield made


def words(number: int, text: str, user: int = 1001) -> dict[str, Any]:
    """An update with a text."""
    author = {"id": user, "is_bot": False, "first_name": "Анна", "language_code": "ru"}
    chat = {"id": user, "type": "private", "first_name": "Анна"}
    return {
        "update_id": number,
        "message": {"message_id": number, "date": 1, "from": author, "chat": chat, "text": text},
    }


async def test_many_people_at_once_each_in_order(made: Bench, sandbox: RunningSandbox) -> None:
    async with made.bot() as service:
        chats = [await sandbox.person(f"Гость {number}").open(USERNAME) for number in range(12)]
        await asyncio.gather(*(chat.send("/start") for chat in chats))

        async def talk(chat: Any) -> None:
            for number in range(8):
                await chat.send(f"слово {number}", wait=False)

        await asyncio.gather(*(talk(chat) for chat in chats))
        await soon(lambda: len(made.script.heard) == 12 * 9, 30)
        await service.idle()
    heard = defaultdict(list)
    for person, text in made.script.heard:
        heard[person].append(text)
    assert all(texts == ["/start", *(f"слово {n}" for n in range(8))] for texts in heard.values())
    assert all(done for _, done in await inbox_rows(made))


async def test_one_who_is_slow_keeps_nobody(made: Bench, sandbox: RunningSandbox) -> None:
    gate = asyncio.Event()
    slow = await sandbox.person("Медленный").open(USERNAME)
    quick = await sandbox.person("Быстрый").open(USERNAME)

    async def wait(ctx: Context) -> None:
        if ctx.identity.external_id == str(slow.person_id):
            await gate.wait()

    async with made.bot():
        await slow.send("/start")
        await quick.send("/start")
        made.script.before = wait
        await slow.send("раз", wait=False)
        await quick.send("два")
        assert (str(slow.person_id), "раз") not in made.script.heard
        gate.set()
        await slow.wait_for("раз")


async def test_the_same_update_twice_has_one_effect(made: Bench) -> None:
    async with made.bot() as service:
        update = words(5, "/start")
        await asyncio.gather(*(service.take([update, words(6, "раз")]) for _ in range(5)))
        await service.take([update])
        await service.idle()
    assert made.script.heard == [("1001", "/start"), ("1001", "раз")]
    assert await inbox_rows(made) == [("5", True), ("6", True)]


async def test_killed_between_storing_and_working(made: Bench, sandbox: RunningSandbox) -> None:
    chat = await sandbox.person("Анна").open(USERNAME)
    async with made.bot():
        await chat.send("/start")
    stuck = asyncio.Event()

    async def hang(_: Context) -> None:
        stuck.set()
        await asyncio.Event().wait()

    made.script.before = hang
    session = BotSession(made.api_url)
    first = made.service(session, drain=0.05)
    await first.start()
    await chat.send("раз", wait=False)
    await chat.send("два", wait=False)
    await asyncio.wait_for(stuck.wait(), 5)
    await soon(lambda: not sandbox.world.feed(sandbox.world.bot(USERNAME)).items)
    await first.stop()
    await session.close()
    assert [done for _, done in await inbox_rows(made)] == [True, False, False]

    made.script.before = None
    async with made.bot():
        await chat.wait_for("раз | два")
    assert made.script.heard == [(str(chat.person_id), text) for text in ("/start", "раз", "два")]
    assert all(done for _, done in await inbox_rows(made))


async def test_a_restart_forgets_nothing(made: Bench, sandbox: RunningSandbox) -> None:
    chat = await sandbox.person("Анна").open(USERNAME)
    async with made.bot():
        await chat.send("/start")
        await chat.press("День 1")
    await chat.press("День 2", wait=False)
    await chat.send("между делом", wait=False)
    async with made.bot():
        await chat.wait_for("день 1 | день 2 | между делом")


async def test_two_pollers_do_not_lose_or_double(
    made: Bench, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await sandbox.person("Анна").open(USERNAME)
    async with made.bot(), made.bot():
        await chat.send("/start")
        for number in range(5):
            await chat.send(f"слово {number}")
    assert made.script.heard == [
        (str(chat.person_id), text) for text in ("/start", *(f"слово {n}" for n in range(5)))
    ]
    assert "another receiver of updates" in caplog.text


class Posted:
    """A bot by webhook, behind an HTTP server as the web application would be."""

    def __init__(self, made: Bench) -> None:
        self._made = made
        self.statuses: list[int] = []
        self.url = ""
        self._bots: dict[int, TelegramService] = {}

    async def __aenter__(self) -> Self:
        async def hook(request: web.Request) -> web.Response:
            receive = receiver(self._bots)
            bot_id, secret = int(request.match_info["bot"]), request.headers.get(SECRET_HEADER)
            status = await receive(bot_id, secret, await request.read())
            self.statuses.append(status)
            return web.Response(status=status)

        app = web.Application()
        app.router.add_post("/hooks/telegram/{bot}", hook)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hooks/telegram/{BOT_ID}"
        self._work = self._made.bot(webhook=Webhook(self.url, SECRET))
        self.service = await self._work.__aenter__()
        self._bots[BOT_ID] = self.service
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._work.__aexit__(None, None, None)
        await self._runner.cleanup()

    async def post(self, body: bytes, secret: str | None = SECRET, bot_id: int = BOT_ID) -> int:
        """The status that this gets."""
        return await receiver(self._bots)(bot_id, secret, body)


async def test_a_dialog_by_webhook(made: Bench, sandbox: RunningSandbox) -> None:
    chat = await sandbox.person("Анна").open(USERNAME)
    async with Posted(made) as posted:
        await chat.send("/start")
        await chat.press("День 1")
        await chat.press("День 2")
        assert "день 1 | день 2" in chat.screen.text
    assert set(posted.statuses) == {200}
    hook = sandbox.world.bot(USERNAME).webhook
    assert hook is not None
    assert (hook.secret, hook.last_error) == (SECRET, "")


async def test_what_is_posted_by_others_or_broken_leaves_nothing(made: Bench) -> None:
    async with Posted(made) as posted:
        body = json.dumps(words(1, "/start")).encode()
        assert await posted.post(body, "wrong") == 401
        assert await posted.post(body, None) == 401
        assert await posted.post(body[:-1]) == 400
        assert await posted.post(b"{}") == 400
        assert await posted.post(body, bot_id=1) == 404
        assert await inbox_rows(made) == []
        assert await posted.post(body) == 200
        assert await posted.post(body) == 200
        await posted.service.idle()
    assert made.script.heard == [("1001", "/start")]


async def test_what_can_not_be_kept_is_kept_as_well_as_can_be(made: Bench) -> None:
    body = json.dumps(words(1, "до\x00после\ud83d")).encode()
    async with Posted(made) as posted:
        assert await posted.post(json.dumps(words(0, "/start")).encode()) == 200
        assert await posted.post(body) == 200
        await posted.service.idle()
    assert made.script.heard[-1] == ("1001", "до\ufffdпосле\ufffd")


async def test_a_webhook_is_answered_before_the_work_is_done(made: Bench) -> None:
    gate = asyncio.Event()

    async def wait(_: Context) -> None:
        await gate.wait()

    async with Posted(made) as posted:
        assert await posted.post(json.dumps(words(1, "/start")).encode()) == 200
        await posted.service.idle()
        made.script.before = wait
        assert await posted.post(json.dumps(words(2, "раз")).encode()) == 200
        assert ("1001", "раз") not in made.script.heard
        gate.set()
        await posted.service.idle()
    assert made.script.heard[-1] == ("1001", "раз")


async def test_after_the_end_updates_are_to_be_delivered_again(made: Bench) -> None:
    posted = Posted(made)
    async with posted:
        pass
    assert await posted.post(json.dumps(words(1, "/start")).encode()) == 503
    assert await inbox_rows(made) == []
